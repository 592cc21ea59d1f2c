"""The replay: any sixty days of all outlets, stepped or played through day by day on the grid and on the map.

The clock of the player is the browser's: while it plays the fragment is run again each second, nothing waits here.
"""

from datetime import date, timedelta

import polars as pl
import streamlit as st

from components import attention, maps, page
from components import discharge as own
from components import format as write
from components.chart import chart
from components.discharge_charts import STATUS, legend, state_grid, word
from components.screen import Screen
from services import discharge

STEP = 1.2
VIEW = maps.View(lon=105.62, lat=19.76, zoom=7.4)
DAY, PLAYING, FIRST = "dis_day", "dis_playing", "dis_first"


def replay(screen: Screen, kind: str) -> None:
    """Draw the replay of the sixty days that the address asks for (`replay`: the first, `day`: the one looked at)."""
    with screen.card("replay"):
        head = st.container()
        first, last = _window(screen)
        found = own.ask(screen, "days", first=first, last=last, kind=kind)
        outlets = discharge.outlet_days(found)
        over = outlets.filter(pl.col("state").is_in(["over", "over_day"]))["period"].n_unique()
        with head:
            title = own.text(screen, "replay_title", days=over)
            sub = own.text(screen, "replay_sub", first=write.date(first), last=write.date(last))
            page.heading(title, sub, own.is_simulated(screen), screen.language)
        playing = bool(st.session_state.get(PLAYING))
        st.fragment(_player, run_every=STEP if playing else None)(screen, outlets, first, last, playing)


def _window(screen: Screen) -> tuple[date, date]:
    """Let the first day be chosen and keep it in the address."""
    asked = st.query_params.get("replay")
    first, _ = discharge.window(asked)
    latest, _ = discharge.window(None)
    earliest, _ = discharge.window("2000-01-01")
    if FIRST not in st.session_state or asked != st.session_state.get(f"{FIRST}_told"):
        st.session_state[FIRST] = first
    chosen = st.session_state[FIRST] = min(max(st.session_state[FIRST], earliest), latest)
    if chosen != latest:
        st.query_params["replay"] = chosen.isoformat()
    else:
        st.query_params.pop("replay", None)
    st.session_state[f"{FIRST}_told"] = st.query_params.get("replay")
    return chosen, chosen + timedelta(days=discharge.REPLAY_DAYS - 1)


def _asked_day(first: date, last: date) -> date:
    try:
        return min(max(date.fromisoformat(st.query_params.get("day", "")), first), last)
    except ValueError:
        return last


def _move(days: int, first: date, last: date) -> None:
    st.session_state[DAY] = min(max(st.session_state[DAY] + timedelta(days=days), first), last)


def _toggle(first: date, last: date) -> None:
    st.session_state[PLAYING] = not st.session_state.get(PLAYING)
    if st.session_state[PLAYING] and st.session_state[DAY] >= last:
        st.session_state[DAY] = first


def _player(screen: Screen, outlets: pl.DataFrame, first: date, last: date, playing: bool) -> None:
    """Draw one day of the window; run again each second while playing."""
    if bool(st.session_state.get(PLAYING)) != playing:
        st.rerun()
    if DAY not in st.session_state or not first <= st.session_state[DAY] <= last:
        st.session_state[DAY] = _asked_day(first, last)
    elif playing:
        _move(1, first, last)
        if st.session_state[DAY] >= last:
            st.session_state[PLAYING] = False
            st.rerun()
    day = _controls(screen, first, last, playing)
    left, right = st.columns([760, 340], gap="small")
    with left:
        _grid(screen, outlets, day)
    with right:
        _day(screen, outlets, day)


def _controls(screen: Screen, first: date, last: date, playing: bool) -> date:
    with st.container(horizontal=True, key="replay_tools", vertical_alignment="bottom"):
        latest, earliest = discharge.window(None)[0], discharge.window("2000-01-01")[0]
        with st.container(key="filter_period_replay", width=140):
            st.date_input(own.text(screen, "replay_from"), key=FIRST, min_value=earliest, max_value=latest,
                          format="DD/MM/YYYY", on_change=_reload)  # fmt: skip
        st.button(own.text(screen, "step_back"), key="dis_back", on_click=_move, args=(-1, first, last))
        st.button(own.text(screen, "pause" if playing else "play"), key="dis_play", on_click=_toggle,
                  args=(first, last), type="primary")  # fmt: skip
        st.button(own.text(screen, "step_on"), key="dis_on", on_click=_move, args=(1, first, last))
        chosen = st.slider(own.text(screen, "day"), first, last, key=DAY, format="DD/MM/YYYY", width="stretch")
    st.query_params["day"] = chosen.isoformat()
    if st.session_state.pop("dis_reload", False):
        st.rerun()
    return date.fromisoformat(chosen.isoformat())


def _reload() -> None:
    st.session_state["dis_reload"] = True
    st.session_state[f"{FIRST}_told"] = st.query_params.get("replay")
    st.session_state.pop(DAY, None)


def _with_words(screen: Screen, rows: pl.DataFrame) -> pl.DataFrame:
    lang = screen.language

    def tip(row: dict[str, object]) -> str:
        state, symbol, top = str(row["state"]), str(row["symbol"]), row["top"]
        parts = [f"{row['day']:%d/%m/%Y}", word(state, lang)]
        if state in ("over", "over_day"):
            times = write.number(top, 2, lang) if isinstance(top, float) else ""
            parts.append(own.symbol(symbol, lang) + (f" {own.text(screen, 'times', value=times)}" if times else ""))
        elif state != "ok":
            parts.append(own.symbol(symbol, lang))
        return " · ".join(parts)

    local = pl.col("period").dt.convert_time_zone("Asia/Ho_Chi_Minh").dt.date().alias("day")
    told = rows.with_columns(local)
    said = pl.Series("tip", [tip(row) for row in told.iter_rows(named=True)], dtype=pl.String)
    return told.with_columns(said, own.shorts("station", lang).alias("row"))


def _grid(screen: Screen, outlets: pl.DataFrame, day: date) -> None:
    frame = _with_words(screen, outlets)
    rows = frame["row"].n_unique()
    alt_text = own.text(screen, "replay_grid")
    chart(state_grid(frame, day, screen.language), key="chart_replay", alt_text=alt_text, width=760,
          height=30 * rows + 34, language=screen.language)  # fmt: skip
    legend(language=screen.language)


def _day(screen: Screen, outlets: pl.DataFrame, day: date) -> None:
    """Draw where what happened on the day, and of whom."""
    lang = screen.language
    rows = _with_words(screen, outlets).filter(pl.col("day") == day)
    bad = rows.filter(~pl.col("state").is_in(["ok", "none"]))
    over = rows.filter(pl.col("state").is_in(["over", "over_day"]))
    title = own.text(screen, "replay_day", day=f"{day:%d/%m/%Y}", over=over.height, all=rows.height)
    page.heading(title, "", False, lang)
    points = [
        {**own.point(screen, r["station"], r["state"], f" · {r['tip']}"), "named": r["state"] in ("over", "over_day")}
        for r in rows.iter_rows(named=True)
    ]  # fmt: skip
    own.draw_points(screen, points, "replay_map", title, 230, VIEW, lazy=False)
    works = [
        attention.Work(STATUS[r["state"]], str(r["row"]), str(r["tip"]).split(" · ", 1)[1],
                       screen.door(outlet=str(r["station"])))
        for r in bad.sort("hours_over", descending=True).iter_rows(named=True)
    ]  # fmt: skip
    attention.attention(works[:4], lang)
    maps.credit(lang)
