"""Thực hiện nhiệm vụ: each rule against a second, naive computation; a story that never ends; who may be named."""

from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.registry import load_registry
from config.settings import settings as own_settings
from services.demo.months import local_seconds
from services.demo.plan import Plan
from services.demo.tasks import changed, given_by
from services.methods.tasks import AGAIN, LATE_QUARTER, late_again, task_clock, task_states
from services.methods.working_days import is_working_day
from tests.core.test_personal_fields import contents, everything
from tests.domains.test_tasks import INSTANTS, MOMENT, ROWS, TEXTS, book, built, deliver, line, moment

OFFICES = ("Sở Tài chính", "Sở Y tế", "Sở Tư pháp", "Sở Xây dựng")


def frame(rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Return tasks as the contract types them."""
    plain: dict[str, Any] = dict.fromkeys((*INSTANTS, *TEXTS)) | {"returns": 0, "agency": "so_tc"}
    made = [plain | {"task": f"NV-2026-{n:04}"} | row for n, row in enumerate(rows)]
    return pl.DataFrame(made, schema_overrides=dict.fromkeys(INSTANTS, MOMENT) | dict.fromkeys(TEXTS, pl.String))


def working_days(after: date, until: date) -> int:
    """Return the working days after one day up to another, counted one by one."""
    return sum(is_working_day(after + timedelta(days=n)) for n in range(1, (until - after).days + 1))


# Returned is not done


@settings(max_examples=150, deadline=None)
@given(st.lists(ROWS, min_size=1, max_size=5), st.integers(0, 320))
def test_what_was_returned_and_not_redone_is_never_done_and_keeps_its_due_day(
    drawn: list[dict[str, Any]], day: int
) -> None:
    rows, at = [built(d) for d in drawn], moment(day)
    states = {r["task"]: r for r in task_states(task_clock(frame(rows)), at).to_dicts()}
    for number, row in enumerate(rows):
        made = states[f"NV-2026-{number:04}"]
        redone = row["submitted_at"] and row["returned_at"] and row["submitted_at"] > row["returned_at"]
        if row["returned_at"] and not redone:
            assert not made["state"].startswith(("done", "wait"))
            assert made["handed_at"] is None and made["on_time"] is None


# Ageing


@settings(max_examples=150, deadline=None)
@given(st.lists(st.integers(0, 290), min_size=1, max_size=6), st.integers(0, 320))
def test_every_overdue_task_stands_in_the_class_of_its_working_days(dues: list[int], day: int) -> None:
    at = moment(day, 12)
    found = task_states(task_clock(frame([{"assigned_at": moment(0, 0), "due_at": moment(d, 0)} for d in dues])), at)
    counted: dict[str, int] = {}
    for due in dues:
        days = working_days(moment(due).date(), at.date())
        if at.date() > moment(due).date():
            days = max(1, days)
            name = "1_5" if days <= 5 else "6_30" if days <= 30 else "31_120" if days <= 120 else "over_120"
            counted[name] = counted.get(name, 0) + 1
    late = found.filter("is_late")
    assert dict(late.group_by("bucket").len().iter_rows()) == counted
    assert late.height == sum(counted.values())


# The entry rule


@settings(max_examples=150, deadline=None)
@given(
    st.integers(0, 300), st.integers(0, 23), st.sampled_from(["thuong", "khan", "hoa_toc"]),
    st.lists(st.sampled_from(OFFICES), max_size=3, unique=True), st.none() | st.integers(0, 5),
)  # fmt: skip
def test_a_task_is_entered_in_time_as_counted_on_the_calendar(
    day: int, hour: int, urgency: str, supports: list[str], later: int | None
) -> None:
    given_at = moment(day, hour)
    entered = None if later is None else given_at + timedelta(days=later)
    row = {"assigned_at": given_at, "entered_at": entered, "urgency": urgency, "supports": "; ".join(supports) or None}
    (made,) = task_clock(frame([row])).to_dicts()
    others = set(supports) - {"Sở Tài chính"}
    left = 0 if urgency != "thuong" else 2 if 1 + len(others) >= 3 else 1
    last = given_at.date()
    while left:
        last += timedelta(days=1)
        left -= is_working_day(last)
    assert made["entry_on_time"] == (None if entered is None else int(entered.date() <= last))


# The same ones again

LIVES = st.tuples(st.sampled_from(["so_tc", "so_yt", "so_tp"]), st.integers(0, 330), st.none() | st.integers(0, 330),
                  st.booleans())  # fmt: skip


@settings(max_examples=120, deadline=None)
@given(st.lists(LIVES, min_size=1, max_size=30), st.integers(60, 340))
def test_who_is_late_again_by_a_tally_sheet(lives: list[tuple[str, int, int | None, bool]], day: int) -> None:
    at, start = moment(day, 12), moment(0, 0)
    rows = [{"agency": office, "assigned_at": start - timedelta(days=400), "due_at": start + timedelta(days=due),
             "submitted_at": None if handed is None else moment(handed),
             **({"stopped_as": "suspended", "stopped_at": moment(due, 8)} if stopped else {})}
            for office, due, handed, stopped in lives]  # fmt: skip
    tally: dict[tuple[str, int], list[bool]] = {}
    this = at.year * 4 + (at.month - 1) // 3
    for office, due_in, handed, stopped in lives:
        due = (start + timedelta(days=due_in)).date()
        quarter = due.year * 4 + (due.month - 1) // 3
        if due < at.date() and this - 3 <= quarter and not stopped:
            tally.setdefault((office, quarter), []).append(handed is None or moment(handed).date() > due)
    late: dict[str, int] = {}
    for (office, _), missed in tally.items():
        late[office] = late.get(office, 0) + (sum(missed) >= LATE_QUARTER * len(missed))
    made = late_again(task_clock(frame(rows)), at)
    told = dict(made.select("agency", "quarters_late").unique().iter_rows())
    assert {o: n for o, n in told.items() if n} == {o: n for o, n in late.items() if n}
    assert set(made.filter("repeats")["agency"]) == {o for o, n in late.items() if n >= AGAIN}


# What colours and alarms

TARGETS = {  # the fact sheet's: nothing overdue, nothing forgotten, nothing without a date, everything entered in time
    "task_open_late": 0, "task_open_late_pct": 0, "task_late_over_120": 0, "task_no_due_pct": 0,
    "task_entry_on_time_pct": 100,
}  # fmt: skip


def test_only_what_the_fact_sheet_sets_colours_and_nothing_uncertain_alarms() -> None:
    indicators = load_registry().domains["tasks"].indicators
    sure = {i.id: i.target for i in indicators if i.target is not None and not i.target_uncertain}
    assert sure == TARGETS
    assert {i.id for i in indicators if i.target_uncertain} == {"task_done_on_time_pct"}
    assert not [i.id for i in indicators if i.target_uncertain and i.alerts]


# Persons

TYPED = {
    "Cơ quan phối hợp": "Sở Tài chính; Trần Hoài Lộ", "Cơ quan chủ trì": "Trần Hoài Lộ",
    "Người giao": "ông Trần Hoài Lộ",
    "Độ khẩn": "ông Trần Hoài Lộ", "Hạn xử lý": "gọi 0912 345 678", "Số lần trả lại": "0912345678",
    "Mã nhiệm vụ": "0912345678", "Nội dung": "Phối hợp với ông Trần Hoài Lộ, 0912.345.678",
    "Lý do trả lại": "Bà Trần Hoài Lộ yêu cầu", "Cơ quan ban hành": "Trần Hoài Lộ",
}  # fmt: skip


@pytest.mark.parametrize("column", TYPED)
def test_a_person_typed_in_a_wrong_column_is_kept_nowhere(sqlite_store: str, column: str) -> None:
    (receipt,) = deliver(book(*(line(n) for n in range(10, 20)), line(1) | {column: TYPED[column]}))
    assert receipt.status in ("accepted", "partly")
    kept = own_settings().raw_dir / receipt.sha256[:2] / receipt.sha256
    whole = everything(own_settings().data_dir) + contents(kept) + str(receipt).encode()
    for trace in ("Hoài Lộ", "0912345678", "912345678", "0912 345 678", "0912.345.678"):
        assert trace.encode() not in whole, trace
    assert b"NV-2026-0010" in whole


def test_an_unknown_office_is_still_named_to_whoever_has_to_mend_it(sqlite_store: str) -> None:
    told = "Sở Tài chính; Sở Kế hoạch và Đầu tư"
    (receipt,) = deliver(book(*(line(n) for n in range(10, 20)), line(1, supports=told)))
    (refused,) = receipt.rejects
    assert (refused["rule"], refused["value"]) == ("unknown_support", told)


# The story goes on


@pytest.mark.parametrize("day", [date(2026, 11, 23), date(2026, 12, 18), date(2027, 5, 14), date(2028, 10, 20)])
def test_the_story_goes_on_whatever_the_clock_says(day: date) -> None:
    plan, at = Plan("demo", 1, datetime.min, datetime.max), datetime(day.year, day.month, day.day, 18)
    now, month = local_seconds(at), 30 * 86_400
    known = given_by(plan, at)
    for event, least in {"assigned": 100, "entered": 100, "handed": 20, "confirmed": 20, "returned": 2}.items():
        assert known.filter(pl.col(event).is_between(now - month, now)).height >= least, event
    assert known.filter(pl.col("due").is_between(now // 86_400, now // 86_400 + 60)).height >= 20
    overdue = known.filter(pl.col("force").is_between(1, now // 86_400 - 1), pl.col("handed") > now)
    assert 20 <= overdue.height <= 400
    assert known["number"].is_unique().all()
    assert changed(plan, at - timedelta(days=3), at).height > 0


def test_what_a_month_brings_does_not_depend_on_when_it_is_told() -> None:
    plan = Plan("demo", 1, datetime.min, datetime.max)
    early, late = (given_by(plan, datetime(y, 12, 20)) for y in (2026, 2027))
    assert late.head(early.height).equals(early)


