"""What only the page of the press draws: what people worry about, how stories spread, which communes are named."""

from datetime import datetime, timedelta

import polars as pl

from components import attention, charts, tables
from components import format as write
from components.chart import chart
from components.screen import Screen
from components.states import empty
from components.tables import ColumnSpec, titled
from config.locale import say
from config.press import load_press
from services import press
from services.methods.press_words import OTHER
from services.names import name_of

LISTED, STORIES, SPREAD = 8, 12, 4
LONGEST, LABEL = 76, 24
EDGES, CLASSES = (1.0, 2.0, 4.0, 7.0), ("0", "1", "2–3", "4–6", "≥7")
"""Bounds of the classes of items a week and commune (product choice)."""
AGAIN = "Thanh Hóa: "
PROVINCE = {"place": None}
WRITTEN = ("prs_items", "prs_stories", "prs_grave")
KEPT = ("prs_in_time_pct", "prs_duty_overdue", "prs_duty_open", "prs_duty_asked")
OWED = ("prs_place_items", "prs_duty_asked", "prs_duty_open", "prs_duty_overdue", "prs_in_time_pct")


def text(screen: Screen, key: str, **values: object) -> str:
    """Return a text of this page."""
    return say(f"press_page.{key}", screen.language, **values)


def column(name: str, kind: tables.Kind = "text", width: str | int | None = None) -> ColumnSpec:
    """Return a column titled from this page's own texts."""
    return titled(name, f"press_page.col_{name}", kind, width=width)


def stories_of(screen: Screen) -> pl.DataFrame:
    """Return the stories of the last days, of the commune chosen where one is."""
    found = screen.states("prs_live_stories")
    chosen = screen.chosen.get("place")
    return found.filter(pl.col("place") == chosen) if chosen else found


def simulated(screen: Screen) -> bool:
    """Say whether the items are simulated."""
    return screen.figure("prs_items").simulated


# What people worry about

def worries(screen: Screen) -> None:
    """Draw the items of the last days by topic, and how right the topics are."""
    lang = screen.language
    known = (pl.col("theme") != OTHER).alias("known")
    found = stories_of(screen).group_by("theme").agg(pl.col("items").sum().alias("value")).sort(
        [known, "value", "theme"], descending=[True, True, False]).head(LISTED)  # fmt: skip
    names = [name_of("theme", key)[lang] for key in found["theme"]]
    title = text(screen, "worry_none")
    if names:
        title = text(screen, "worry_title", theme=names[0].lower(), count=write.number(found["value"][0], 0, lang))
    with screen.card("worry", title, _how_right(screen), simulated(screen)):
        if not names:
            empty(language=lang)
            return
        frame = found.select(pl.Series("name", names), pl.col("value").cast(pl.Float64))
        chart(charts.bars(frame, unit=text(screen, "items"), decimals=0, highlight=names[0], language=lang),
              key="chart_worry", alt_text=title, width=548, height=28 * frame.height + 20, language=lang)


def _how_right(screen: Screen) -> str:
    measured, lang = load_press().topics_measured, screen.language
    return text(screen, "worry_sub", given=measured.given,
                accuracy=write.number(100 * measured.right / measured.given, 0, lang),
                covered=write.number(100 * measured.given / measured.sentences, 0, lang))


# Stories

def main_stories(screen: Screen) -> None:
    """Draw the stories in most outlets, with what became of the answer to them."""
    lang, found = screen.language, stories_of(screen)
    fast = found.filter(pl.col("early_outlets") >= load_press().fast.outlets).height
    states = press.answered(screen.viewer)
    title = text(screen, "stories_title", count=write.number(found.height, 0, lang), fast=write.number(fast, 0, lang))
    with screen.card("stories", title, text(screen, "stories_sub"), simulated(screen)):
        listed = [
            {"name": f"{text(screen, 'is_rumour') if r['rumour'] else ''}{shortened(r['title'])}"
                     f"{text(screen, 'state_' + states[r['link']]) if r['link'] in states else ''}",
             "extra": round(r["hours"]), "value": float(r["outlets"]), "status": "near" if r["rumour"] else "none"}
            for r in found.head(STORIES).iter_rows(named=True)
        ]  # fmt: skip
        attention.ranking(pl.DataFrame(listed, infer_schema_length=None), decimals=0, language=lang,
                          value_title=text(screen, "stories_outlets"), extra_title=text(screen, "stories_hours"),
                          name_title=text(screen, "stories_story"))


def shortened(title: str, longest: int = LONGEST) -> str:
    """Return a headline cut at a word where it is long."""
    return title if len(title) <= longest else title[:longest].rsplit(" ", 1)[0] + "…"


def spread(screen: Screen) -> None:
    """Draw how many outlets took up the main stories, hour by hour."""
    lang, found = screen.language, stories_of(screen).filter(pl.col("outlets") > 1).head(SPREAD)
    if found.is_empty():
        return
    title = text(screen, "spread_title", outlets=found["outlets"][0], hours=write.number(found["hours"][0], 0, lang))
    end = max(at for joined in found["joined_at"] for at in joined) + timedelta(hours=1)
    frames = [_course(row["joined_at"], end, shortened(row["title"].removeprefix(AGAIN), LABEL))
              for row in found.iter_rows(named=True)]  # fmt: skip
    with screen.card("spread", title, text(screen, "spread_sub"), simulated(screen)):
        chart(charts.line(pl.concat(frames), unit=text(screen, "stories_outlets").lower(), decimals=0, zero=True,
                          language=lang),
              key="chart_spread", alt_text=title, width=548, height=240, language=lang)  # fmt: skip


def _course(joined: list[datetime], end: datetime, name: str) -> pl.DataFrame:
    """Return how many outlets had a story at the end of each hour from its first item to `end`."""
    start = min(joined).replace(minute=0, second=0, microsecond=0)
    hours = [start + timedelta(hours=n) for n in range(int((end - start).total_seconds() // 3600) + 1)]
    values = [float(sum(at < hour for at in joined)) for hour in hours]
    return pl.DataFrame({"start": hours, "value": values, "series": [name] * len(hours)})


# Volume, map, comparison

def volume(screen: Screen) -> None:
    """Draw the items and the stories of each day of a month."""
    screen.trend(("prs_items", "prs_stories"), 30, "day", text(screen, "volume_title"), key="volume", width=548)


def themes(screen: Screen) -> None:
    """Draw the items of each week for the topics written of most."""
    frame = screen.divide("prs_items", "theme", grain="month").frame.drop_nulls("value")
    most = frame.filter(pl.col("key") != OTHER).sort("value", descending=True)["key"].head(4).to_list()
    if most:
        title = text(screen, "themes_title", theme=name_of("theme", most[0])[screen.language])
        screen.trend("prs_items", 13, "week", title, key="themes", width=548, height=470,
                     series_by=("theme", most))  # fmt: skip


def communes(screen: Screen) -> None:
    """Draw how often each commune was named in the week."""
    found = screen.divide("prs_place_items", "place", **PROVINCE).frame.filter(pl.col("value") > 0)
    title = text(screen, "map_none")
    if found.height:
        most = found.sort("value", descending=True)["key"][0]
        title = text(screen, "map_title", count=found.height, place=name_of("place", most)[screen.language])
    labels = [*CLASSES[:-1], text(screen, "map_most", count=CLASSES[-1])]
    screen.map_of_communes("prs_place_items", EDGES, title, labels=labels)


def _titles(names: tuple[str, ...]) -> list[str]:
    return [f"press_page.short_{name.removeprefix('prs_')}" for name in names]


def outlets(screen: Screen) -> None:
    """Draw the outlets that wrote of the province in the week, with export."""
    screen.compare(WRITTEN, "outlet", text(screen, "league_outlet"), key="league_outlet", height=372,
                   titles=_titles(WRITTEN), with_units=False, grain="week")  # fmt: skip


def agencies(screen: Screen) -> None:
    """Draw the agencies that owe answers, with export."""
    screen.compare(KEPT, "agency", text(screen, "league_agency"), key="league_agency", height=372, titles=_titles(KEPT),
                   with_units=False, worst=KEPT[0], counts=KEPT[1:])


def league(screen: Screen) -> None:
    """Draw the 166 communes in a table with export."""
    screen.compare(OWED, "place", text(screen, "league_place"), key="league_place", height=330, titles=_titles(OWED),
                   with_units=False, worst=OWED[0])
