"""Working days by the announced calendar: Tết, swapped Saturdays, Vietnam Culture Day, and its end."""

import random
from datetime import UTC, date, datetime, timedelta, timezone

import polars as pl
import pytest

from services.methods.working_days import (
    CalendarNotAnnounced,
    add_working_days,
    calendar_days_known_until,
    calendar_years,
    due_dates,
    elapsed_working_days,
    is_working_day,
    working_days_between,
)

VECTORS = [
    ("2026-02-13", 3, "2026-02-25"),
    ("2026-02-12", 5, "2026-02-26"),
    ("2025-12-31", 1, "2026-01-05"),
    ("2026-01-08", 2, "2026-01-10"),
    ("2026-08-21", 5, "2026-08-27"),
    ("2026-04-24", 5, "2026-05-06"),
    ("2026-11-23", 1, "2026-11-25"),
    ("2026-11-20", 3, "2026-11-26"),
    ("2025-01-24", 1, "2025-02-03"),
    ("2025-04-25", 3, "2025-04-29"),
    ("2024-02-07", 1, "2024-02-15"),
    ("2024-04-26", 5, "2024-05-07"),
]


@pytest.mark.parametrize(("start", "days", "due"), VECTORS)
def test_due_dates_around_holidays_and_worked_saturdays(start: str, days: int, due: str) -> None:
    begin, end = date.fromisoformat(start), date.fromisoformat(due)
    assert add_working_days(begin, days) == end
    assert working_days_between(begin, end) == days
    assert working_days_between(end, begin) == -days


@pytest.mark.parametrize(("year", "days"), [(2024, 251), (2025, 250), (2026, 249)])
def test_working_days_of_whole_years(year: int, days: int) -> None:
    every = (date(year, 1, 1) + timedelta(days=n) for n in range(366))
    assert sum(is_working_day(day) for day in every if day.year == year) == days


def test_single_days() -> None:
    assert not is_working_day(date(2026, 1, 2))
    assert is_working_day(date(2026, 1, 10))
    assert not is_working_day(date(2026, 1, 17))
    assert is_working_day(date(2026, 11, 23))
    assert not is_working_day(date(2026, 11, 24))


def test_nothing_is_guessed_beyond_the_last_announced_year() -> None:
    assert calendar_days_known_until() == date(2026, 12, 31)
    for start, days in ((date(2026, 12, 31), 1), (date(2026, 11, 23), 60), (date(2027, 2, 1), 0)):
        with pytest.raises(CalendarNotAnnounced):
            add_working_days(start, days)
    with pytest.raises(CalendarNotAnnounced, match=r"Lịch chưa công bố.*31/12/2026") as caught:
        is_working_day(date(2027, 2, 10))
    assert "31/12/2026" in caught.value.text("en")
    with pytest.raises(CalendarNotAnnounced):
        working_days_between(date(2026, 12, 1), date(2027, 1, 4))
    with pytest.raises(CalendarNotAnnounced):
        is_working_day(date(2023, 12, 29))


def test_zero_days_is_the_start_and_less_is_refused() -> None:
    assert add_working_days(date(2026, 11, 22), 0) == date(2026, 11, 22)
    with pytest.raises(ValueError, match="negative"):
        add_working_days(date(2026, 11, 22), -1)


def test_a_moment_counts_by_its_local_date_and_keeps_its_time() -> None:
    # 18:30 UTC on Thursday is already Friday the 13th in Vietnam.
    evening = datetime(2026, 2, 12, 18, 30, tzinfo=UTC)
    assert add_working_days(evening, 3) == datetime(2026, 2, 24, 18, 30, tzinfo=UTC)
    local = datetime(2026, 2, 13, 1, 30, tzinfo=timezone(timedelta(hours=7)))
    assert add_working_days(local, 3) == add_working_days(evening, 3)
    assert add_working_days(datetime(2026, 2, 13, 16, 0), 3) == datetime(2026, 2, 25, 16, 0)


def test_every_special_day_names_its_notice_and_stands_where_it_can() -> None:
    assert [(entry.year, entry.announced) for entry in calendar_years()] == [
        (2024, True),
        (2025, True),
        (2026, True),
        (2027, False),
    ]
    for entry in calendar_years():
        for special in (*entry.days_off, *entry.worked_saturdays):
            assert special.day.year == entry.year
            assert special.notice
        assert all(special.day.weekday() < 5 for special in entry.days_off)
        assert all(special.day.weekday() == 5 for special in entry.worked_saturdays)


def test_columns_give_what_the_scalars_give() -> None:
    chance = random.Random(766)
    starts = [date(2024, 1, 1) + timedelta(days=chance.randrange(1050)) for _ in range(2000)]
    days = [chance.randrange(0, 60) for _ in starts]

    def due(start: date, n: int) -> date | None:
        try:
            return add_working_days(start, n)
        except CalendarNotAnnounced:
            return None

    result = due_dates(pl.Series("start", starts), pl.Series(days))
    assert result.dtype == pl.Date
    assert result.to_list() == [due(start, n) for start, n in zip(starts, days, strict=True)]
    elapsed = elapsed_working_days(pl.Series(starts), result)
    assert elapsed.to_list() == [
        None if end is None else n for n, end in zip(days, result.to_list(), strict=True)
    ]


def test_columns_are_null_where_nothing_is_known() -> None:
    starts = pl.Series([date(2026, 12, 30), None, date(2026, 12, 30), date(2027, 1, 5), date(2026, 11, 20)])
    days = pl.Series([2, 1, None, 1, -1])
    assert due_dates(starts, days).to_list() == [None] * 5
    ends = pl.Series([date(2027, 1, 5), date(2026, 1, 5), None, date(2027, 1, 6), date(2026, 11, 25)])
    assert elapsed_working_days(starts, ends).to_list() == [None, None, None, None, 2]
    assert due_dates(pl.Series([], dtype=pl.Date), pl.Series([], dtype=pl.Int64)).to_list() == []
