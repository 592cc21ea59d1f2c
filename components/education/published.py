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
OTHERS = ("pupils", "rooms_solid_pct", "qualified_pct", "short", "posts_added", "graduated_pct", "full_marks", "prizes")


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


def _row(figure: Figure, language: str) -> dict[str, object]:
    unit = figure.unit[language]
    value = write.number(figure.value, figure.decimals, language)
    when = write.period_label(figure.period, language)
    return {"figure": figure.formula[language], "told": f"{value} {unit}", "when": when}


def _others(screen: Screen) -> None:
    lang = screen.language
    found = [screen.figure(f"edu_published_{name}", **WHOLE, period=None) for name in OTHERS]
    known = [f for f in found if f.value is not None]
    with screen.card("published_others", text(screen, "others_title"), text(screen, "others_sub")):
        kinds = dict.fromkeys(("figure", "told", "when"), pl.String)
        frame = pl.DataFrame([_row(f, lang) for f in known], schema=kinds)
        tables.table(frame, [own("figure", width=300), own("told", width=130), own("when", width=80)],
                     key="table_others", height="content", language=lang)  # fmt: skip
        page.note(text(screen, "others_note"))
