"""Published scores of public-service bodies by Decision 766/QĐ-TTg, as the national portal gives them."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import polars as pl

from data_access.ingestion.parsers.delimited import parse_delimited
from data_access.ingestion.parsers.json_text import as_text, load_json
from data_access.ingestion.parsers.result import (
    Faults,
    Layout,
    Parsed,
    Unreadable,
    broken,
    text_frame,
)
from data_access.ingestion.parsers.unpack import decoded, unpacked

GROUPS = ("CKMB", "TDGQ", "ONLINE", "TTTT", "MDSH", "MDHL")
SCORED = frozenset({"score", "maxScore", "ratio", "metrics"})
DAILY = Layout(
    parser="table",
    columns=["date", "department_code", "name", "total", "rank", "score_delta", *GROUPS],
    optional=["file_scope", "commit"],
)


class Line(NamedTuple):
    """One published figure of one body; every value as written, None where the portal gives null."""

    metric: str
    score: str | None = None
    max_score: str | None = None
    ratio: str | None = None
    numerator: str | None = None
    denominator: str | None = None
    flag: str | None = None


def parse_dvc_766(name: str, content: bytes, layout: Layout) -> Parsed:
    """Return a long frame: `date, extracted_at, department_code, department_name, metric` and its values.

    Reads the portal's `scores` and `details` files and the daily CSV. `_row` is the body's place in the
    list from 1 (0: the whole country, code VN) or the line of the CSV. A counter stands in `score`.
    """
    text = decoded(name, unpacked(name, content, layout))
    if text.lstrip()[:1] not in ("{", "["):
        return _daily(name, text)
    value = load_json(name, text)
    meta, bodies = _shape(name, value)
    run = str(meta.get("runDateStr") or "")
    try:
        date = datetime.strptime(run, "%d%m%Y").date().isoformat()
    except ValueError as error:
        raise Unreadable("dvc_766_date", name, column="runDateStr", value=run) from error
    extracted = as_text(meta.get("extractedAt"))
    faults = Faults(name)
    found: list[tuple[int, str, str | None, Line]] = []
    overview = value.get("overview")
    if isinstance(overview, dict):
        found += [(0, "VN", as_text(overview.get("departmentName")), line) for line in _lines(overview)]
    for row, body in enumerate(bodies, 1):
        code = as_text(body.get("departmentCode")) if isinstance(body, dict) else None
        if not code:
            faults.append(broken("dvc_766_body", name, row, as_text(body) or "null", column="departmentCode"))
            continue
        found += [(row, code, as_text(body.get("departmentName")), line) for line in _lines(body)]
    if not found and not faults:
        raise Unreadable("no_rows", name)
    rows = [(row, date, extracted, code, label, line) for row, code, label, line in found]
    notes = {"date": date} | ({"extractedAt": extracted} if extracted else {})
    return Parsed(_frame(rows), faults, notes)


def _shape(name: str, value: Any) -> tuple[dict[str, Any], list[Any]]:
    meta = value.get("metadata") if isinstance(value, dict) else None
    bodies = value.get("provinces") if isinstance(value, dict) else None
    if not isinstance(meta, dict) or not isinstance(bodies, list):
        raise Unreadable("dvc_766_shape", name)
    return meta, bodies


def _frame(
    rows: Sequence[tuple[int, str | None, str | None, str | None, str | None, Line]],
) -> pl.DataFrame:
    columns: dict[str, list[str | None]] = {
        "date": [row[1] for row in rows],
        "extracted_at": [row[2] for row in rows],
        "department_code": [row[3] for row in rows],
        "department_name": [row[4] for row in rows],
    }
    columns |= {key: [getattr(row[5], key) for row in rows] for key in Line._fields}
    return text_frame(columns, [row[0] for row in rows])


def _lines(body: dict[str, Any]) -> Iterator[Line]:
    """Yield every figure that the portal prints for one body."""
    if "totalScore" in body:
        yield Line("TOTAL", *(as_text(body.get(key)) for key in ("totalScore", "totalMaxScore", "ratio")))
    if "rank" in body:
        yield Line("RANK", as_text(body["rank"]))
    if "scoreDelta" in body:
        yield Line("SCORE_DELTA", as_text(body["scoreDelta"]))
    groups = _object(body.get("groupScores"))
    components = _object(body.get("componentIndicators"))
    parts = {key.partition("_")[0]: _object(part) for key, part in components.items()}
    for group in dict.fromkeys([*groups, *parts]):
        part = parts.get(group, {})
        score = groups[group] if group in groups else part.get("score")
        yield Line(group, as_text(score), as_text(part.get("maxScore")), as_text(part.get("ratio")))
        for key, counter in part.items():
            if key not in SCORED:
                yield Line(f"{group}.{key}", as_text(counter))
        metrics = part.get("metrics")
        for metric in metrics if isinstance(metrics, list) else []:
            if isinstance(metric, dict) and metric.get("code"):
                yield _metric(metric)


def _metric(metric: dict[str, Any]) -> Line:
    keys = ("code", "score", "maxScore", "ratio", "numerator", "denominator", "dataQualityStatus")
    code, *values = (as_text(metric.get(key)) for key in keys)
    return Line(code or "", *values)


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _daily(name: str, text: str) -> Parsed:
    """Return the same long rows from the daily CSV, which knows no time of extraction."""
    table = parse_delimited(name, text, DAILY)
    metrics = {"total": "TOTAL", "rank": "RANK", "score_delta": "SCORE_DELTA"} | {
        group: group for group in GROUPS
    }
    rows = [
        (each["_row"], each["date"], None, each["department_code"], each["name"], Line(metric, each[column]))
        for each in table.frame.iter_rows(named=True)
        for column, metric in metrics.items()
    ]
    if not rows and not table.broken:
        raise Unreadable("no_rows", name)
    return Parsed(_frame(rows), table.broken, table.notes)
