"""What the next turn will cost, guessed from what the last ones did."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from ..usage import UsageRow
from .pricing import MODALITIES, cost_of_tokens, counts_of_bill, undivided

if TYPE_CHECKING:
    from ..tables import Tables

__all__ = ["projected_cost_usd"]

LATELY = 6
"""How many answers and turns tell what the next will be like."""
USER_MS_PER_TOKEN = 100
CHARACTERS_PER_TOKEN = 4

Tokens = dict[str, float]
"""Counts by modality."""


def projected_cost_usd(data: Tables) -> float | None:
    """Return what the next turn will cost in US dollars, or None where that can't be told.

    Into it go once more all that went into the last response and what came out of it, at the lower price,
    as far as the cache held it lately. Then what a turn added lately: what the user said, what came of tools,
    what the model answered. A turn with calls of tools is several responses, each of which reads everything.
    Transcription is counted as it was lately.
    """
    if data.free:
        return 0.0
    bills = data.usage.rows()[-8 * LATELY :]
    answers = [row for row in bills if row.kind == "response"]
    if not answers:
        return _of_words_alone(data, bills)
    answers = [row for row in answers if not undivided(counts_of_bill(row))]
    if not answers:
        return None
    # After a change of connection the conversation was told anew, in another form.
    answers = [row for row in answers if row.connection == answers[-1].connection][-LATELY:]
    cost = cost_of_tokens(_expected(data, answers), data.usage.prices.get(answers[-1].model))
    if cost is None:
        return None
    return cost * _answers_a_turn(data, answers) + _transcription(data)


def _of_words_alone(data: Tables, bills: Sequence[UsageRow]) -> float | None:
    """Return the mean of the last bills, where nobody answers."""
    costs = [row.cost_usd for row in bills if row.kind == "transcription"][-LATELY:]
    known = [cost for cost in costs if cost is not None]
    if (
        not known
        or len(known) < len(costs)
        or any(turn.role == "assistant" for turn in data.transcript.rows()[-2:])
    ):
        return None
    return sum(known) / len(known)


def _expected(data: Tables, answers: Sequence[UsageRow]) -> dict[str, float | None]:
    """Return the tokens of the next response, by column."""
    last = answers[-1]
    context = {name: count + _output(last)[name] for name, count in _input(last).items()}
    added, held = _added(data, answers), _held(answers)
    given = {name: max(0.0, context[name] + added[name]) for name in MODALITIES}
    made = {name: sum(_output(row)[name] for row in answers) / len(answers) for name in ("text", "audio")}
    return {
        **{f"input_{name}_tokens": given[name] for name in MODALITIES},
        **{f"cached_{name}_tokens": min(given[name], held[name] * _input(last)[name]) for name in MODALITIES},
        **{f"output_{name}_tokens": count for name, count in made.items()},
    }


def _added(data: Tables, answers: Sequence[UsageRow]) -> Tokens:
    """Return what came into the context between two responses, in the mean."""
    grown = []
    for before, after in pairwise(answers):
        if sum(_input(after).values()) >= sum(_input(before).values()):  # else some of it was cut off
            grown.append({m: _input(after)[m] - _input(before)[m] - _output(before)[m] for m in MODALITIES})
    if grown:
        return {name: sum(tokens[name] for tokens in grown) / len(grown) for name in MODALITIES}
    users = [turn for turn in data.transcript.rows()[-LATELY:] if turn.role == "user"]
    if not users:
        return dict.fromkeys(MODALITIES, 0.0)
    if users[-1].audio_ms:
        return {"text": 0.0, "audio": users[-1].audio_ms / USER_MS_PER_TOKEN, "image": 0.0}
    return {"text": len(users[-1].text) / CHARACTERS_PER_TOKEN, "audio": 0.0, "image": 0.0}


def _held(answers: Sequence[UsageRow]) -> Tokens:
    """Return how much the cache held, as a share of what had gone into the response before."""
    pairs = list(pairwise(answers))
    if not pairs:
        return dict.fromkeys(MODALITIES, 0.0 if answers[-1].cached_text_tokens is None else 1.0)
    held = {}
    for name in MODALITIES:
        before = sum(_input(row)[name] for row, _ in pairs)
        held[name] = sum(_cached(row)[name] for _, row in pairs) / before if before else 0.0
    return held


def _answers_a_turn(data: Tables, answers: Sequence[UsageRow]) -> float:
    """Return how many responses a turn takes: one that calls tools is followed by another."""
    calling = {call.response_id for call in data.tool_calls.rows()[-4 * LATELY :]}
    n_calling = sum(row.response_id in calling for row in answers)
    return len(answers) / max(1, len(answers) - n_calling)


def _transcription(data: Tables) -> float:
    """Return what the transcription of a turn cost lately; of turns in writing, nothing."""
    users = [turn for turn in data.transcript.rows()[-4 * LATELY :] if turn.role == "user"][-LATELY:]
    costs = []
    for turn in users:
        bill = data.usage.bill(turn.id, "transcription")
        if bill is not None or not turn.audio_ms:  # else it may still come
            costs.append((bill and bill.cost_usd) or 0.0)
    return sum(costs) / len(costs) if costs else 0.0


def _input(row: UsageRow) -> Tokens:
    return {
        "text": row.input_text_tokens or 0,
        "audio": row.input_audio_tokens or 0,
        "image": row.input_image_tokens or 0,
    }


def _cached(row: UsageRow) -> Tokens:
    return {
        "text": row.cached_text_tokens or 0,
        "audio": row.cached_audio_tokens or 0,
        "image": row.cached_image_tokens or 0,
    }


def _output(row: UsageRow) -> Tokens:
    return {"text": row.output_text_tokens or 0, "audio": row.output_audio_tokens or 0, "image": 0}
