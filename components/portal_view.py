"""One portal: how it stands, its last two weeks hour by hour, what it owes, how it answers."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from html import escape
from typing import Any

import altair as alt
import polars as pl
import streamlit as st

from components import asking, charts, labels, page, states, tables
from components import format as write
from components.chart import chart
from components.portals import STATUS, column, is_simulated, owner_of, state_words, text
from components.screen import Screen
from components.theme import palette
from config.portals import Portal, load_rules
from services import portals as service
from services.names import name_of

DAYS = 14
TONES = {"up": "ok", "down": "bad", "planned": "near", "probe_failed": "stale", "not_run": "stale"}


def portal_view(screen: Screen, name: str) -> None:
    """Draw a portal's own view with the way back to all."""
    portal, lang = service.portal_named(name), screen.language
    about = f"{portal.host} · {owner_of(screen, portal.agency)}" if portal else ""
    if portal and portal.simulated:
        about = f"{text(screen, 'simulated_host', host=portal.host)} · {owner_of(screen, portal.agency)}"
    with page.header(portal.title().of(lang) if portal else name, about, "", lang):
        st.html(f'<a class="ioc-button" href="{escape(_back(screen))}">{text(screen, "back")}</a>', width="content")
    looked = screen.states(service.LOOKED).filter(portal=name)
    if portal is None or looked.is_empty():
        why = text(screen, "own_never") if portal else text(screen, "own_not_found", name=name)
        states.empty(why, language=lang)
        return
    looks = service.course(name, days=DAYS, until=asking.moment())
    left, right = st.columns([436, 676], gap="small")
    with left:
        _now(screen, portal, looked.row(0, named=True))
        _owed(screen, name)
    with right:
        _timeline(screen, looks)
        _response(screen, looks)
    _latest(screen, looks)


def _back(screen: Screen) -> str:
    kept = {k: v for k, v in st.query_params.items() if k != "portal"}
    return "/portals" + ("?" + "&".join(f"{k}={v}" for k, v in kept.items()) if kept else "")


def _now(screen: Screen, portal: Portal, row: Mapping[str, Any]) -> None:
    inspected = screen.states(service.INSPECTED).filter(portal=portal.id)
    more = inspected.row(0, named=True) if inspected.height else {}
    lines = [*_looked(screen, portal, row), *_inspected(screen, more)]
    body = "".join(
        f'<tr><td><span class="ioc-muted">{escape(text(screen, f"f_{name}"))}</span></td>'
        f'<td class="ioc-num" style="white-space:normal"><span>{said}</span></td></tr>'
        for name, said in lines if said
    )  # fmt: skip
    with screen.card("own_state", text(screen, "own_state"), text(screen, "own_state_sub"), is_simulated(screen)):
        st.html(f'<table class="ioc-table"><tbody>{body}</tbody></table>')


def _looked(screen: Screen, portal: Portal, row: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
    lang, period = screen.language, f"{write.local(asking.moment()):%Y-%m}"
    month = screen.figure("web_availability_pct", where={"portal": portal.id}, period=period)
    ends = text(screen, "left", day=write.date(row["tls_not_after"]), count=write.number(row["cert_days"], 0, lang))
    news = text(screen, "ago", day=write.date(row["last_news_at"]), count=write.number(row["news_days"], 0, lang))
    return [
        ("state", labels.status(STATUS[row["state"]], lang, state_words(screen, row))),
        ("since", write.moment(row["since"], asking.moment(), lang) if row["since"] else ""),
        ("looked", write.moment(row["time"], asking.moment(), lang)),
        ("availability", f"{write.number(month.value, 2, lang)} %" if month.value is not None else ""),
        ("news", escape(news) if row["last_news_at"] else ""),
        ("certificate", escape(ends) if row["tls_not_after"] else ""),
        ("ttfb", text(screen, "milliseconds", value=write.number(row["ttfb_ms"], 0, lang)) if row["ttfb_ms"] else ""),
        ("size", text(screen, "kilobytes", value=write.number(row["bytes"] / 1000, 0, lang)) if row["bytes"] else ""),
    ]


def _inspected(screen: Screen, more: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
    if not more:
        return []
    lang = screen.language
    paint = {n: write.number(more[f"{n}_s"], 1, lang) for n in ("fcp", "lcp", "si", "tbt")}
    answer = {1: "yes", 0: "no", None: "unknown"}[more["ipv6_ok"]]
    return [
        ("paint", text(screen, "seconds", **paint) if more["lcp_s"] is not None else text(screen, "unknown")),
        ("ipv6", text(screen, answer)),
        ("links", text(screen, "of", part=more["links_broken"], whole=more["links_checked"])),
        ("headers", text(screen, "of", part=more["headers_there"], whole=more["headers_due"])),
        ("inspected", write.moment(more["time"], asking.moment(), lang)),
    ]


def _owed(screen: Screen, name: str) -> None:
    owed = screen.states(service.OWED).filter(portal=name).sort("missed", "days", descending=True, nulls_last=True)
    missed = int(owed["missed"].sum())
    title = text(screen, "own_duties", missed=missed, due=owed.height)
    with screen.card("own_duties", title, text(screen, "own_duties_sub"), is_simulated(screen)):
        rows = "".join(_duty(screen, row) for row in owed.iter_rows(named=True))
        st.html(f'<table class="ioc-table"><tbody>{rows}</tbody></table>')


def _duty(screen: Screen, row: Mapping[str, Any]) -> str:
    lang = screen.language
    days = text(screen, "missed_days", count=write.number(row["days"], 0, lang)) if row["missed"] else ""
    word = labels.status("bad", lang, days) if row["missed"] else labels.status("ok", lang, text(screen, "duty_kept"))
    name = escape(name_of("duty", row["duty"])[lang])
    return f'<tr><td><span>{name}</span></td><td class="ioc-num"><span>{word}</span></td></tr>'


def _pieces(looks: pl.DataFrame, screen: Screen) -> list[dict[str, Any]]:
    """Return the looks as pieces of local days, none over midnight: `day, start, end` (hours), `tone, text`."""
    colours, lang, found = palette(), screen.language, list[dict[str, Any]]()
    for row in looks.iter_rows(named=True):
        kind = "planned" if row["outcome"] == "down" and row["planned_min"] else row["outcome"]
        start = write.local(row["time"])
        end = start + timedelta(minutes=float(row["minutes"]))
        words = name_of("outcome", kind)[lang]
        if row["reason"] and row["outcome"] == "down":
            words = f"{words}: {name_of('reason', row['reason'])[lang]}"
        while start < end:
            midnight = datetime.combine(start.date() + timedelta(days=1), datetime.min.time(), start.tzinfo)
            until = min(end, midnight)
            first = (start - (midnight - timedelta(days=1))) / timedelta(hours=1)
            found.append({"day": write.date(start)[:5], "start": first, "tone": getattr(colours, TONES[kind]),
                          "end": first + (until - start) / timedelta(hours=1),
                          "text": f"{write.date(start)[:5]} {start:%H:%M} · {words}"})  # fmt: skip
            start = until
    return found


def _timeline(screen: Screen, looks: pl.DataFrame) -> None:
    lang = screen.language
    minutes = looks.filter(pl.col("outcome") == "down").select((pl.col("minutes") - pl.col("planned_min")).sum()).item()
    title = text(screen, "own_timeline", days=DAYS, minutes=write.number(minutes or 0, 0, lang))
    with screen.card("own_timeline", title, text(screen, "own_timeline_sub"), is_simulated(screen)):
        if looks.is_empty():
            states.empty(language=lang)
            return
        pieces = _pieces(looks, screen)
        axis = alt.Axis(values=list(range(0, 25, 3)), title=None, grid=False)
        spec = alt.Chart(alt.InlineData(values=pieces)).mark_rect(height={"band": 0.78}, stroke=palette().card,
                                                                  strokeWidth=0.5).encode(
            x=alt.X("start:Q", scale=alt.Scale(domain=[0, 24], nice=False), axis=axis), x2="end:Q",
            y=alt.Y("day:N", sort=None, title=None, axis=alt.Axis(grid=False)),
            color=alt.Color("tone:N", scale=None), tooltip=[alt.Tooltip("text:N", title=" ")],
        )  # fmt: skip
        days = len({piece["day"] for piece in pieces})
        chart(spec, key="chart_own_timeline", alt_text=title, width=652, height=20 * days + 30, language=lang)
        words = {"up": "ok", "down": "bad", "planned": "near", "not_run": "stale"}
        items = "".join(f"<span>{labels.status(tone, lang, name_of('outcome', kind)[lang])}</span>"
                        for kind, tone in words.items())  # fmt: skip
        st.html(f'<div class="ioc-sub" style="display:flex;flex-wrap:wrap;gap:.2rem .8rem">{items}</div>')


def _response(screen: Screen, looks: pl.DataFrame) -> None:
    known, lang = looks.drop_nulls("ttfb_ms"), screen.language
    if known.height < 2:
        return
    shares = {f"p{int(q * 100)}": write.number(known["ttfb_ms"].quantile(q, "linear"), 0, lang) for q in (0.5, 0.95)}
    title = text(screen, "own_response", **shares)
    with screen.card("own_response", title, text(screen, "own_response_sub"), is_simulated(screen)):
        frame = looks.select(pl.col("time").alias("start"), pl.col("ttfb_ms").alias("value"))
        spec = charts.line(frame, unit="ms", decimals=0, limit=load_rules().ttfb_ms, zero=True, language=lang)
        chart(spec, key="chart_own_response", alt_text=title, width=652, height=180, language=lang)


def _latest(screen: Screen, looks: pl.DataFrame) -> None:
    lang = screen.language
    names = {n: {k: name_of(n, k)[lang] for k in looks[n].unique() if k} for n in ("outcome", "reason")}
    frame = looks.sort("time", descending=True).with_columns(
        *(pl.col(n).replace(w) for n, w in names.items()), pl.col("http_status").cast(pl.String)
    )
    kinds: dict[str, tables.Kind] = {"ttfb_ms": "number", "attempts": "number", "minutes": "number"}
    columns = [column("time", "moment"), *(column(n, kinds.get(n, "text"))
               for n in ("outcome", "reason", "http_status", "ttfb_ms", "attempts", "minutes"))]  # fmt: skip
    screen.rows(frame, columns, screen.figure("web_looks"), text(screen, "own_looks"), key="own_looks", height=330,
                simulated=is_simulated(screen))  # fmt: skip


