"""The card of figures found in print: a table that names who printed them, with export."""

from collections.abc import Mapping, Sequence

import polars as pl

from components import page, tables
from components.screen import Screen
from components.states import empty
from components.tables import ColumnSpec
from config.locale import say
from services.figure import Figure


def printed(
    screen: Screen, rows: Sequence[Mapping[str, object]], columns: Sequence[ColumnSpec], label: Figure, **told: object
) -> None:
    """Draw rows of published figures under the page's texts `published_…`; `label`: the figure that the export names.

    `told`: what the note under the table tells.
    """
    lang, texts = screen.language, f"{screen.id}_page.published"
    with screen.card("published", say(f"{texts}_title", lang), say(f"{texts}_sub", lang)):
        if not rows:
            empty(language=lang)
            return
        frame = pl.DataFrame(rows, infer_schema_length=None)
        tables.table(frame, columns, key="table_published", height="content", language=lang)
        page.note(say(f"{texts}_note", lang, **told))
        tables.export_buttons(frame, columns, label, f"{screen.id}_published", lang)
