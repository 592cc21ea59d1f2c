"""What needs a person now, who is worst, and where points are lost: lists that are doors."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import polars as pl
import streamlit as st

from components import format as write
from components import labels
from components.states import empty
from config.locale import say


@dataclass(frozen=True)
class Work:
    """One row of work: a status, its subject in bold, what is the matter, and the page that helps.

    `own`: whether it concerns the viewer's own part of the province; None for whoever answers for all of it.
    """

    status: str
    subject: str
    text: str
    url: str | None = None
    button: str | None = None
    simulated: bool = False
    own: bool | None = None


def attention(rows: Sequence[Work], language: str = "vi") -> None:
    """Draw the rows of work, the viewer's own apart from the others, or one line that there is none."""
    if not rows:
        st.html(f'<div class="ioc-note">{say("ui.attention_none", language)}</div>')
        return
    own, others = [r for r in rows if r.own], [r for r in rows if not r.own]
    if any(r.own is False for r in rows):
        _part("own" if own else "own_none", own, language)
        _part("others", others, language)
    else:
        _work(rows, language)


def _part(name: str, rows: Sequence[Work], language: str) -> None:
    st.html(f'<div class="ioc-part">{say(f"screen.attention_{name}", language)}</div>')
    _work(rows, language)


def _work(rows: Sequence[Work], language: str) -> None:
    if rows:
        st.html(f'<div class="ioc-work">{"".join(_row(row, language) for row in rows)}</div>')


def _row(row: Work, language: str) -> str:
    word = say(f"ui.status_{row.status}", language)
    about = f'role="img" aria-label="{word}" title="{word}"'
    mark = f'<span {about} class="ioc-{row.status}">{labels.mark(row.status)}</span>'
    box = f" {labels.simulated(language, short=True)}" if row.simulated else ""
    button = (
        f'<a class="ioc-button" href="{escape(row.url)}">{escape(row.button)}</a>' if row.url and row.button else ""
    )
    return f"<div>{mark}<p><b>{escape(row.subject)}</b> {escape(row.text)}{box}</p>{button}</div>"


def ranking(
    frame: pl.DataFrame,
    *,
    value_title: str,
    decimals: int = 1,
    unit: str = "",
    extra_title: str = "",
    name_title: str | None = None,
    language: str = "vi",
) -> None:
    """Draw a ranking, worst first, each row a door.

    `frame` holds `name`, `value` and, when wanted, `extra` (a count), `status` and `url`.
    """
    if frame.is_empty():
        empty(language=language)
        return
    extra = "extra" in frame.columns
    head = f"<th>{escape(name_title or say('ui.place', language))}</th>"
    head += f'<th class="ioc-num">{escape(extra_title)}</th>' if extra else ""
    head += f'<th class="ioc-num">{escape(value_title)}</th>'
    body = "".join(_rank(row, decimals, unit, language) for row in frame.iter_rows(named=True))
    st.html(f'<table class="ioc-table"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>')


def _rank(row: dict[str, object], decimals: int, unit: str, language: str) -> str:
    url = row.get("url")
    value = row["value"]
    number = write.number(value if isinstance(value, int | float) else None, decimals, language)
    text = f"{number} {unit}".strip()
    status = str(row.get("status") or "none")
    cells = [("", escape(str(row["name"])), "")]
    if "extra" in row:
        count = row["extra"]
        cells.append(("ioc-num", write.number(count if isinstance(count, int | float) else None, 0, language), ""))
    word = say(f"ui.status_{status}", language)
    cells.append(
        (
            f"ioc-num ioc-{status}",
            text,
            f' title="{word}" aria-label="{text}, {word}"' if status != "none" else "",
        )
    )
    if not url:
        return "<tr>" + "".join(f'<td class="{c}"><span{t}>{v}</span></td>' for c, v, t in cells) + "</tr>"
    return (
        "<tr>" + "".join(f'<td class="{c}"><a href="{escape(str(url))}"{t}>{v}</a></td>' for c, v, t in cells) + "</tr>"
    )


def parts(frame: pl.DataFrame, decimals: int = 2, language: str = "vi") -> None:
    """Draw what was reached and lost by part; `frame` holds `name`, `score`, `max` in points."""
    top = max((float(value) for value in frame["max"]), default=1.0) or 1.0
    rows = []
    for name, score, most in frame.select("name", "score", "max").iter_rows():
        filled = 0.0 if score is None else max(0.0, min(1.0, score / most))
        lost = None if score is None else score - most
        whole = write.number(most, 0 if float(most).is_integer() else decimals, language)
        rows.append(
            f'<tr><td>{escape(name)}</td><td><div class="ioc-bar" style="width:{100 * most / top:.1f}%">'
            f'<i style="width:{100 * filled:.1f}%"></i></div></td>'
            f'<td class="ioc-num">{write.number(score, decimals, language)} '
            f'<span class="ioc-muted">/ {whole}</span></td>'
            f'<td class="ioc-num ioc-bad">{write.number(lost, decimals, language) if lost else ""}</td></tr>'
        )
    st.html(f'<table class="ioc-parts"><tbody>{"".join(rows)}</tbody></table>')
