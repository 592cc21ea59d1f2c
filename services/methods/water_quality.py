"""VN_WQI of a surface water sample by Decision 1460/QĐ-TCMT (12/11/2019).

Groups: I pH · II pesticides (µg/L) · III heavy metals · IV oxygen, organic matter and nutrients · V bacteria
(MPN/100 mL); everything else mg/L, temperature °C. The index needs three of the five groups, among them
group IV with three parameters. Most automatic stations measure pH and group IV only, which is two groups:
their index is null, rightly, until a heavy metal or coliform count of the same time comes along.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import prod, sqrt
from pathlib import Path
from typing import Final, Literal

import polars as pl
import yaml

from config.locale import say
from services.methods import index_levels
from services.methods.index_levels import level_of, mean_of
from services.methods.piecewise import Scale, half_up_column

Aggregate = Literal["sqrt", "cuberoot"]

GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "I": ("pH",),
    "II": ("Aldrin", "BHC", "Dieldrin", "DDTs", "Heptachlor"),
    "III": ("As", "Cd", "Pb", "Cr6", "Cu", "Zn", "Hg"),
    "IV": ("DO", "BOD5", "COD", "TOC", "NH4", "NO3", "NO2", "PO4"),
    "V": ("Coliform", "E.coli"),
}
MIN_GROUPS: Final = 3
MIN_GROUP_IV: Final = 3
TOO_FEW_IN_GROUP_IV: Final = "methods.wqi_too_few_in_group_iv"
TOO_FEW_GROUPS: Final = "methods.wqi_too_few_groups"

_SATURATION = (14.652, -0.41022, 0.0079910, -0.000077774)
_CONFIG = Path(__file__).parents[2] / "config" / "limits" / "vn_wqi.yaml"


def _falling(*points: tuple[float, float], step_at_first: bool = False) -> Scale:
    """Return a scale that is 100 up to the first point and 10 past the last.

    `step_at_first`: the table says `≤` there, and the index drops at once behind it.
    """
    return Scale(points, below=100.0, above=10.0, first_is_below=step_at_first)


def _pesticide(limit: float) -> Scale:
    return _falling((limit, 100))


SCALES: Final[Mapping[str, Scale]] = {
    "pH": Scale(((5.5, 50), (6, 100), (8.5, 100), (9, 50)), below=10.0, above=10.0),
    "Aldrin": _pesticide(0.1),
    "BHC": _pesticide(0.02),
    "Dieldrin": _pesticide(0.1),
    "DDTs": _pesticide(1.0),
    "Heptachlor": _pesticide(0.2),
    "As": _falling((0.01, 100), (0.02, 75), (0.05, 50), (0.1, 25)),
    "Cd": _falling((0.005, 75), (0.008, 50), (0.01, 25), (0.1, 10)),
    "Pb": _falling((0.02, 75), (0.04, 50), (0.05, 25), (0.5, 10)),
    "Cr6": _falling((0.01, 100), (0.02, 75), (0.04, 50), (0.05, 25), (0.1, 10)),
    "Cu": _falling((0.1, 100), (0.2, 75), (0.5, 50), (1, 25), (2, 10)),
    "Zn": _falling((0.5, 100), (1, 75), (1.5, 50), (2, 25), (3, 10)),
    # 0.001 mg/L itself counts as 100: so do all stored results of the method that could be compared.
    "Hg": _falling((0.001, 75), (0.0015, 50), (0.002, 25), (0.01, 10), step_at_first=True),
    # In percent of saturation.
    "DO": Scale(
        ((20, 25), (50, 50), (75, 75), (88, 100), (112, 100), (125, 75), (150, 50), (200, 25)),
        below=10.0,
        above=10.0,
    ),
    "BOD5": _falling((4, 100), (6, 75), (15, 50), (25, 25), (50, 10)),
    "COD": _falling((10, 100), (15, 75), (30, 50), (50, 25), (150, 10)),
    "TOC": _falling((4, 100), (6, 75), (15, 50), (25, 25), (50, 10)),
    "NH4": _falling((0.3, 75), (0.6, 50), (0.9, 25), (5, 10)),
    "NO3": _falling((2, 100), (5, 75), (10, 50), (15, 25)),
    "NO2": _falling((0.05, 100)),
    "PO4": _falling((0.1, 100), (0.2, 75), (0.3, 50), (0.5, 25), (4, 10)),
    "Coliform": _falling((2500, 100), (5000, 75), (7500, 50), (10000, 25)),
    "E.coli": _falling((20, 100), (50, 75), (100, 50), (200, 25)),
}


@dataclass(frozen=True, slots=True)
class Level(index_levels.Level):
    """One band of VN_WQI."""

    def use(self, language: str = "vi") -> str:
        """Return what water of this level is fit for."""
        return say(f"methods.{self.key}_use", language)


LEVELS: Final = (
    Level(0, 9, "wqi_heavily_polluted", "#7E0023"),
    Level(10, 25, "wqi_poor", "#FF0000"),
    Level(26, 50, "wqi_bad", "#FF7E00"),
    Level(51, 75, "wqi_moderate", "#FFFF00"),
    Level(76, 90, "wqi_good", "#00E400"),
    Level(91, 100, "wqi_very_good", "#3333FF"),
)


def level(value: int | None) -> Level | None:
    """Return the level of an index (whole number), None for None."""
    return level_of(LEVELS, value)


@cache
def configured_aggregate() -> Aggregate:
    """Return the mean of groups IV and V chosen in `config/limits/vn_wqi.yaml`."""
    chosen = yaml.safe_load(_CONFIG.read_text(encoding="utf-8"))["aggregate"]
    if chosen == "sqrt":
        return "sqrt"
    if chosen == "cuberoot":
        return "cuberoot"
    raise ValueError(f"{_CONFIG.name}: aggregate must be sqrt or cuberoot, not {chosen!r}")


def do_saturation(temperature: float) -> float:
    """Return the oxygen content (mg/L) of saturated fresh water at `temperature` °C."""
    a, b, c, d = _SATURATION
    return a + b * temperature + c * temperature**2 + d * temperature**3


def wqi_sub_index(parameter: str, value: float | None) -> float | None:
    """Return the unrounded sub-index of a parameter, DO in percent of saturation; KeyError if unknown."""
    return SCALES[parameter].at(value)


def wqi_sub_indices(params: Mapping[str, float | None]) -> dict[str, float]:
    """Return the sub-index of every scored parameter; DO in mg/L counts only together with Temp."""
    values = dict(params)
    oxygen, temperature = values.pop("DO", None), values.get("Temp")
    if oxygen is not None and temperature is not None:
        values["DO"] = oxygen / do_saturation(temperature) * 100
    scored = {name: SCALES[name].at(value) for name, value in values.items() if name in SCALES}
    return {name: index for name, index in scored.items() if index is not None}


def why_no_wqi(params: Mapping[str, float | None]) -> str | None:
    """Return the catalogue key of the reason why these parameters give no index, None when they do."""
    groups = _grouped(wqi_sub_indices(params))
    if len(groups["IV"]) < MIN_GROUP_IV:
        return TOO_FEW_IN_GROUP_IV
    return TOO_FEW_GROUPS if sum(bool(group) for group in groups.values()) < MIN_GROUPS else None


def wqi(params: Mapping[str, float | None], wqi_agg: Aggregate | None = None) -> float | None:
    """Return the unrounded VN_WQI (0…100) of one sample, None when `why_no_wqi` has a reason.

    Unknown parameters (TSS …) are ignored. `wqi_agg` overrides the configured mean of groups IV and V.
    """
    if why_no_wqi(params) is not None:
        return None
    groups = _grouped(wqi_sub_indices(params))
    factor = prod(
        prod(group) ** (1 / len(group)) / 100 for name in ("I", "II", "III") if (group := groups[name])
    )
    chemistry = sum(groups["IV"]) / len(groups["IV"])
    if not groups["V"]:
        return factor * chemistry
    bacteria = sum(groups["V"]) / len(groups["V"])
    if (wqi_agg or configured_aggregate()) == "sqrt":
        return factor * sqrt(chemistry * bacteria)
    return float(factor * (chemistry**2 * bacteria) ** (1 / 3))


def _grouped(indices: Mapping[str, float]) -> dict[str, list[float]]:
    return {group: [indices[name] for name in names if name in indices] for group, names in GROUPS.items()}


def vn_wqi(samples: pl.DataFrame, wqi_agg: Aggregate | None = None) -> pl.DataFrame:
    """Return the VN_WQI of every station and period that occurs in `samples`.

    In: `station` str, `symbol` str (names of GROUPS, Temp; others ignored), `period`, `value` Float64|null.
    Out: `station, period, value` (Int64, half-up, null when it cannot be), `level` (catalogue key such as
    `wqi_good`), `reason` (catalogue key, null where there is a value).
    """
    a, b, c, d = _SATURATION
    heat, oxygen = pl.col("Temp"), pl.col("DO")
    saturation = a + b * heat + c * heat.pow(2) + d * heat.pow(3)
    wide = (
        samples.group_by("station", "period")
        .agg(mean_of(name) for name in (*SCALES, "Temp"))
        .with_columns((oxygen / saturation * 100).alias("DO"))
        .with_columns(scale.column(pl.col(name)).alias(name) for name, scale in SCALES.items())
    )
    value = half_up_column(pl.when(_reason().is_null()).then(_aggregated(wqi_agg or configured_aggregate())))
    return (
        wide.select("station", "period", value.alias("value"), _reason().alias("reason"))
        .with_columns(_level_column().alias("level"))
        .select("station", "period", "value", "level", "reason")
        .sort("station", "period")
    )


def _aggregated(wqi_agg: Aggregate) -> pl.Expr:
    def geometric_mean(group: str) -> pl.Expr:
        return pl.mean_horizontal(pl.col(name).log() for name in GROUPS[group]).exp()

    factors = [(geometric_mean(group) / 100).fill_null(1.0) for group in ("I", "II", "III")]
    chemistry, bacteria = pl.mean_horizontal(GROUPS["IV"]), pl.mean_horizontal(GROUPS["V"])
    both = (chemistry * bacteria).sqrt() if wqi_agg == "sqrt" else (chemistry.pow(2) * bacteria).pow(1 / 3)
    return factors[0] * factors[1] * factors[2] * pl.coalesce(both, chemistry)


def _reason() -> pl.Expr:
    present = {
        g: pl.sum_horizontal(pl.col(name).is_not_null() for name in names) for g, names in GROUPS.items()
    }
    groups = pl.sum_horizontal(count > 0 for count in present.values())
    return (
        pl.when(present["IV"] < MIN_GROUP_IV)
        .then(pl.lit(TOO_FEW_IN_GROUP_IV))
        .when(groups < MIN_GROUPS)
        .then(pl.lit(TOO_FEW_GROUPS))
    )


def _level_column() -> pl.Expr:
    return pl.coalesce(pl.when(pl.col("value") <= band.maximum).then(pl.lit(band.key)) for band in LEVELS)
