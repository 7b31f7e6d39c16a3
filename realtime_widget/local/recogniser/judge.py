"""Judge whether a grammar's sentence is what was said: a grammar hears one of its sentences in anything."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from realtime_widget.local.recogniser.hypothesis import Hypothesis

CREDIBLE = 0.5
WEIGHTS = (2.0, 6.0, -2.0, -10.0)
BIAS = 8.0
"""Of a logistic regression over the features."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Hold the grammar's sentence (None: none fits), and what free words and free phones make of the same."""

    sentence: Hypothesis | None
    opened: Hypothesis
    phones: Hypothesis


def features(evidence: Evidence) -> tuple[float, ...]:
    """Return what tells a right sentence from a forced one.

    How much worse than free phones and how much better than free words it scores, per second; how far its
    phones are from theirs, as shares.
    """
    sentence = evidence.sentence
    assert sentence is not None
    seconds = sentence.n_frames / 100
    return (
        (sentence.log_score - evidence.phones.log_score) / seconds,
        (sentence.log_score - evidence.opened.log_score) / seconds,
        distance(sentence.phones, evidence.opened.phones),
        distance(sentence.phones, evidence.phones.phones),
    )


def distance(one: Sequence[str], other: Sequence[str]) -> float:
    """Return the edit distance of two sequences as a share of the longer one."""
    row = list(range(len(other) + 1))
    for index, left in enumerate(one, 1):
        diagonal, row[0] = row[0], index
        for place, right in enumerate(other, 1):
            diagonal, row[place] = (
                row[place],
                min(row[place] + 1, row[place - 1] + 1, diagonal + (left != right)),
            )
    return row[-1] / max(len(one), len(other), 1)


def judge(evidence: Evidence) -> tuple[bool, float]:
    """Return whether the sentence is credible, and how credible it is (0 to 1)."""
    if evidence.sentence is None:
        return False, 0.0
    weighed = sum(weight * value for weight, value in zip(WEIGHTS, features(evidence), strict=True))
    confidence = 1 / (1 + math.exp(-max(min(BIAS + weighed, 30), -30)))
    return confidence >= CREDIBLE, round(confidence, 3)
