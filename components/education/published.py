"""Figures printed by the press beside the simulated list of the same round: what is real, what is not."""

import polars as pl

from components import format as write
from components import page, tables
from components.education.terms import own, text
from components.screen import Screen
from services.figure import Figure
from services.methods.education_norms import LEVELS
from services.names import name_of

WHOLE = {"place": None, "where": None}
OTHERS = {
    "pupils": "pupils", "rooms_solid_pct": "rooms_solid_pct", "qualified_pct": "qualified_pct", "short": "short",
    "short_province": "short", "posts_added": "posts_added", "graduated_pct": "graduated_pct",
    "full_marks": "full_marks", "prizes": "prizes",
}  # fmt: skip
SERIES = {"short_province": {"series": "province_2023_08"}}
"""The series of a row, where it is not the one that its indicator names."""


def published(screen: Screen) -> None:
    """Draw the schools as published by level beside the simulated list, and the other published figures."""
    left, right = screen.columns("two")
    with left:
        _schools(screen)
    with right:
        _others(screen)


def _schools(screen: Screen) -> None:
    lang = screen.language
    all_told, standard = (screen.divide(f"edu_published_{n}", "series", **WHOLE, period=None) for n in
                          ("schools", "standard"))  # fmt: skip
    share = screen.figure("edu_published_standard_share", **WHOLE, period=None)
    label = all_told.figure.period.label if all_told.figure.period else None
    asked = {**WHOLE, "period": label}
    ours = {n: screen.divide(i, "level", **asked).frame for n, i in
            (("list_schools", "edu_schools"), ("list_standard", "edu_standard"))}  # fmt: skip
    frame = pl.DataFrame({"key": LEVELS, "name": [name_of("level", level)[lang] for level in LEVELS]})
    parts = {"printed": all_told.frame, "printed_standard": standard.frame, **ours}
    for name, part in parts.items():
        frame = frame.join(part.select("key", pl.col("value").alias(name)), on="key", how="left", maintain_order="left")
    title = text(screen, "published_title", share=write.percent(share.value, 2, lang))
    with screen.card("published", title, text(screen, "published_sub", until=write.date(share.data_until))):
        columns = [tables.titled("name", "education_page.level", width=120), *(own(n, "number") for n in parts)]
        tables.table(frame, columns, key="table_published", height="content", language=lang)
        tables.export_buttons(frame, columns, all_told.figure, f"{screen.id}_published", lang)


def _row(screen: Screen, name: str, figure: Figure) -> dict[str, str]:
    lang = screen.language
    value = f"{write.number(figure.value, figure.decimals, lang)} {figure.unit[lang]}"
    return {"figure": text(screen, f"other_{name}"), "told": value, "when": write.period_label(figure.period, lang)}


def _others(screen: Screen) -> None:
    lang = screen.language
    asked = {n: {**WHOLE, "period": None, "where": SERIES.get(n)} for n in OTHERS}
    found = {n: screen.figure(f"edu_published_{i}", **asked[n]) for n, i in OTHERS.items()}
    known = [_row(screen, n, f) for n, f in found.items() if f.value is not None]
    with screen.card("published_others", text(screen, "others_title"), text(screen, "others_sub")):
        kinds = dict.fromkeys(("figure", "told", "when"), pl.String)
        frame = pl.DataFrame(known, schema=kinds)
        tables.table(frame, [own("figure", width=260), own("told", width=150), own("when", width=80)],
                     key="table_others", height="content", language=lang)  # fmt: skip
        page.note(text(screen, "others_note"))
