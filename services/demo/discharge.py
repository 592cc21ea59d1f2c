"""Plays the outlets and stacks of invented enterprises, and the register of their permits, faults included.

The story always goes on: a dyeing works discharges COD by night, a kiln's dust drifts up for two weeks until its
filter is mended, an instrument repeats one value, one is calibrated each week, and one line after the other is dead.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache, partial

import numpy as np
import polars as pl
from numpy.typing import NDArray

from config.registry import load_registry
from services.demo.plan import File, Plan
from services.demo.tt10 import (
    MINUTES,
    STEPS,
    Fate,
    Floats,
    Planned,
    Station,
    Told,
    Voice,
    lines_of,
    local,
    noise,
    played,
)
from services.demo.workbooks import workbook

HOUR = 12
BY_FIVE_MINUTES = (12, 12, 24)
"""How many hours before `until` come in files of five minutes, by profile; the rest of the last days by hours."""
LOOK_BACK = 4
DYEING, KILN, KILN_2 = "TH_SDAO_NUO001", "TH_HVIET_KHILO1", "TH_HVIET_KHILO2"
CLUSTER, SEAFOOD, POWER = "TH_TTRAM_NUO001", "TH_NSAN_NUO001", "TH_NTAN_KHI001"
STARCH, PAPER, BOILER = "TH_TXUAN_NUO001", "TH_BLAM_NUO001", "TH_TLONG_KHI001"
MG, NM = {"mg/L": "mg/l", "°C": "oC"}, {"mg/Nm³": "mg/Nm3", "m³/h": "Nm3/h", "°C": "oC"}
VOICES = {
    DYEING: Voice(MG | {"m³/h": "m3/h", "Pt-Co": "Pt/Co"}, {"NH4": "N-NH4"}),
    KILN: Voice(NM, {}, one_line=True),
    CLUSTER: Voice({"mg/L": "mg/l"}, {}, comma=True),
    SEAFOOD: Voice(MG, {"Flow": "FlowOut"}, level=0.8),
    POWER: Voice(NM, {"PM": "Dust"}),
    STARCH: Voice(MG, {}, one_line=True, level=1.2),
    PAPER: Voice({}, {}, encoding="cp1252", level=1.1),
    KILN_2: Voice(NM, {}, level=0.8, spelt="TH_HVIET__KHILO2"),
    BOILER: Voice({"mg/Nm³": "mg/Nm3"}, {}, comma=True),
}
SMALL = (DYEING, KILN, CLUSTER, PAPER)
DEAD = ((PAPER, KILN_2, STARCH), (STARCH, PAPER, BOILER), (KILN_2, STARCH, PAPER))
"""Whose line is dead in the three parts of a day, by turn; its files come together afterwards."""
PARTS = ((0, 72), (72, 180), (180, 287))
USUAL = {
    "Flow": 95.0, "pH": 7.3, "Temp": 31.0, "Color": 34.0, "TSS": 31.0, "COD": 47.0, "NH4": 2.6,
    "O2": 10.5, "PM": 42.0, "SO2": 120.0, "NOx": 480.0, "CO": 260.0, "NO": 190.0, "NO2": 22.0,
}  # fmt: skip
OF_STACKS = {"Flow": {KILN: 285_000.0, KILN_2: 270_000.0, POWER: 1_050_000.0, BOILER: 15_500.0}}
CALM = {"pH": 0.006, "Temp": 0.006, "O2": 0.02, "Flow": 0.03}
CYCLE, DRIFT, QUIET = 6, 14, 9
REGISTER = (
    "Mã trạm", "Số giấy phép", "Ngày cấp", "Hiệu lực từ", "Hiệu lực đến", "Thông số", "Giới hạn dưới", "Giới hạn",
    "Đơn vị", "Quy chuẩn", "Cột", "Kq", "Kf", "Kp", "Kv", "O2 tham chiếu (%)",
)  # fmt: skip


def outlets(plan: Plan) -> list[Station]:
    """Return the outlets of a profile: four in `small`, all in the others."""
    registered, ranks = load_registry().stations, list(VOICES)
    sources = {"effluent": "effluent_tt10", "stack": "stack_tt10"}
    return [
        Station.registered(code, sources[registered[code].kind], VOICES[code], ranks.index(code))
        for code in plan.choose(SMALL, tuple(VOICES), tuple(VOICES))
    ]


def fate_of(plan: Plan, outlet: Station, day: date) -> Fate:
    """Return what befalls an outlet on a day; its first parameter, the flow, never breaks."""
    chance = plan.chance("discharge", outlet.code, day, "fate")
    return Fate.drawn(chance, (0.05, 60, 130), (0.05, 24, 96), range(1, len(outlet.symbols)), (3, 9))


def silence(code: str, day: date) -> tuple[int, int]:
    """Return the steps of the day for which an outlet's line is dead, or (0, 0)."""
    turn = DEAD[day.toordinal() % len(DEAD)]
    return next((part for part, dead in zip(PARTS, turn, strict=True) if dead == code), (0, 0))


def _night() -> Floats:
    hour = MINUTES / 60
    return np.asarray(np.where((hour >= 21.5) | (hour < 4.5), 1.0, 0.0))


def _factor(plan: Plan, outlet: Station, symbol: str, day: date) -> Floats | float:
    """Return by how much the story of an outlet raises a parameter over a day."""
    if outlet.code == DYEING and symbol in ("COD", "Color") and (day.toordinal() + 4) % QUIET:
        strength = float(plan.chance("discharge", outlet.code, day, "night").uniform(0.3, 1.6))
        return 1 + _night() * strength * (1.0 if symbol == "COD" else 0.35)
    if outlet.code == KILN and symbol == "PM":
        into = (day.toordinal() % DRIFT + MINUTES / 1440) / DRIFT
        return np.asarray(1.0 + 1.15 * into)
    if outlet.code == STARCH and symbol == "TSS" and day.toordinal() % 4 == 1:
        return np.asarray(1 + 1.9 * np.exp(-(((MINUTES / 60 - 14) / 1.5) ** 2)))
    return 1.0


def values_of(plan: Plan, outlet: Station, day: date) -> Floats:
    """Return a day's values, steps × parameters."""
    chance = plan.chance("discharge", outlet.code, day, "noise")
    level = float(np.exp(plan.chance("discharge", outlet.code, day, "level").normal(0, 0.05)))
    size = np.array([CALM.get(s, 0.05) for s in outlet.symbols])
    made = noise(chance, len(size), 1.0) ** size
    working = 1 + 0.12 * np.sin(2 * np.pi * (MINUTES / 60 - 8) / 24)
    for column, symbol in enumerate(outlet.symbols):
        usual = OF_STACKS.get(symbol, {}).get(outlet.code, USUAL[symbol])
        if symbol == "Temp" and outlet.source == "stack_tt10":
            usual = 118.0
        strong = outlet.voice.level * level if symbol not in CALM else 1.0
        made[:, column] *= usual * strong * _factor(plan, outlet, symbol, day)
        made[:, column] *= working if symbol == "Flow" and outlet.source == "effluent_tt10" else 1.0
    return _stood_still(plan, outlet, day, np.asarray(made))


def _stood_still(plan: Plan, outlet: Station, day: date, values: Floats) -> Floats:
    """Let one instrument repeat a value: five days in six that of the cluster, around the sixth that of the seafood."""
    part, whole = day.toordinal() % CYCLE, (day.toordinal() + 1) // CYCLE
    stuck = "NH4" if outlet.code == CLUSTER and part else "TSS" if outlet.code == SEAFOOD and part in (5, 0, 1) else ""
    if stuck:
        one = float(plan.chance("discharge", outlet.code, whole, "stuck").uniform(0.8, 1.0))
        values[:, outlet.symbols.index(stuck)] = round(USUAL[stuck] * one, 2)
    return values


def _status(outlet: Station, day: date, fate: Fate) -> NDArray[np.int64]:
    status = np.zeros((STEPS, len(outlet.symbols)), dtype=np.int64)
    probes = [i for i, s in enumerate(outlet.symbols) if s not in ("Flow", "Temp")]
    if (day.toordinal() + outlet.rank) % 28 == 0:
        status[108:120, probes] = 1
    if outlet.code == SEAFOOD and day.toordinal() % 7 == 1:
        status[96:132, probes] = 1
    if (day.toordinal() + 5 * outlet.rank) % 45 == 0:
        status[168:186, :] = 3
    status[slice(*fate.broken), fate.broken_symbol] = 2
    return status


@lru_cache(maxsize=64)
def _lines(plan: Plan, outlet: Station, day: date, corrected: bool) -> list[str]:
    fate, values = fate_of(plan, outlet, day), values_of(plan, outlet, day)
    if not corrected:
        values[slice(*fate.wrong), -1] *= 10
    return lines_of(outlet, day, fate, values, _status(outlet, day, fate), corrected)


def _pieces(plan: Plan, day: date) -> Iterator[tuple[int, int]]:
    """Yield the hours of a day, the last ones before `until` by five minutes: first step, size."""
    recent = plan.until - timedelta(hours=plan.choose(*BY_FIVE_MINUTES))
    for hour in range(0, STEPS, HOUR):
        size = 1 if local(day, 5 * (hour + HOUR)) > recent else HOUR
        yield from ((step, size) for step in range(hour, hour + HOUR, size))


def planned(plan: Plan, outlet: Station, day: date, fine: bool) -> Iterator[Planned]:
    """Yield the files that tell of an outlet's day: as it goes on (`fine`) or in one file the next morning."""
    told = Told(outlet, day, fate_of(plan, outlet, day), partial(_lines, plan, outlet, day))
    delays = plan.chance("discharge", outlet.code, day, "delays").uniform(1, 4, STEPS)
    yield from told.files(told.as_it_goes(_pieces(plan, day), silence(outlet.code, day), delays) if fine else None)


# Permits


def _by_value(code: str, permit: str, dates: tuple[str, str, str], rule: str, limits: str) -> list[tuple[str, ...]]:
    """Return a permit's rows; `limits`: `symbol lower upper unit`, divided by semicolons, `-` for none."""
    rows = [part.split() for part in limits.split(";")]
    return [(code, permit, *dates, s, low, up, unit, rule, *[""] * 6) for s, low, up, unit in rows]


def _by_factors(code: str, permit: str, dates: tuple[str, str, str], column: str, rule: str, symbols: str,
                factors: tuple[str, ...]) -> list[tuple[str, ...]]:  # fmt: skip
    unit = "mg/L" if "NUO" in code else "mg/Nm3"
    return [(code, permit, *dates, s, "", "", unit, rule, column, *factors, "") for s in symbols.split()]


def _register(day: date) -> list[tuple[str, ...]]:
    """Return the rows of the register as it stands on a day: a new permit is entered once it is issued."""
    water, dust = "QCVN 40:2011/BTNMT", "QCVN 23:2009/BTNMT"
    old = ("18/05/2022", "01/06/2022", "31/10/2026")
    dyeing = "pH 6 9 pH;Color - 50 Pt-Co;TSS - 45 mg/L;COD - 75 mg/L;NH4 - 4,5 mg/L;Flow - 120 m3/h"
    rows = _by_value(DYEING, "GPMT-MP-0122", old, water, dyeing)
    if day >= date(2026, 10, 20):
        new = ("20/10/2026", "01/11/2026", "31/10/2033")
        rows += _by_value(DYEING, "GPMT-MP-0326", new, water, dyeing.replace("COD - 75", "COD - 67,5"))
    kiln = ("02/11/2021", "15/11/2021", "14/11/2028")
    rows += _by_factors(KILN, "GPMT-MP-0221", kiln, "B2", dust, "PM SO2 NOx CO", ("", "", "0,8", "1,0"))
    rows += _by_factors(KILN_2, "GPMT-MP-0221", kiln, "B2", dust, "PM SO2 NOx CO", ("", "", "0,8", "1,0"))
    rows += _by_factors(CLUSTER, "GPMT-MP-0323", ("30/03/2023", "10/04/2023", ""), "A", water, "pH TSS COD NH4",
                        ("0,9", "1,0", "", ""))  # fmt: skip
    seafood = ("09/12/2022", "01/02/2023", "31/01/2027")
    rows += _by_value(SEAFOOD, "GPMT-MP-0422", seafood, water,
                      "pH 5,5 9 pH;TSS - 110 mg/L;COD - 165 mg/L;NH4 - 11 mg/L")  # fmt: skip
    starch = ("25/06/2021", "01/07/2021", "30/06/2028")
    rows += _by_value(STARCH, "GPMT-MP-0521", starch, water, "pH 5,5 9 pH;TSS - 80 mg/L;COD - 120 mg/L;NH4 - 8 mg/L")
    power = _by_value(POWER, "GPMT-MP-0120", ("14/08/2020", "01/09/2020", "31/08/2027"), "QCVN 22:2009/BTNMT",
                      "PM - 140 mg/Nm3;SO2 - 350 mg/Nm3;NOx - 650 mg/Nm3")  # fmt: skip
    rows += [(*row[:-1], "6") for row in power]
    if day.toordinal() // 7 % 5 == 0:
        rows.append(("TH_KHONGCO_NUO009", "GPMT-MP-0999", *old, "COD", "", "75", "mg/L", water, *[""] * 6))
    return rows


def _permit_files(plan: Plan, day: date) -> Iterator[Planned]:
    """Yield the register: each Monday, in the small province each day."""
    if day.weekday() and plan.profile != "small":
        return
    made = datetime(day.year, day.month, day.day, tzinfo=UTC)

    def make() -> bytes:
        frame = pl.DataFrame(_register(day), schema=list(REGISTER), orient="row")
        title = "GIỚI HẠN XẢ THẢI THEO GIẤY PHÉP MÔI TRƯỜNG (MÔ PHỎNG)"
        return workbook(frame, made, sheets=("HuongDan", "GioiHan"), title=title)

    yield Planned("discharge_permits", local(day, 390), f"gioi_han_xa_thai_{day:%Y%m%d}.xlsx", make)


def deliveries(plan: Plan) -> Iterator[File]:
    """Yield the outlets' files and the register that fall due after `since` and by `until`, in that order.

    Days before yesterday come as one file an outlet and day, the last hours by five minutes.
    """
    yield from played(plan, outlets(plan), planned, LOOK_BACK, _permit_files)


def references() -> Iterator[File]:
    """Yield nothing: no public file of outlets or stacks of the province was found."""
    yield from ()
