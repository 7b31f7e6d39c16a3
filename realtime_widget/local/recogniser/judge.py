"""Judge whether a grammar's sentence is what was said: a grammar hears one of its sentences in anything."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from realtime_widget.local.recogniser.hypothesis import Hypothesis

CREDIBLE = 0.5
_PAD_FRAMES = 40
"""Frames around the speech, in which no words are expected."""
_WEIGHTS = (24.9, -4.53, -6.25, 1.33, 3.97, -3.18)
_BIAS = -0.48
# A logistic regression over `features`, fitted to 608 synthetic utterances (voices of flite and espeak-ng:
# the sentences of grammars, foreign ones, and those of other grammars) and 15 recordings. Cross-validated
# over sentences: 98 % of the likeliest sentences are right and accepted; wrongly accepted are 2 % of the
# foreign ones, 5 % of those of another grammar (they sound much alike), none of the recordings.


@dataclass(frozen=True, slots=True)
class Evidence:
    """Hold the grammar's sentence (None: none fits), and what free words and free phones make of the same.

    ``likely`` is whether the sentence is one of the grammar's likeliest.
    """

    sentence: Hypothesis | None
    opened: Hypothesis
    phones: Hypothesis
    likely: bool = False


def features(evidence: Evidence) -> tuple[float, ...]:
    """Return what tells a right sentence from a forced one.

    How much better than free words it scores, per second; how far its phones are from those of free words
    and from free phones, as shares; whether it is one of the likeliest; the share of the time that its words
    take; how far off (as a logarithm) its number of phones is.
    """
    sentence = evidence.sentence
    assert sentence is not None
    spoken = sum(segment.n_frames for segment in sentence.segments)
    ratio = len(sentence.phones) / max(len(evidence.phones.phones), 1)
    return (
        (sentence.log_score - evidence.opened.log_score) / sentence.n_frames * 100,
        distance(sentence.phones, evidence.opened.phones),
        distance(sentence.phones, evidence.phones.phones),
        float(evidence.likely),
        spoken / max(sentence.n_frames - _PAD_FRAMES, 1),
        abs(math.log(max(ratio, 0.05))),
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
    weighed = sum(weight * value for weight, value in zip(_WEIGHTS, features(evidence), strict=True))
    confidence = 1 / (1 + math.exp(-max(min(_BIAS + weighed, 30), -30)))
    return confidence >= CREDIBLE, round(confidence, 2)
