"""Who said what when: figures revised, silently revised or at odds; and every published figure."""

from html import escape
from typing import Any

import polars as pl

from components import format as write
from components import labels, page, tables
from components.screen import Screen
from components.socioeconomy.terms import (
    amount,
    day_of,
    ended,
    head_of,
    measured,
    own,
    rows_table,
    series_name,
    small,
    text,
)
from services.names import name_of

STATUS = {"conflict": "bad", "impossible": "bad", "decreasing": "bad", "silent": "near", "revised": "none"}
EXACT = 1e5
"""Size from which a figure is written without decimals; under it, they tell revisions apart."""
ORDER = ("impossible", "conflict", "decreasing", "silent", "revised")


def _said(screen: Screen, value: float, who: str, when: str, unit: str, basis: str) -> str:
    shown = "%" if basis in ("yoy", "plan", "mean", "sectors") or unit == "%" else unit
    day = day_of(when) or text(screen, "unknown_day")
    return f"{escape(amount(value, screen.language, shown, EXACT))} {escape(shown)}{small(f'{who} · {day}')}"


def _line(screen: Screen, r: dict[str, Any]) -> list[tuple[str, str]]:
    lang = screen.language
    word = text(screen, f"what_{r['what']}")
    mark = labels.status(STATUS[r["what"]], lang, word) if STATUS[r["what"]] != "none" else escape(word)
    covers = name_of("span", "cumulative" if r["kind"] in ("ytd", "year") else r["kind"])[lang]
    about = small(f"{covers} {day_of(r['period_code'])}")
    points = r["gap_pct"] is None
    gap = f"{'+' if r['gap'] > 0 else '−'}{write.number(abs(r['gap'] if points else r['gap_pct']), 2, lang)}"
    return [
        ("", f"<b>{escape(series_name(screen, r['series']))}</b>{about}"),
        ("", mark),
        ("", _said(screen, r["first"], r["publisher"], r["published"], r["unit"], r["basis"])),
        ("", _said(screen, r["second"], r["second_by"], r["second_on"], r["unit"], r["basis"])),
        ("ioc-num", f"{gap} {escape(text(screen, 'points') if points else '%')}"),
        ("", escape(text(screen, f"basis_{r['basis']}"))),
    ]


def discrepancies(screen: Screen) -> None:
    """Draw what was said by whom and when wherever two published figures cannot both be right."""
    found = measured(screen, screen.states("eco_revisions", **ended(screen)))
    rows = sorted(found.to_dicts(), key=lambda r: (ORDER.index(r["what"]), r["series"], r["period_code"]))
    lang = screen.language
    counts = {k: sum(r["what"] in kinds for r in rows) for k, kinds in (
        ("revised", ("revised",)), ("silent", ("silent",)), ("conflict", ("conflict", "impossible", "decreasing")))}
    title = text(screen, "vintages_title", count=len(rows), **counts)
    with screen.card("vintages", title, text(screen, "vintages_sub")):
        if not rows:
            page.note(text(screen, "vintages_none"))
            return
        names = [text(screen, f"col_{n}") for n in ("about", "what", "first", "second", "gap", "basis")]
        rows_table("vintages", head_of(*names, numbers=names[4:5]), [_line(screen, r) for r in rows], lang)
        frame = found.with_columns(
            pl.Series("series", [series_name(screen, s) for s in found["series"]], dtype=pl.String),
            pl.Series("what", [text(screen, f"what_{w}") for w in found["what"]], dtype=pl.String),
            pl.Series("basis", [text(screen, f"basis_{b}") for b in found["basis"]], dtype=pl.String),
        )
        columns = [own("series"), own("period_code"), own("what"), own("first", "number", 2), own("publisher"),
                   own("published"), own("second", "number", 2),
                   *(tables.ColumnSpec(n, own(t).vi + " (2)", own(t).en + " (2)")
                     for n, t in (("second_by", "publisher"), ("second_on", "published"))),
                   own("gap", "number", 2), own("basis")]  # fmt: skip
        tables.export_buttons(frame, columns, screen.figure("eco_revisions"), f"{screen.id}_vintages", lang)


def figures(screen: Screen) -> None:
    """Draw every published figure, the newest first, with its page; with export."""
    lang = screen.language
    found = measured(screen, screen.states("eco_published", **ended(screen)))
    last = found.filter(~pl.col("kind").is_in(["plan", "target"]))["time"].max()
    until = write.local(last).strftime("%m/%Y") if last is not None else write.NOTHING  # type: ignore[arg-type]
    coded = ("series", "span", "stage")
    named = [pl.col(c).replace({k: name_of(c, k)[lang] for k in found[c].unique()}) for c in coded]
    columns = [
        own("series", width=260), own("span", width=66), own("period_code", width=74),
        own("value", "number", 1, 76), own("unit", width=58), own("yoy_pct", "number", 2, 76),
        own("mom_pct", "number", 2, 92), own("plan_pct", "number", 1, 54), own("stage", width=72),
        own("publisher", width=140), own("published", width=86), own("note", width=64), own("page", width=64),
    ]  # fmt: skip
    title = text(screen, "printed_title", count=found.height)
    with screen.card("printed", title, text(screen, "printed_sub", until=until)):
        dated = ("period_code", "published")
        days = [pl.Series(c, [day_of(code) for code in found[c]], dtype=pl.String) for c in dated]
        shown = found.with_columns(*named, *days)
        tables.table(shown, columns, key="table_printed", height=330, language=lang)
        tables.export_buttons(shown, columns, screen.figure("eco_published"), f"{screen.id}_figures", lang)
