"""Working days by the announced calendar: Tết, swapped Saturdays, Vietnam Culture Day, and its end."""

import random
from datetime import UTC, date, datetime, timedelta, timezone

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.methods.working_days import (
    CalendarNotAnnounced,
    add_working_days,
    after_working_hours,
    calendar_years,
    due_dates,
    elapsed_working_days,
    is_working_day,
    working_days_between,
    working_hours,
    working_hours_between,
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


# Working hours

HOURS = [  # local moments
    ("2026-11-23 07:30", "2026-11-23 17:30", 8.0, "a whole day"),
    ("2026-11-23 08:00", "2026-11-23 10:30", 2.5, "within a morning"),
    ("2026-11-23 11:00", "2026-11-23 14:00", 1.0, "the noon break does not count"),
    ("2026-11-23 12:00", "2026-11-23 13:00", 0.0, "nothing but the break"),
    ("2026-11-20 16:30", "2026-11-23 08:30", 2.0, "over a weekend"),
    ("2026-11-20 22:00", "2026-11-21 09:00", 0.0, "Friday night to Saturday"),
    ("2026-11-23 16:30", "2026-11-25 08:30", 2.0, "over Vietnam Culture Day"),
    ("2026-02-13 16:30", "2026-02-23 07:30", 1.0, "over Tết"),
    ("2026-01-09 16:30", "2026-01-10 09:30", 3.0, "into a worked Saturday"),
    ("2026-08-21 07:30", "2026-08-24 17:30", 24.0, "a worked Saturday is a whole day"),
    ("2026-11-23 17:30", "2026-11-23 07:30", -8.0, "backwards"),
    ("2026-11-23 09:00", "2026-11-23 09:00", 0.0, "no time at all"),
]


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=timezone(timedelta(hours=7)))


@pytest.mark.parametrize(("start", "end", "hours", "what"), HOURS, ids=[v[3] for v in HOURS])
def test_office_hours_between_two_moments(start: str, end: str, hours: float, what: str) -> None:
    assert working_hours_between(local(start), local(end)) == hours
    assert working_hours_between(local(start).replace(tzinfo=None), local(end).astimezone(UTC)) == hours


def test_a_year_has_eight_hours_a_working_day() -> None:
    assert working_hours_between(local("2026-01-01 00:00"), local("2026-12-31 23:59")) == 249 * 8


def test_office_hours_of_columns() -> None:
    starts, ends = [local(v[0]) for v in HOURS], [local(v[1]) for v in HOURS]
    kind = pl.Datetime("us", "UTC")
    a, b = (pl.Series(n, [*m, None, m[0]], dtype=kind) for n, m in (("a", starts), ("b", ends)))
    b[len(HOURS) + 1] = None
    found = working_hours(a, b)
    assert (found.name, found.to_list()) == ("a", [*(v[2] for v in HOURS), None, None])
    beyond = pl.Series([local("2027-01-04 08:00")], dtype=kind)
    assert working_hours(pl.Series([starts[0]], dtype=kind), beyond).to_list() == [None]
    with pytest.raises(CalendarNotAnnounced):
        working_hours_between(starts[0], local("2027-01-04 08:00"))


def naive_hours(a: datetime, b: datetime) -> float:
    """Count the minutes one by one."""
    count, moment = 0, a
    while moment < b:
        clock = moment.hour * 60 + moment.minute
        count += is_working_day(moment.date()) and (450 <= clock < 690 or 810 <= clock < 1050)
        moment += timedelta(minutes=1)
    return count / 60


MINUTES_2026 = st.integers(0, 360 * 24 * 60).map(lambda n: datetime(2026, 1, 1) + timedelta(minutes=n))


@settings(max_examples=40, deadline=None)
@given(MINUTES_2026, st.integers(0, 9 * 24 * 60))
def test_office_hours_agree_with_counting_minutes(a: datetime, minutes: int) -> None:
    b = min(a + timedelta(minutes=minutes), datetime(2026, 12, 31, 23, 59))
    assert working_hours_between(a, b) == pytest.approx(naive_hours(a, b), abs=1e-9)


@settings(max_examples=100, deadline=None)
@given(MINUTES_2026, st.integers(0, 60 * 8))
def test_going_on_by_office_hours_takes_just_these(a: datetime, minutes: int) -> None:
    start, hours = pl.Series([a], dtype=pl.Datetime("us")), pl.Series([minutes / 60])
    end = after_working_hours(start, hours).item()
    if end is None:  # beyond the announced year
        assert working_hours_between(a, datetime(2026, 12, 31, 23, 59)) < minutes / 60
        return
    assert working_hours_between(a, end) == pytest.approx(minutes / 60, abs=1e-6)
    if minutes:
        assert working_hours_between(a, end - timedelta(minutes=1)) < minutes / 60


def test_going_on_keeps_the_zone_and_ends_within_office_hours() -> None:
    kind = pl.Datetime("us", "UTC")
    starts = pl.Series("due", [local("2026-11-20 16:30"), local("2026-11-20 16:30"), None, local("2026-11-21 08:00")],
                       dtype=kind)
    found = after_working_hours(starts, pl.Series([2.0, 1.0, 1.0, -1.0]))
    assert (found.name, found.dtype) == ("due", kind)
    assert found.to_list() == [local("2026-11-23 08:30"), local("2026-11-20 17:30"), None, None]
