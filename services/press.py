"""What staff do with press items: label their tone, say what needs an answer, record the answer.

Labels stand in the operations database, with who and when. Answers owed and given are deliveries through the
pipeline, so that every figure follows at once. Items taken in again carry the tone of labels and model.
"""

import json
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

import polars as pl

from config.locale import say
from config.press import load_press
from config.registry import load_registry
from data_access import figures, press_marks, worker_state
from data_access.database import LOCAL, now
from data_access.figures import Slice
from data_access.ingestion.pipeline import Delivery, ingest
from data_access.press_marks import TONES, Key, Model
from services.access import SYSTEM, Viewer, may
from services.indicators import NotEntitled
from services.methods.catalogue import METHODS
from services.press_tone import Guess, guessed, trained
from services.question import QuestionError
from services.rows import may_list, rows

DOMAIN: Final = "press"
ARTICLE, DUTY = "article", "press_duty"
SHOWN, MOST = 6, 400
RETOLD: Final = ("collection", "feed", "title", "published_raw", "link", "summary")
KEYS: Final = ["outlet", "article"]
FOLLOWED: Final = "press_labels"
"""The note of when labels and new items were last followed."""
FOLLOW_EVERY: Final = timedelta(hours=1)
MOMENTS: Final = ("asked_at", "answered_at", "told_at")


class Progress(NamedTuple):
    """How far labelling has come: by tone, how many are needed in all, and the model in force."""

    counts: dict[str, int]
    needed: int
    model: Model | None

    @property
    def labels(self) -> int:
        """Return how many items are labelled."""
        return sum(self.counts.values())

    @property
    def rarest(self) -> int:
        """Return how many labels the rarest tone has."""
        return min(self.counts.values())

    @property
    def missing(self) -> int:
        """Return how many labels are missing before tone may be coloured."""
        return max(self.needed - self.labels, 0)


# Rights

def may_label(viewer: Viewer) -> bool:
    """Say whether a viewer may label the tone of items."""
    return may_list(viewer, ARTICLE) and bool(may(viewer, "label_press", domain=DOMAIN))


def may_answer(viewer: Viewer) -> bool:
    """Say whether a viewer may record answers owed and given."""
    return may_list(viewer, DUTY) and bool(may(viewer, "answer_press", domain=DOMAIN))


def _require(right: bool) -> None:
    if not right:
        raise NotEntitled(say("press_page.not_entitled"))


# Labels and the model

def progress() -> Progress:
    """Return how far labelling has come."""
    made = press_marks.marks()["tone"].value_counts()
    counts = dict.fromkeys(TONES, 0) | dict(made.rows())
    return Progress(counts, load_press().tone.labels_needed, press_marks.model())


def to_label(viewer: Viewer, count: int = SHOWN) -> pl.DataFrame:
    """Return the newest items not labelled yet, one a story; raise NotEntitled."""
    _require(may_label(viewer))
    found = rows(ARTICLE, viewer, list="to_mark", limit=MOST).rows
    done = press_marks.marks().select("outlet", "article")
    return found.join(done, on=["outlet", "article"], how="anti").unique("story", keep="first", maintain_order=True
                                                                        ).head(count)  # fmt: skip


def label(viewer: Viewer, key: Key, tone: str) -> bool:
    """Label the tone of an item; False where it has it already. Raises NotEntitled, or QuestionError."""
    _require(may_label(viewer))
    if tone not in TONES:
        raise QuestionError(say("press_page.unknown_tone", tone=tone))
    item = _articles({"outlet": key.outlet, "article": key.article})
    if item.is_empty():
        raise QuestionError(say("press_page.unknown_item", item=str(key)))
    marked = press_marks.mark(key, tone, viewer.user)
    if marked and press_marks.model():
        _take_in_again(item, "nhan")
    return marked


def train(viewer: Viewer) -> Model:
    """Make, measure and put in force a new tone model; raise NotEntitled, or QuestionError while labels are missing."""
    _require(may_label(viewer))
    rule, state = load_press().tone, progress()
    if state.missing:
        raise QuestionError(say("press_page.labels_missing", missing=state.missing, needed=state.needed))
    if state.rarest < rule.least_each:
        raise QuestionError(say("press_page.tone_missing", least=rule.least_each))
    items = _articles({"scope": "inside"})
    labelled = _labelled(items, press_marks.marks())
    fresh = _recent(items.join(labelled, on=KEYS, how="anti"))
    made, guesses = trained(_words(labelled), labelled["told"].to_list(), labelled["story"].to_list(), _words(fresh))
    press_marks.keep_model(made, _said(fresh, guesses), viewer.user)
    before = items.filter(pl.col("tone") != "")
    _take_in_again(pl.concat([labelled.select(items.columns), fresh, before]).unique(KEYS), "mo_hinh")
    return made


def follow_labels() -> str:
    """Do what labels and new items ask for, at most once an hour; return what was done: `trained`, `told` or nothing.

    Changed labels make a new model, once there are enough; else the model in force gives newer items their tone.
    """
    last, state = worker_state.noted_at(FOLLOWED), progress()
    enough = not state.missing and state.rarest >= load_press().tone.least_each
    if not enough or (last and now() - last < FOLLOW_EVERY):
        return ""
    worker_state.take_note(FOLLOWED, "")  # before the work: what fails is tried again in an hour, not at once
    marks, model = press_marks.marks(), state.model
    if model is None or model.trained_at is None or marks.filter(pl.col("marked_at") > model.trained_at).height:
        train(SYSTEM)
        return "trained"
    items = _articles({"scope": "inside"})
    labelled = _labelled(items, marks)
    fresh = _recent(items.filter(pl.col("tone") == "").join(labelled, on=KEYS, how="anti"))
    if fresh.is_empty():
        return ""
    press_marks.add_guesses(_said(fresh, guessed(_words(labelled), labelled["told"].to_list(), _words(fresh))))
    _take_in_again(fresh, "tin_moi")
    return "told"


def _labelled(items: pl.DataFrame, marks: pl.DataFrame) -> pl.DataFrame:
    return items.join(marks.select(*KEYS, pl.col("tone").alias("told")), on=KEYS)


def _recent(items: pl.DataFrame) -> pl.DataFrame:
    return items.filter(pl.col("published_at") >= now() - timedelta(days=load_press().tone.guess_days))


def _said(items: pl.DataFrame, guesses: list[Guess]) -> pl.DataFrame:
    """Return what the model says of items: outlet, article, tone, sure."""
    return items.select(KEYS).with_columns(
        pl.Series("tone", [g.tone for g in guesses], dtype=pl.String),
        pl.Series("sure", [g.sure for g in guesses], dtype=pl.Float64))  # fmt: skip


def _words(items: pl.DataFrame) -> list[str]:
    return items.select(pl.concat_str("title", "summary", separator=". ", ignore_nulls=True)).to_series().to_list()


def _articles(where: dict[str, str]) -> pl.DataFrame:
    columns = list(load_registry().facts[ARTICLE].columns)
    return figures.values(ARTICLE, columns, Slice(None, None, where), METHODS)


def _take_in_again(items: pl.DataFrame, why: str) -> None:
    told = items.select(RETOLD).to_dicts()
    _deliver("press_tones", told, f"{why}_{now():%Y%m%dT%H%M%S%f}.json")


# Answers owed and given

def ask(viewer: Viewer, key: Key, kind: str, agency: str) -> str:
    """Record that an agency owes an answer to an item, from now; return its number.

    Raises NotEntitled, or QuestionError for an unknown item, kind or agency, or where an answer is owed already.
    """
    _require(may_answer(viewer))
    item = _articles({"outlet": key.outlet, "article": key.article})
    known = kind in {d.id for d in load_press().duties} and agency in load_registry().agencies
    if item.is_empty() or not known:
        raise QuestionError(say("press_page.unknown_item", item=str(key)))
    row, at = item.row(0, named=True), now()
    number = f"BC-{key.outlet}-{key.article}-{kind}"[:120]
    if _duty(number):
        raise QuestionError(say("press_page.already_asked", title=row["title"]))
    told = {"duty": number, "duty_kind": kind, "title": row["title"], "outlet": row["outlet"], "link": row["link"],
            "place": row["place"], "agency": agency, "asked_at": at, "told_at": at}  # fmt: skip
    _decide(viewer, "press_answer_owed", told)
    return number


def answer(viewer: Viewer, number: str, evidence: str) -> None:
    """Record that a duty was answered now, with its evidence; raise NotEntitled, or QuestionError."""
    _require(may_answer(viewer))
    duty = _duty(number)
    if duty is None or duty["answered_at"] is not None:
        raise QuestionError(say("press_page.unknown_duty", number=number))
    if not evidence.strip():
        raise QuestionError(say("press_page.evidence_missing"))
    told = {**{c: duty[c] for c in load_registry().sources["press_decisions"].fields}, "evidence": evidence.strip(),
            "answered_at": now(), "told_at": now()}  # fmt: skip
    _decide(viewer, "press_answered", told)


def answered(viewer: Viewer) -> dict[str, str]:
    """Return the state of the answer to each link that one was owed for in the last 30 days."""
    if not may_list(viewer, DUTY):
        return {}
    found = rows(DUTY, viewer, limit=MOST).rows.filter(pl.col("asked_at") > now() - timedelta(days=30))
    return dict(found.sort("duty_state", descending=True).select("link", "duty_state").drop_nulls().rows())


def _duty(number: str) -> dict[str, Any] | None:
    columns = list(load_registry().facts[DUTY].columns)
    found = figures.values(DUTY, columns, Slice(None, None, {"duty": number}), METHODS)
    return found.row(0, named=True) if found.height else None


def _decide(viewer: Viewer, action: str, told: dict[str, Any]) -> None:
    row = {k: _written(v) for k, v in told.items()} | {"decided_by": viewer.user}
    _deliver("press_decisions", [row], f"{action}_{now().astimezone(LOCAL):%Y%m%dT%H%M%S%f}.json")
    press_marks.note(viewer.user, action, f"press_duty:{told['duty']}", agency=told["agency"])


def _written(value: Any) -> Any:
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ") if isinstance(value, datetime) else value


def _deliver(source: str, told: list[dict[str, Any]], name: str) -> None:
    """Deliver rows through the pipeline; raise RuntimeError where it does not keep them all."""
    content = json.dumps(told, ensure_ascii=False).encode()
    (receipt,) = ingest(load_registry().sources[source], [Delivery(name, content)], METHODS)
    if receipt.status != "accepted":
        raise RuntimeError(f"{name}: {receipt.message or receipt.rejects}")


__all__ = ["TONES", "Key", "Model", "Progress", "answer", "answered", "ask", "follow_labels", "label", "may_answer",
           "may_label", "progress", "to_label", "train"]  # fmt: skip
