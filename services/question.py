"""The question: which indicator, about what, when; and its identity, from which it can be asked again."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import parse_qsl, quote

from config.models import Indicator
from config.registry import PROVINCE, load_registry
from services.access import SYSTEM, Viewer
from services.figure import Period
from services.periods import parse_period


class QuestionError(ValueError):
    """A question that cannot be answered, with what can be asked instead."""


@dataclass(frozen=True)
class Question:
    """One question about an indicator. `period` None asks for the latest closed one that has data."""

    indicator: Indicator
    place: str = PROVINCE
    agency: str | None = None
    where: tuple[tuple[str, str], ...] = ()
    period: Period | None = None
    grain: str | None = None
    as_of: datetime | None = None
    viewer: Viewer = SYSTEM

    @property
    def filters(self) -> dict[str, str]:
        """Return the dimensions asked for, by name."""
        return dict(self.where)

    def about(self, indicator: str) -> "Question":
        """Return the same question about another indicator."""
        return replace(self, indicator=load_registry().indicators[indicator])


def ask(
    indicator: str,
    *,
    place: str | None = None,
    agency: str | None = None,
    period: str | Period | None = None,
    grain: str | None = None,
    where: Mapping[str, str] | None = None,
    as_of: datetime | None = None,
    viewer: Viewer = SYSTEM,
) -> Question:
    """Return the question in words of the registry; raise QuestionError naming what is unknown."""
    registry = load_registry()
    if indicator not in registry.indicators:
        raise QuestionError(f"Không có chỉ tiêu “{indicator}”. Xem danh sách bằng lệnh indicators.")
    if place not in (None, "", PROVINCE) and place not in registry.places:
        raise QuestionError(f"Không có xã, phường mã “{place}”. Dùng mã 5 số, hoặc 38 cho toàn tỉnh.")
    if agency and agency not in registry.agencies:
        raise QuestionError(f"Không có cơ quan “{agency}”.")
    if isinstance(period, str):
        period = parse_period(period)
    return Question(
        registry.indicators[indicator],
        place or PROVINCE,
        agency or None,
        tuple(sorted((where or {}).items())),
        period,
        grain or (period.grain if period else None),
        as_of,
        viewer,
    )


def identity(question: Question, period: Period | None, as_of: datetime) -> str:
    """Return the figure's id: the whole question in one word, from which it can be asked again."""
    parts = [
        question.indicator.id,
        period.label if period else "",
        question.place if question.place != PROVINCE else "",
        question.agency or "",
        "&".join(f"{quote(k)}={quote(v, safe='')}" for k, v in question.where),
        as_of.astimezone(UTC).strftime("%Y%m%dT%H%M%S%fZ"),
    ]
    return "~".join(parts)


def from_identity(text: str, viewer: Viewer = SYSTEM) -> Question:
    """Return the question that a figure's id names; raise QuestionError for one that is no id."""
    parts = text.split("~")
    if len(parts) != 6:
        raise QuestionError(f"“{text}” không phải mã số liệu.")
    indicator, period, place, agency, where, as_of = parts
    try:
        moment = datetime.strptime(as_of, "%Y%m%dT%H%M%S%fZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise QuestionError(f"“{text}” không phải mã số liệu.") from error
    return ask(
        indicator,
        place=place,
        agency=agency,
        period=period or None,
        where=dict(parse_qsl(where)),
        as_of=moment,
        viewer=viewer,
    )
