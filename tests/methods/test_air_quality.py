"""VN_AQI by Decision 1459: its worked examples, real hours of Hanoi, and the frame against the scalars."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from services.methods.air_quality import (
    LEVELS,
    SYMBOLS,
    aqi_day,
    aqi_hour,
    level,
    nowcast,
    sub_index,
    vn_aqi_day,
    vn_aqi_hour,
)
from services.methods.piecewise import half_up

HANOI = Path(__file__).parents[2] / "config" / "reference_data" / "air_hanoi"
DECISION_HOURS = [20.6, 19.6, 22.4, 20.3, 16.5, 19.0, 16.5, 19.5, 23.5, 20.5, 24.7, 26.9]
JANUARY_13 = [108.0, 97, 87, 69, 64, 73, 72, 80, 81, 71, 70, 57]
START = datetime(2026, 3, 1, 17, tzinfo=UTC)  # midnight of 2 March in Vietnam


def hours(symbol: str, values: Sequence[float | None], station: str = "a") -> pl.DataFrame:
    return pl.DataFrame(
        {
            "station": [station] * len(values),
            "symbol": [symbol] * len(values),
            "period": [START + timedelta(hours=n) for n in range(len(values))],
            "value": values,
        },
        schema_overrides={"value": pl.Float64, "period": pl.Datetime("us", "UTC")},
    )


def test_nowcast_of_the_decisions_example() -> None:
    assert nowcast(DECISION_HOURS) == pytest.approx(20.27, abs=0.005)
    assert aqi_hour(pm25=nowcast(DECISION_HOURS)) == 41


def test_nowcast_and_index_of_a_real_morning_in_hanoi() -> None:
    assert nowcast(JANUARY_13) == pytest.approx(96.79, abs=0.005)
    assert aqi_hour(pm25=nowcast(JANUARY_13)) == 162


def test_nowcast_needs_two_of_the_last_three_hours() -> None:
    assert nowcast([None, None, *JANUARY_13[2:]]) is None
    assert nowcast([]) is None
    assert nowcast([10.0]) is None


def test_a_missing_hour_keeps_its_place_in_the_weights() -> None:
    # w = 40/80 = 0.5: (0.5·40 + 0.25·80) / (0.5 + 0.25); closing the gap would give another figure.
    assert nowcast([None, 40.0, 80.0]) == pytest.approx((0.5 * 40 + 0.25 * 80) / 0.75)


def test_nowcast_of_clean_air_is_zero_and_not_an_error() -> None:
    assert nowcast([0.0, 0.0, 0.0]) == 0.0


def test_worked_example_of_the_hour_as_corrected() -> None:
    assert half_up(sub_index("O3_1h", 136.1)) == 43
    assert sub_index("NO2", 118.7) == pytest.approx(59.35)
    assert aqi_hour(pm25=20.3, o3=136.1, no2=118.7) == 59


def test_worked_example_of_the_day_rounds_half_up() -> None:
    subs = [sub_index("O3_8h", 89.3), sub_index("O3_1h", 114.6), sub_index("NO2", 130.8)]
    assert [half_up(value) for value in subs] == [45, 36, 65]
    assert aqi_day(pm25=55.7, o3_8h=89.3, o3_1h=114.6, no2=130.8) == 110


@pytest.mark.parametrize(
    ("pollutant", "concentration", "index"),
    [
        *zip(
            ["PM2.5"] * 12,
            [12, 25, 35.4, 45, 50, 55, 80, 100, 150, 200, 400, 999],
            [24, 50, 71, 90, 100, 108, 150, 164, 200, 250, 433, 500],
            strict=True,
        ),
        ("PM10", 50, 50),
        ("PM10", 120, 85),
        ("PM10", 200, 125),
        ("PM10", 385, 250),
        ("NO2", 450, 125),
        ("SO2", 200, 67),
        ("CO", 5000, 25),
        ("CO", 20000, 75),
        ("O3_8h", 150, 130),
        ("O3_8h", 400.1, None),
        ("SO2", 2630, 500),
        ("PM2.5", -3.0, 0),
    ],
)
def test_sub_indices(pollutant: str, concentration: float, index: int | None) -> None:
    assert half_up(sub_index(pollutant, concentration)) == index


def test_there_is_no_index_without_particles() -> None:
    assert aqi_hour(no2=900) is None
    assert aqi_day(o3_1h=300) is None


@pytest.mark.parametrize(
    ("mean", "index", "word"), [(177.0, 227, "Rất xấu"), (116.58, 176, "Xấu"), (32.21, 64, "Trung bình")]
)
def test_real_daily_means_of_hanoi(mean: float, index: int, word: str) -> None:
    assert aqi_day(pm25=mean) == index
    found = level(index)
    assert found is not None
    assert found.word() == word


def test_levels_cover_0_to_500_in_official_colours_and_both_languages() -> None:
    assert [(band.minimum, band.maximum) for band in LEVELS] == [
        (0, 50),
        (51, 100),
        (101, 150),
        (151, 200),
        (201, 300),
        (301, 500),
    ]
    assert [band.colour for band in LEVELS] == [
        "#00E400",
        "#FFFF00",
        "#FF7E00",
        "#FF0000",
        "#8F3F97",
        "#7E0023",
    ]
    for band in LEVELS:
        for language in ("vi", "en"):
            assert band.word(language)
            assert band.advice(language)
            assert band.advice_sensitive(language)
    assert level(None) is None
    assert level(500) is LEVELS[-1]


def test_the_frame_gives_one_row_for_each_hour_that_came() -> None:
    values = [*reversed(DECISION_HOURS), None]
    result = vn_aqi_hour(hours("PM2.5", values))
    assert result.height == 13
    assert result["value"].to_list()[:2] == [None, half_up(sub_index("PM2.5", nowcast([24.7, 26.9])))]
    twelfth = result.row(11, named=True)
    assert (twelfth["value"], twelfth["main"]) == (41, "PM2.5")
    assert twelfth["pm25_nowcast"] == pytest.approx(20.27, abs=0.005)
    assert result["value"].dtype == pl.Int64


def test_the_frame_names_the_pollutant_that_decides() -> None:
    frame = pl.concat([hours("PM10", [40.0, 40.0]), hours("NO2", [None, 450.0])])
    assert vn_aqi_hour(frame)["main"].to_list() == [None, "NO2"]
    assert vn_aqi_hour(frame)["value"].to_list() == [None, 125]
    assert vn_aqi_hour(hours("NO2", [450.0]))["value"].to_list() == [None]


def test_stations_do_not_look_back_into_each_other() -> None:
    frame = pl.concat([hours("PM2.5", [10.0, 10.0], "a"), hours("PM2.5", [90.0], "b")])
    assert vn_aqi_hour(frame).filter(pl.col("station") == "b")["value"].to_list() == [None]


def test_the_frame_agrees_with_the_scalars_on_ragged_hours() -> None:
    chance = random.Random(1459)
    series = {
        symbol: [chance.uniform(0, 250) if chance.random() < 0.7 else None for _ in range(300)]
        for symbol in SYMBOLS
    }
    frame = pl.concat([hours(symbol, values) for symbol, values in series.items()])
    # Absent rows and null rows are the same; hours without any row are not answered.
    result = vn_aqi_hour(frame.filter(pl.col("value").is_not_null() | (pl.col("symbol") == "CO")))
    assert result.height == 300
    for n, row in enumerate(result.iter_rows(named=True)):
        back = {symbol: values[n::-1] for symbol, values in series.items()}
        expected = aqi_hour(
            nowcast(back["PM2.5"]),
            nowcast(back["PM10"]),
            o3=back["O3"][0],
            co=back["CO"][0],
            no2=back["NO2"][0],
            so2=back["SO2"][0],
        )
        assert row["value"] == expected


def test_a_day_is_local_and_needs_18_hours() -> None:
    result = vn_aqi_day(hours("PM2.5", [177.0] * 24 + [50.0] * 17))
    assert result.rows() == [
        ("a", START, 227, "PM2.5", 24),
        ("a", START + timedelta(days=1), None, None, 17),
    ]
    assert vn_aqi_day(hours("PM2.5", [50.0] * 17), min_hours=17)["value"].to_list() == [100]


def test_a_day_takes_the_worst_hour_of_a_gas_and_eight_hours_of_ozone() -> None:
    particles = hours("PM2.5", [12.0] * 24)
    worst_hour = hours("NO2", [100.0] * 5 + [450.0] + [100.0] * 18)
    assert vn_aqi_day(pl.concat([particles, worst_hour])).row(0)[2:4] == (125, "NO2")
    ozone = hours("O3", [150.0] * 8)
    assert vn_aqi_day(pl.concat([particles, ozone])).row(0)[2:4] == (130, "O3")
    five_of_eight = hours("O3", [150.0] * 5)
    assert vn_aqi_day(pl.concat([particles, five_of_eight])).row(0)[2:4] == (47, "O3")


def test_eight_hours_of_ozone_stay_inside_their_day() -> None:
    # Twelve hours at 150 around midnight: six on each side make one window of six values for each day.
    frame = pl.concat([hours("PM2.5", [12.0] * 48), hours("O3", [None] * 21 + [150.0] * 6 + [None] * 21)])
    assert vn_aqi_day(frame)["value"].to_list() == [47, 47]


def test_an_empty_frame_gives_an_empty_answer() -> None:
    empty = hours("PM2.5", [])
    assert vn_aqi_hour(empty).columns == ["station", "period", "value", "main", "pm25_nowcast"]
    assert vn_aqi_day(empty).columns == ["station", "period", "value", "main", "hours"]


@pytest.fixture(scope="module")
def hanoi() -> pl.DataFrame:
    """Return the four embassy files; `period` is the start of the hour, the files label its end."""
    files = sorted(HANOI.glob("*.csv.gz"))
    assert len(files) == 4
    label = pl.col("Date (LT)").str.to_datetime("%Y-%m-%d %I:%M %p", time_unit="us")
    raw = pl.col("Raw Conc.").cast(pl.Float64)
    return pl.concat(
        pl.read_csv(file, infer_schema=False).select(
            pl.lit(file.name).alias("station"),
            pl.lit("PM2.5").alias("symbol"),
            label.dt.offset_by("-8h").dt.replace_time_zone("UTC").alias("period"),
            pl.when((pl.col("QC Name") == "Valid") & (raw != -999)).then(raw).alias("value"),
            pl.col("NowCast Conc.").cast(pl.Float64).alias("agency"),
        )
        for file in files
    )


def test_our_nowcast_is_the_agencys_in_99_of_100_real_hours(hanoi: pl.DataFrame) -> None:
    ours = vn_aqi_hour(hanoi).filter(pl.col("pm25_nowcast").is_not_null())
    both = ours.join(hanoi.filter(pl.col("agency") != -999), on=["station", "period"])
    agrees = (both["pm25_nowcast"] - both["agency"]).abs() <= 0.1 + 1e-9
    assert both.height > 23_900
    assert agrees.sum() / both.height >= 0.99


def test_real_days_come_out_when_labels_are_ends_of_hours(hanoi: pl.DataFrame) -> None:
    days = vn_aqi_day(hanoi.filter(pl.col("station").str.contains("2020")))
    local = days.with_columns(pl.col("period").dt.offset_by("7h").dt.date().cast(pl.String).alias("day"))
    found = dict(local.select("day", "value").iter_rows())
    assert (found["2020-01-14"], found["2020-01-01"], found["2020-01-03"]) == (227, 176, 64)
