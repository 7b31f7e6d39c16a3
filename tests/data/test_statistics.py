import json

import pytest

from realtime_widget.data import StillData
from realtime_widget.data.statistics import Statistics, count_words, statistics

from .conversations import Maker, conversation


def of(maker: Maker) -> Statistics:
    data = StillData(maker.conversation())
    return statistics(data, data.transcript.rows())


@pytest.mark.parametrize(
    ("text", "n"),
    [
        ("", 0),
        ("  — ", 0),
        ("It's 31.2 degrees, isn't it?", 5),
        ("yes—no", 2),
        ("$5", 1),
        ("Größe über alles", 3),
        ("你好吗\uff1f", 3),
        ("東京 Tower を見た", 6),
        ("สวัสดี", 4),
        ("हिन्दी में बात", 3),
        ("مرحبا بالعالم", 2),
        ("👍 ok", 1),
    ],
)  # fmt: skip
def test_words_are_counted_in_any_script(text: str, n: int) -> None:
    assert count_words(text) == n


def test_figures_are_those_counted_by_hand() -> None:
    maker = Maker()
    maker.turn("user", "How many rows are there?", 1000, 3000)
    maker.turn(
        "assistant", "There are three hundred of them in all", 4000, 6000, audio_ms=4000, heard_ms=2000,
        interrupted=True, status="interrupted", heard_text="There are three hundred",
    )  # fmt: skip
    maker.turn("user", "Thanks, that is enough", 5500, 7500)
    maker.turn("assistant", "Fine.", 8500, 9000)
    maker.ms = 3200
    maker.call("rows", "r", duration_ms=300)
    maker.call("rows", "r", status="failed", duration_ms=100)
    maker.call("draw", "r", duration_ms=50)
    found = of(maker)
    user, assistant = found.user, found.assistant
    assert (found.span_ms, found.overlap_ms, found.silence_ms) == (8000, 500, 2000)
    assert (found.tool_calls, found.tool_failures, found.tool_ms) == (3, 1, 450)
    assert found.tools == {"rows": 2, "draw": 1}
    assert (user.turns, user.words, user.questions, user.talk_ms) == (2, 9, 1, 4000)
    assert user.share == pytest.approx(4000 / 6500) and user.words_per_minute == pytest.approx(135)
    assert (user.barged_in, user.interrupted, assistant.barged_in, assistant.interrupted) == (1, 0, 0, 1)
    assert (assistant.words, assistant.talk_ms, assistant.mean_turn_ms) == (5, 2500, 1250)
    assert assistant.longest_turn_ms == 2000
    assert (assistant.response_ms, assistant.longest_response_ms, user.response_ms) == (1000, 1000, None)


def test_what_was_typed_has_words_and_no_time() -> None:
    found = of(Maker(typed=True))
    assert found.user.turns == 0 and found.span_ms == 0
    maker = Maker(typed=True)
    maker.turn("system", "Be brief", 10, 10)
    maker.go_on(8)
    of_typed = of(maker)
    assert of_typed.user.words > 10 and of_typed.user.talk_ms == 0 and of_typed.user.share is None
    assert of_typed.silence_ms == 0 and of_typed["system"].words == 2
    with pytest.raises(KeyError):
        of_typed["nobody"]


@pytest.mark.parametrize("n_turns", [0, 40])
def test_figures_show_themselves(n_turns: int) -> None:
    data = StillData(conversation(n_turns, seed=3))
    found = statistics(data, data.transcript.rows())
    frame = found.df
    assert list(frame["role"]) == ["user", "assistant"] and list(frame.columns)[1] == "turns"
    assert [str(kind) for kind in frame.dtypes[["role", "turns", "share"]]] == ["string", "Int64", "Float64"]
    assert json.loads(json.dumps(found.to_dict()))["sides"]["user"]["turns"] == n_turns // 2
    assert "assistant" in found._repr_html_() and "talk time" in found._repr_html_()
    assert str(found).startswith("length: ") and repr(found).startswith(f"Statistics({n_turns // 2} user")


def test_shares_and_times_fit_together() -> None:
    data = StillData(conversation(200, seed=5))
    found = statistics(data, data.transcript.rows())
    talk = found.user.talk_ms + found.assistant.talk_ms
    assert talk - found.overlap_ms + found.silence_ms == pytest.approx(found.span_ms)
    assert (found.user.share or 0) + (found.assistant.share or 0) == pytest.approx(1)
    part = statistics(data, data.transcript.rows()[:20])
    assert part.user.turns == 10 and part.tool_calls < found.tool_calls
