"""The tone model: made from staff's labels alone, measured before it says anything, the same each time.

TF-IDF over Vietnamese word segments (pyvi) and a calibrated logistic regression. Items of one story never stand
on both sides of a fold, so that the same news in two outlets cannot flatter the measure.
"""

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

from config.press import load_press
from data_access.press_marks import Model

SEED: Final = 20261123


class Guess(NamedTuple):
    """What the model says of a text, and how sure it is (calibrated probability)."""

    tone: str
    sure: float


@lru_cache(5_000)
def segmented(text: str) -> str:
    """Return a text's Vietnamese words, syllables of one word joined: `ô_nhiễm nguồn nước`."""
    from pyvi import ViTokenizer

    return str(ViTokenizer.tokenize(text.lower()))


def trained(
    texts: Sequence[str], tones: Sequence[str], stories: Sequence[str], asked: Sequence[str] = ()
) -> tuple[Model, list[Guess]]:
    """Return the measure of a model made from labelled texts, and what it says of the texts asked about.

    Accuracy and macro-F1 are of grouped, stratified cross-validation; `baseline`: the commonest tone's share.
    """
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):  # of such small sums many threads only wait for each other
        words = [segmented(text) for text in texts]
        return _measured(words, tones, stories), _guessed(words, tones, asked)


def guessed(texts: Sequence[str], tones: Sequence[str], asked: Sequence[str]) -> list[Guess]:
    """Return what the model made from labelled texts says of the texts asked about."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        return _guessed([segmented(text) for text in texts], tones, asked)


def _measured(words: Sequence[str], tones: Sequence[str], stories: Sequence[str]) -> Model:
    import numpy as np
    from sklearn.metrics import accuracy_score, f1_score
    from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict

    rule, labels = load_press().tone, np.array(tones)
    folds = StratifiedGroupKFold(rule.folds, shuffle=True, random_state=SEED)
    said = cross_val_predict(_classifier(), words, labels, groups=np.array(stories), cv=folds)
    names = sorted(set(tones))
    each = f1_score(labels, said, labels=names, average=None, zero_division=0)
    counts = Counter(tones)
    return Model(
        len(words),
        float(accuracy_score(labels, said)),
        float(f1_score(labels, said, average="macro", zero_division=0)),
        max(counts.values()) / len(words),
        {"folds": rule.folds, "seed": SEED, "counts": dict(sorted(counts.items())),
         "f1": {name: round(float(score), 4) for name, score in zip(names, each, strict=True)}},
    )  # fmt: skip


def _guessed(words: Sequence[str], tones: Sequence[str], asked: Sequence[str]) -> list[Guess]:
    if not asked:
        return []
    made = _classifier().fit(words, tones)
    chances = made.predict_proba([segmented(text) for text in asked])
    return [Guess(str(made.classes_[row.argmax()]), float(row.max())) for row in chances]


def _classifier() -> Any:
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    words = TfidfVectorizer(token_pattern=r"\S+", ngram_range=(1, 2), sublinear_tf=True)
    decide = LogisticRegression(C=4, class_weight="balanced", max_iter=1_000, random_state=SEED)
    return make_pipeline(words, CalibratedClassifierCV(decide, method="sigmoid", cv=3))
