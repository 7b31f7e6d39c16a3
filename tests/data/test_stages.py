import math
import random
from dataclasses import replace

import pandas as pd
import pytest

from realtime_widget.data.latency import Latency, LatencyRow
from realtime_widget.data.stages import (
    STAGES,
    SUMMARY,
    breakdown,
    measures,
    span_ms,
    stages,
    summary,
    union_ms,
)

from .talk import Talk

MOMENTS = (
    "speech_end_ms", "committed_ms", "begun_ms", "created_ms", "first_text_ms", "first_token_ms",
    "first_audio_ms", "first_heard_ms", "done_ms",
)  # fmt: skip


def row(**moments: float | None) -> LatencyRow:
    moments.setdefault("begun_ms", moments.get("created_ms"))
    ends = (moments.get("first_heard_ms"), moments.get("first_audio_ms"))
    end_ms = next((moment for moment in ends if moment is not None), None)
    begin_ms = moments.get("speech_end_ms")
    known = begin_ms is not None and end_ms is not None
    voice_ms = span_ms(begin_ms or 0.0, end_ms or 0.0) if known else None
    return LatencyRow(turn=1, response_id="r1", voice_to_voice_ms=voice_ms, **moments)  # type: ignore[arg-type]


WHOLE = {
    "speech_end_ms": 1000.25, "committed_ms": 1300.5, "begun_ms": 1350.0, "created_ms": 2350.0,
    "tool_wait_ms": 700.0, "first_token_ms": 2600.0, "first_audio_ms": 2700.0, "first_heard_ms": 2800.0,
}  # fmt: skip


def test_each_stage_ends_where_the_next_begins() -> None:
    assert stages(row(**WHOLE)) == {
        "endpointing_ms": 300.25, "starting_ms": 49.5, "calling_ms": 300, "tools_ms": 700, "thinking_ms": 250,
        "synthesis_ms": 100, "playout_ms": 100, "total_ms": 1799.75,
    }  # fmt: skip


def test_a_typed_question_has_no_end_of_speech() -> None:
    found = stages(row(created_ms=100.0, first_token_ms=350.0))
    assert {name: value for name, value in found.items() if value} == {"thinking_ms": 250, "total_ms": 250}
    assert found["endpointing_ms"] is found["starting_ms"] is found["synthesis_ms"] is None


def test_the_time_of_a_stage_that_is_missing_is_the_nexts() -> None:
    found = stages(row(speech_end_ms=0.0, created_ms=50.0, first_audio_ms=200.0))
    assert found["endpointing_ms"] is None and found["starting_ms"] == 50 and found["synthesis_ms"] == 150


def test_an_answer_of_which_only_the_response_is_known_waited_for_no_tool() -> None:
    one = replace(row(speech_end_ms=0.0, created_ms=50.0, first_audio_ms=200.0), begun_ms=None)
    assert (stages(one)["starting_ms"], stages(one)["calling_ms"], measures(one)["calling_ms"]) == (
        50,
        0,
        None,
    )


def test_an_answer_of_which_nothing_came_has_no_stages() -> None:
    assert set(stages(row(created_ms=1.0)).values()) == {None}
    assert set(stages(row()).values()) == {None}


@pytest.mark.parametrize("seed", range(20))
def test_stages_add_up_exactly_and_are_never_negative(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(100):
        # In their order but for errors of clocks; some never came.
        moments: dict[str, float | None] = {}
        ms = chance.uniform(0, 1e7)
        for name in MOMENTS:
            ms += chance.choice((0.0, chance.uniform(0, 3), chance.uniform(0, 3000)))
            moments[name] = None if chance.random() < 0.15 else max(0.0, ms + chance.uniform(-40, 40))
        if moments["begun_ms"] is None:
            moments["begun_ms"] = moments["created_ms"]
        one = row(**moments, tool_wait_ms=chance.choice((0.0, chance.uniform(0, 5000))))
        found = stages(one)
        total_ms = found.pop("total_ms")
        values = [value for value in found.values() if value is not None]
        assert all(value >= 0 for value in values)
        if total_ms is None:
            assert not values
            continue
        assert sum(values) == sum(reversed(values)) == total_ms
        if one.voice_to_voice_ms is not None:
            assert total_ms == one.voice_to_voice_ms
        measured = [value for value in measures(one).values() if value is not None]
        assert all(value >= 0 and math.isfinite(value) for value in measured)


def test_calls_at_the_same_time_count_once() -> None:
    assert union_ms([], 0, 100) == 0
    assert union_ms([(0, 50), (20, 60), (30, 40), (80, 90)], 10, 85) == 55
    assert union_ms([(200, 300), (-50, -10)], 0, 100) == 0


def test_the_table_has_them_all() -> None:
    frame = breakdown([row(**WHOLE), row()])
    assert list(frame.columns) == ["turn", "response_id", *STAGES, "total_ms"]
    assert frame[list(STAGES)].sum(axis=1).tolist() == [1799.75, 0]
    assert [str(dtype) for dtype in breakdown([]).dtypes] == ["Int64", "string", *["Float64"] * 8]
    assert breakdown([]).dtypes.tolist() == frame.dtypes.tolist()


def test_the_summary_is_of_answers_that_have_the_measure() -> None:
    rows = [row(speech_end_ms=0.0, created_ms=float(n), first_token_ms=float(n), first_audio_ms=10.0 * n)
            for n in range(1, 101)]  # fmt: skip
    figures = summary([*rows, row(created_ms=0.0, first_token_ms=70.0, done_ms=500.0)])
    voice = figures.loc["voice_to_voice_ms"]
    assert voice.tolist() == pytest.approx([100, 505, 505, 901, 950.5, 1000])
    assert figures.loc["thinking_ms", ["n", "max"]].tolist() == [101, 70]
    assert figures.loc["first_word_ms", ["n", "max"]].tolist() == [101, 70], "the typed one too"
    assert figures.loc["response_ms"].tolist() == [1, *[500.0] * 5]
    assert figures.loc["tools_ms", "n"] == 0 and figures.loc["tools_ms", "p50"] is pd.NA
    assert summary([row(**WHOLE)]).loc["tools_ms"].tolist() == [1, *[700.0] * 5]


def test_the_summary_has_its_form_without_any_answer() -> None:
    empty, full = Talk().data.latency.summary(), summary([row(**WHOLE)])
    assert empty.index.tolist() == full.index.tolist() == list(SUMMARY) and empty.index.name == "measure"
    assert empty.dtypes.tolist() == full.dtypes.tolist()
    assert [str(dtype) for dtype in empty.dtypes] == ["Int64", *["Float64"] * 5]
    assert empty["n"].tolist() == [0] * len(SUMMARY) and empty["p95"].isna().all()
    assert isinstance(Talk().data.latency, Latency)
