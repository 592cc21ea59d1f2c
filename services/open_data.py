"""Open data: the public figures as files at addresses that stay, the same for everybody.

Asked as a citizen asks, whoever is signed in. In production no simulated figure leaves; in the demo each row says so.
"""

import io
import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Final

import polars as pl
from pydantic import BaseModel

from config.models import Declared, Indicator, Text
from config.reading import read_yaml
from config.registry import PROVINCE, load_registry
from config.settings import CONFIG, settings
from data_access.database import now
from services.access import CITIZEN, visible
from services.divisions import divisions
from services.indicators import Breakdown, figures
from services.periods import label
from services.versions import version_behind

PARTS: Final = ("time", "communes")
"""What there is of an indicator: the province over time; the 166 communes and wards in the latest closed period."""
COLUMNS: Final[Mapping[str, tuple[pl.DataType, str, str]]] = {
    "indicator": (pl.String(), "mã chỉ tiêu", "indicator"),
    "period": (pl.String(), "kỳ: 2026, 2026-Q4, 2026-10, 2026-W47, 2026-10-15, 2026-10-15T08", "period"),
    "place": (pl.String(), "mã đơn vị hành chính (38: toàn tỉnh)", "place code (38: the province)"),
    "place_name": (pl.String(), "tên đơn vị hành chính", "place name"),
    "value": (pl.Float64(), "giá trị; trống: chưa có hoặc dưới 5 người", "value; empty: none, or below 5 persons"),
    "unit": (pl.String(), "đơn vị", "unit"),
    "numerator": (pl.Float64(), "tử số, nếu là tỷ lệ", "numerator of a rate"),
    "denominator": (pl.Float64(), "mẫu số, nếu là tỷ lệ", "denominator of a rate"),
    "simulated": (pl.Boolean(), "số mô phỏng, không phải số thật", "simulated, not a real figure"),
    "source": (pl.String(), "nguồn dữ liệu", "source"),
    "owner": (pl.String(), "cơ quan chịu trách nhiệm", "responsible agency"),
    "data_until": (pl.Datetime("us", "UTC"), "dữ liệu có đến lúc (UTC)", "data until (UTC)"),
    "as_of": (pl.Datetime("us", "UTC"), "lúc tính (UTC)", "computed at (UTC)"),
}


class Terms(Declared):
    """What the open data say of themselves, from `config/open_data.yaml`."""

    publisher: Text
    title: Text
    licence: str
    licence_url: str
    periods: int


class Dataset(BaseModel):
    """One indicator that anybody may have, and the parts of it."""

    indicator: str
    parts: tuple[str, ...]


class NotPublished(LookupError):  # noqa: N818 - it states what the asker may have
    """There is no such open data."""


@cache
def terms() -> Terms:
    """Return publisher, licence and reach of the open data."""
    return Terms.model_validate(read_yaml((CONFIG / "open_data.yaml").read_text(encoding="utf-8")))


def _is_public(indicator: Indicator) -> bool:
    real = not load_registry().sources[indicator.source].simulated
    return visible(CITIZEN, indicator.visibility) and (real or settings().env == "demo")


def datasets() -> list[Dataset]:
    """Return what anybody may have, in the order of the domains."""
    registry = load_registry()
    found = []
    for indicator in registry.indicators.values():
        if _is_public(indicator):
            parts = PARTS if "place" in divisions(indicator.id) else PARTS[:1]
            found.append(Dataset(indicator=indicator.id, parts=parts))
    return found


def _asked(indicator: str, part: str) -> Breakdown:
    if part == "communes":
        return figures(indicator, by="place", viewer=CITIZEN)
    return figures(indicator, by="time", last=terms().periods, viewer=CITIZEN)


def table(indicator: str, part: str) -> pl.DataFrame:
    """Return a part of an indicator with `COLUMNS`; raise NotPublished."""
    if not any(d.indicator == indicator and part in d.parts for d in datasets()):
        raise NotPublished(f"{indicator}/{part}")
    found = _asked(indicator, part)
    about, frame = found.figure, found.frame
    assert about.period
    grain, by_time = about.period.grain, part == "time"
    periods = [label(start, grain) for start in frame["start"]] if by_time else [about.period.label] * frame.height
    return frame.select(
        indicator=pl.lit(indicator),
        period=pl.Series(periods, dtype=pl.String),
        place=pl.lit(PROVINCE) if by_time else pl.col("key"),
        place_name=pl.lit(about.place_name) if by_time else pl.col("name_vi"),
        value=pl.col("value"),
        unit=pl.lit(about.unit["vi"]),
        numerator=pl.col("numerator"),
        denominator=pl.col("denominator"),
        simulated=pl.lit(about.simulated),
        source=pl.lit(about.source_name["vi"]),
        owner=pl.lit(about.owner_name["vi"]),
        data_until=pl.lit(about.data_until),
        as_of=pl.lit(about.as_of),
    ).cast({name: kind for name, (kind, _, _) in COLUMNS.items()})


def _csv(frame: pl.DataFrame) -> bytes:
    return "\ufeff".encode() + frame.write_csv(datetime_format="%Y-%m-%dT%H:%M:%SZ").encode()


def _json(frame: pl.DataFrame) -> bytes:
    return frame.write_json().encode()


def _parquet(frame: pl.DataFrame) -> bytes:
    held = io.BytesIO()
    frame.write_parquet(held)
    return held.getvalue()


FORMATS: Final[Mapping[str, tuple[str, Callable[[pl.DataFrame], bytes]]]] = {
    "csv": ("text/csv; charset=utf-8", _csv),
    "json": ("application/json", _json),
    "parquet": ("application/vnd.apache.parquet", _parquet),
}


def file_of(indicator: str, part: str, ending: str) -> tuple[bytes, str]:
    """Return a part of an indicator as a file and its media type; raise NotPublished.

    A file is made once for each state of the data and each ten minutes.
    """
    if ending not in FORMATS or indicator not in load_registry().indicators:
        raise NotPublished(f"{indicator}.{ending}")
    return _made(indicator, part, ending, version_behind(indicator), f"{now():%Y%m%d%H%M}"[:-1]), FORMATS[ending][0]


_kept: dict[tuple[str, str, str], tuple[tuple[int, str], bytes]] = {}
MOST_KEPT: Final = 512


def _made(indicator: str, part: str, ending: str, version: int, minute: str) -> bytes:
    state = _kept.get((indicator, part, ending))
    if state and state[0] == (version, minute):
        return state[1]
    made = FORMATS[ending][1](table(indicator, part))
    if len(_kept) >= MOST_KEPT:
        _kept.pop(next(iter(_kept)))
    _kept[indicator, part, ending] = ((version, minute), made)
    return made


def address(indicator: str, part: str, ending: str) -> str:
    """Return the address of a file on this server; it does not change."""
    return f"/open-data/{indicator}/{part}.{ending}"


def dictionary() -> pl.DataFrame:
    """Return what every public figure means: names, unit, grain, formula, owner, source, legal basis, address."""
    registry, rows = load_registry(), []
    for found in datasets():
        about = registry.indicators[found.indicator]
        source = registry.sources[about.source]
        rows.append({
            "indicator": about.id, "domain": source.domain, "name_vi": about.name.vi, "name_en": about.name.en,
            "unit": about.unit.vi, "grain": about.grain, "formula": about.formula.vi if about.formula else "",
            "meaning": about.why.vi, "owner": registry.agencies[about.owner].name.vi, "source": source.name.vi,
            "simulated": source.simulated, "legal_basis": about.legal_basis, "parts": " ".join(found.parts),
            "address": address(about.id, "time", "csv"),
        })  # fmt: skip
    return pl.DataFrame(rows)


def catalogue() -> bytes:
    """Return the catalogue as JSON: publisher, licence, columns and every dataset with its addresses."""
    said = terms()
    told = {
        "title": said.title.both(), "publisher": said.publisher.both(), "licence": said.licence,
        "licence_url": said.licence_url, "dictionary": "/open-data/dictionary.csv",
        "columns": [{"name": n, "type": str(k), "vi": vi, "en": en} for n, (k, vi, en) in COLUMNS.items()],
        "datasets": [
            {**row, "files": [address(row["indicator"], p, e) for p in row["parts"].split() for e in FORMATS]}
            for row in dictionary().drop("address").iter_rows(named=True)
        ],
    }  # fmt: skip
    return json.dumps(told, ensure_ascii=False, indent=1).encode()


def dictionary_file() -> bytes:
    """Return the dictionary as CSV."""
    return _csv(dictionary())
