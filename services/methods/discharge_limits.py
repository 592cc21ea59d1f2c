"""Limits of what enterprises discharge: by permit, else by the regulation that holds for the outlet on that day."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, Final, Literal

import polars as pl
import yaml

from config.models import Outfall, Station
from config.registry import load_registry
from data_access.database import LOCAL
from data_access.frames import INSTANT
from services.methods.limits import FOLDER, Key, Limit, without_overlap

AIR_OXYGEN: Final = 20.9
"""Oxygen in dry air, per cent by volume."""
SPAN_COLUMNS: Final = ("station", "symbol", "upper", "lower", "o2_reference", "basis", "since", "until")


class DischargeLimit(Limit):
    """A limit of a regulation for waste water or flue gas, before its factors.

    `column`: A, B … of the regulation; `scaled`: multiplied by Kq·Kf (water) or Kp·Kv (gas);
    `licensed_before`: it holds only for who was licensed before that day.
    """

    kind: Literal["effluent", "stack"]
    sector: str
    column: str
    scaled: bool = True
    licensed_before: date | None = None

    @property
    def key(self) -> Key:
        """Return what may have one limit a day only."""
        return f"{self.kind}/{self.sector}/{self.parameter}", self.doc, self.bound, self.column

    def binds(self, station: Station) -> bool:
        """Say whether the limit is meant for an outlet: its kind, sector, column and day of licence."""
        about = station.outfall
        if about is None or station.kind != self.kind:
            return False
        in_time = self.licensed_before is None or about.licensed is None or about.licensed < self.licensed_before
        return (about.sector, about.column) == (self.sector, self.column) and in_time


@cache
def discharge_limits() -> tuple[DischargeLimit, ...]:
    """Return every limit in `config/limits/effluent_*.yaml` and `stack_*.yaml`, those that are off too."""
    found: list[DischargeLimit] = []
    for path in sorted([*FOLDER.glob("effluent_*.yaml"), *FOLDER.glob("stack_*.yaml")]):
        content: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
        sectors, rows = content.pop("sectors"), content.pop("rows")
        for row in rows:
            columns: Mapping[str, float | None] = row["columns"]
            own = {k: v for k, v in row.items() if k != "columns"}
            for sector in sectors:
                for column, value in columns.items():
                    about = {**content, **own, "average": "24h", "sector": sector, "column": column, "value": value}
                    found.append(DischargeLimit(**about))
    without_overlap(found)
    return tuple(found)


def kq(receiving: str, size: float | None = None) -> float:
    """Return Kq of QCVN 40:2011 by what receives the water: river (m³/s), lake (m³), coast, bathing water."""
    match receiving:
        case "river" if size is not None:
            return _step(size, ((50, 0.9), (200, 1.0), (500, 1.1)), 1.2)
        case "lake" if size is not None:
            return _step(size, ((1e7, 0.6), (1e8, 0.8)), 1.0)
        case "coast":
            return 1.3
        case "bathing":
            return 1.0
    return 0.9 if receiving == "river" else 0.6


def kf(flow: float) -> float:
    """Return Kf of QCVN 40:2011 by the flow of waste water, m³ a day."""
    return _step(flow, ((50, 1.2), (500, 1.1), (5000, 1.0)), 0.9)


def kp(flow: float) -> float:
    """Return Kp of QCVN 19:2009 by the flow of flue gas, m³ an hour."""
    return _step(flow, ((20_000, 1.0), (100_000, 0.9)), 0.8)


def kp_power(megawatts: float) -> float:
    """Return Kp of QCVN 22:2009 by the power of a thermal plant, MW."""
    return _step(megawatts, ((300, 1.0), (1200, 0.85)), 0.7)


def kv(area: int) -> float:
    """Return Kv of QCVN 19:2009 by the class of the area, 1 to 5."""
    return (0.6, 0.8, 1.0, 1.2, 1.4)[area - 1]


def _step(value: float, steps: tuple[tuple[float, float], ...], above: float) -> float:
    return next((factor for bound, factor in steps if value <= bound), above)


def factors(station: Station) -> float:
    """Return Kq·Kf of an outlet or Kp·Kv of a stack; a factor whose ground is not recorded counts as 1."""
    about = station.outfall or Outfall(enterprise=station.name)
    if station.kind == "effluent":
        first = kq(about.receiving, about.size) if about.receiving else 1.0
        return first * (kf(about.flow) if about.flow is not None else 1.0)
    if about.sector == "thermal_coal":
        first = kp_power(about.size) if about.size is not None else 1.0
    else:
        first = kp(about.flow) if about.flow is not None else 1.0
    return first * (kv(about.area) if about.area is not None else 1.0)


def oxygen_corrected(value: float, measured: float, reference: float) -> float | None:
    """Return a concentration at the reference oxygen (per cent by volume); None at 20.9 % or more of it.

    Cref = C·(20.9 − O2ref)/(20.9 − O2); the unit is that of `value`.
    """
    return value * (AIR_OXYGEN - reference) / (AIR_OXYGEN - measured) if measured < AIR_OXYGEN else None


def _instant(day: date | None, after: int = 0) -> datetime | None:
    return None if day is None else datetime(day.year, day.month, day.day, tzinfo=LOCAL) + timedelta(days=after)


def _regulated(station: Station, entry: DischargeLimit) -> dict[str, Any]:
    value = (entry.value or 0.0) * (factors(station) if entry.scaled else 1.0)
    return {
        "station": station.code,
        "symbol": entry.parameter,
        entry.bound: value,
        "o2_reference": station.outfall.o2_reference if station.outfall and entry.kind == "stack" else None,
        "basis": entry.doc,
        "since": _instant(entry.valid_from),
        "until": _instant(entry.valid_to, after=1),
    }


@cache
def regulated() -> pl.DataFrame:
    """Return the limits of the regulations for every registered outlet: the columns SPAN_COLUMNS, `[since, until)`."""
    stations = [s for s in load_registry().stations.values() if s.outfall]
    rows = [_regulated(s, e) for s in stations for e in discharge_limits() if e.enabled and e.binds(s)]
    schema: dict[str, Any] = {"station": pl.String, "symbol": pl.String, "upper": pl.Float64, "lower": pl.Float64,
              "o2_reference": pl.Float64, "basis": pl.String, "since": INSTANT, "until": INSTANT}  # fmt: skip
    keys = ["station", "symbol", "basis", "since", "until"]
    found = pl.DataFrame(rows, schema=schema).group_by(keys, maintain_order=True).agg(
        pl.col("upper").drop_nulls().first(), pl.col("lower").drop_nulls().first(), pl.col("o2_reference").first())
    return found.select(SPAN_COLUMNS)


def _permitted(permits: pl.DataFrame) -> pl.DataFrame:
    return permits.select(
        "station", "symbol", "upper", "lower", "o2_reference", pl.col("permit").alias("basis"),
        pl.col("valid_from").alias("since"), pl.col("valid_until").alias("until"),
    ).cast({"since": INSTANT, "until": INSTANT, "upper": pl.Float64, "lower": pl.Float64,
            "o2_reference": pl.Float64})  # fmt: skip


def with_limits(rows: pl.DataFrame, permits: pl.DataFrame, time: str = "period") -> pl.DataFrame:
    """Give rows (`station, symbol, <time>`) the limit in force: `upper, lower, o2_reference, basis`.

    Of several permits in force the one valid last decides; without any, the regulation; without that, nulls.
    `permits`: rows of the fact discharge_permit.
    """
    spans = pl.concat([
        _permitted(permits).with_columns(pl.lit(1).alias("rank")), regulated().with_columns(pl.lit(0).alias("rank")),
    ])  # fmt: skip
    numbered = rows.with_row_index("_row")
    held = numbered.select("_row", "station", "symbol", time).join(spans, on=["station", "symbol"])
    held = held.filter(pl.col(time) >= pl.col("since"), pl.col("until").is_null() | (pl.col(time) < pl.col("until")))
    chosen = held.sort("rank", "since").unique("_row", keep="last", maintain_order=True)
    taken = chosen.select("_row", "upper", "lower", "o2_reference", "basis")
    return numbered.join(taken, on="_row", how="left", maintain_order="left").drop("_row")


def permit_limits(rows: pl.DataFrame) -> pl.DataFrame:
    """Compute the limits that a permit gives by column and factors only: C·Kq·Kf or C·Kp·Kv, by the day it starts.

    The last day of validity becomes the moment after it; `given`: 1 where the permit states the limit itself.
    """
    stations = load_registry().stations
    given = rows["upper"].is_not_null()
    made: list[tuple[float | None, float | None]] = []
    for row in rows.iter_rows(named=True):
        station = stations.get(row["station"] or "")
        known = row["upper"] is not None or station is None or row["category"] is None
        made.append((row["upper"], row["lower"]) if known or station is None else _by_column(station, row))
    return rows.with_columns(
        pl.Series("upper", [u for u, _ in made], pl.Float64),
        pl.Series("lower", [low for _, low in made], pl.Float64),
        given.cast(pl.Int64).alias("given"),
        (pl.col("valid_until") + timedelta(days=1)).alias("valid_until"),
    )


def _by_column(station: Station, row: Mapping[str, Any]) -> tuple[float | None, float | None]:
    """Return the upper and lower limit of a permit's row from the regulation of its column."""
    about = (station.outfall or Outfall(enterprise=station.name)).model_copy(update={"column": row["category"]})
    named, day = station.model_copy(update={"outfall": about}), row["valid_from"].astimezone(LOCAL).date()
    names = ("kq", "kf") if station.kind == "effluent" else ("kp", "kv")
    told = [row[n] for n in names]
    by_permit = None if None in told else told[0] * told[1]
    found: dict[str, float] = {}
    for entry in discharge_limits():
        if entry.parameter == row["symbol"] and entry.binds(named) and entry.holds_on(day) and entry.value is not None:
            factor = (by_permit if by_permit is not None else factors(named)) if entry.scaled else 1.0
            found[entry.bound] = entry.value * factor
    return found.get("upper"), found.get("lower", row["lower"])


METHODS = {"permit_limits": permit_limits}
