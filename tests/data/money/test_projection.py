"""What the next turn will cost, against what it did cost in conversations that are simulated."""

import random
from typing import Any

import pytest

from realtime_widget.data.money.prices import default_prices
from realtime_widget.data.money.projection import projected_cost_usd
from tests.data.talk import Talk

MODEL, TRANSCRIBER = "gpt-realtime-2.1", "gpt-4o-transcribe"


class Simulated:
    """A conversation that is billed as OpenAI bills: all of it for each answer, the old part from the cache.

    Args:
        seed: Of the lengths.
        instructions: Tokens that are there from the beginning.
        caches: Whether there is a cache.
    """

    def __init__(self, seed: int, *, instructions: int = 400, caches: bool = True) -> None:
        self.random = random.Random(seed)
        self.talk = Talk(model=MODEL, transcription=TRANSCRIBER)
        self.context = {"text": instructions, "audio": 0}
        self.caches, self.cacheable = caches, 0
        self.ms, self.n = 0.0, 0

    def turn(self, *, spoken: bool = True) -> float:
        """One turn of the user and its answer; returns what the two bills say."""
        self.n += 1
        before = self.talk.data.usage.cost_usd
        user_ms, answer_ms = self.random.randrange(1_000, 5_000, 100), self.random.randrange(2_000, 8_000, 50)
        if spoken:
            self.talk.spoken(self.ms, f"u{self.n}", n_ms=user_ms)
            tokens = {"input_tokens": user_ms // 100, "output_tokens": user_ms // 250, "type": "tokens"}
            self.ms += user_ms + 300
            self.talk.transcribed(self.ms, f"u{self.n}", "And then?", usage=tokens)
            self.context["audio"] += user_ms // 100
        else:
            self.talk.typed(self.ms, f"u{self.n}", "And then? " * 12)
            self.context["text"] += 30
        self.answer(answer_ms)
        return self.talk.data.usage.cost_usd - before

    def answer(self, n_ms: int) -> None:
        given = dict(self.context)
        cached = min(self.cacheable, sum(given.values())) // 64 * 64 if self.caches else 0
        cached_text = min(cached, given["text"])
        made = {"text_tokens": n_ms // 250, "audio_tokens": n_ms // 50}
        details = {
            "text_tokens": given["text"],
            "audio_tokens": given["audio"],
            "cached_tokens": cached,
            "cached_tokens_details": {"text_tokens": cached_text, "audio_tokens": cached - cached_text},
        }
        usage = {"input_token_details": details, "output_token_details": made}
        self.ms += 500
        self.talk.said(self.ms, f"r{self.n}", f"a{self.n}", "So it goes. " * 5, n_ms=100, usage=usage)
        self.ms += n_ms
        self.cacheable = sum(given.values())
        self.context["text"] += made["text_tokens"]
        self.context["audio"] += made["audio_tokens"]

    @property
    def projected(self) -> float:
        cost = projected_cost_usd(self.talk.data)
        assert cost is not None
        return cost


@pytest.mark.parametrize("caches", [True, False])
@pytest.mark.parametrize("spoken", [True, False])
def test_it_is_near_to_what_the_turns_cost(caches: bool, spoken: bool) -> None:
    errors, projected, paid = [], 0.0, 0.0
    for seed in range(4):
        conversation = Simulated(seed, caches=caches)
        conversation.turn(spoken=spoken)
        for _ in range(25):
            guess = conversation.projected
            cost = conversation.turn(spoken=spoken)
            errors.append(abs(guess - cost) / cost)
            projected, paid = projected + guess, paid + cost
    # Each turn is as long as people like; over many, the guesses are right.
    assert projected == pytest.approx(paid, rel=0.1)
    assert sorted(errors)[len(errors) // 2] < 0.35


def test_a_long_conversation_makes_the_next_turn_dearer() -> None:
    conversation = Simulated(1, caches=False)
    conversation.turn()
    first = conversation.projected
    for _ in range(30):
        conversation.turn()
    assert conversation.projected > 2 * first


def bill(input_text: int, *, made: int = 0, **more: Any) -> dict[str, Any]:
    details = {"text_tokens": input_text, "audio_tokens": 0, **more}
    return {"input_token_details": details, "output_token_details": {"text_tokens": made, "audio_tokens": 0}}


def test_by_hand() -> None:
    talk = Talk(model=MODEL)
    assert projected_cost_usd(talk.data) is None
    talk.typed(0, "u1", "x" * 40)
    talk.wrote(
        10,
        "r1",
        "a1",
        "Hi",
        usage=bill(100, made=20, cached_tokens=0, cached_tokens_details={"text_tokens": 0}),
    )
    # 100 are there and cached, 20 came out, 40 characters are 10 tokens, and 20 come out again.
    assert projected_cost_usd(talk.data) == pytest.approx((100 * 0.4 + 30 * 4 + 20 * 24) / 1e6)
    talk.typed(20, "u2", "x")
    usage = bill(160, made=40, cached_tokens=60, cached_tokens_details={"text_tokens": 60})
    talk.wrote(30, "r2", "a2", "Hi", usage=usage)
    # 160 - 100 - 20 = 40 came in between; of 100 before 60 were cached; 30 come out in the mean.
    expected = (0.6 * 160 * 0.4 + (200 + 40 - 0.6 * 160) * 4 + 30 * 24) / 1e6
    assert projected_cost_usd(talk.data) == pytest.approx(expected)


def test_a_context_that_was_cut_off_is_no_negative_turn() -> None:
    talk = Talk(model=MODEL)
    for n, tokens in enumerate((1000, 1100, 300, 400)):
        talk.typed(100 * n, f"u{n}", "x")
        talk.wrote(100 * n + 10, f"r{n}", f"a{n}", "Hi", usage=bill(tokens))
    assert projected_cost_usd(talk.data) == pytest.approx((400 + 100) * 4 / 1e6)


def test_nothing_is_guessed_without_a_price_and_nothing_costs_nothing() -> None:
    talk = Talk(model="somebody-elses")
    talk.typed(0, "u1", "x")
    talk.wrote(10, "r1", "a1", "Hi", usage=bill(100, made=20))
    assert projected_cost_usd(talk.data) is None
    talk.data.free = True
    assert projected_cost_usd(talk.data) == 0.0
    talk.data.free = False
    talk.data.usage.prices = default_prices().merge({"somebody-elses": {"text_in": 1, "text_out": 1}})
    assert projected_cost_usd(talk.data) == pytest.approx((120 + 0.25 + 20) / 1e6)


def test_nothing_is_guessed_where_no_bill_has_a_known_cost() -> None:
    talk = Talk(model=MODEL)
    for n in range(2):
        talk.typed(100 * n, f"u{n}", "x")
        usage = {"input_tokens": 3, "output_tokens": 4}
        talk.wrote(100 * n + 10, f"r{n}", f"a{n}", "Hi", usage=usage)
    assert projected_cost_usd(talk.data) is None
    talk.data.usage.prices = default_prices().merge({MODEL: {"text_in": 1}})
    assert projected_cost_usd(talk.data) is None
    talk.typed(200, "u2", "x")
    talk.wrote(210, "r2", "a2", "Hi", usage=bill(100, made=20))
    assert projected_cost_usd(talk.data) == pytest.approx((120 + 0.25 + 20 * 24) / 1e6)


def test_where_nobody_answers_it_is_the_mean_of_the_words() -> None:
    talk = Talk(transcription="whisper-1")
    for n, seconds in enumerate((6.0, 12.0)):
        talk.spoken(5_000 * n, f"u{n}")
        talk.transcribed(5_000 * n + 2_000, f"u{n}", "Words.", usage={"type": "duration", "seconds": seconds})
    assert projected_cost_usd(talk.data) == pytest.approx(9 / 60 * 0.006)
