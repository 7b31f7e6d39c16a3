"""Rows of tables, of another version too."""

import sys

import msgspec
import pytest

from realtime_widget.data import ToolCall, Turn
from realtime_widget.protocol.wording import Segment, TokenProbability
from realtime_widget.store import schema
from realtime_widget.store.rows import clean, fold, from_row, to_row

from .writing import made_up


def test_a_turn_is_the_same_after_both_ways() -> None:
    turn = made_up(2).turns[0]
    rich = Turn(
        **{
            **{name: getattr(turn, name) for name in Turn.__dataclass_fields__},
            "languages": ("de", "fr"),
            "segments": (Segment(text="Hallo", start=0.5, end=1.0, speaker="A"),),
            "logprobs": (TokenProbability(token="Hal", logprob=-0.25),),
        }
    )
    row = to_row(rich, schema.turns)
    assert row["more"]["languages"] == ["de", "fr"] and "languages" not in row
    assert from_row(row, Turn) == rich


def test_what_another_version_knows_is_no_trouble() -> None:
    call = made_up(2).tool_calls[0]
    row = to_row(call, schema.tool_calls)
    row["more"] = {**row["more"], "from_the_future": 1}
    assert from_row(row, ToolCall) == call
    del row["more"]["version"], row["connection"]
    with pytest.raises(msgspec.ValidationError, match="version"):
        from_row(row, ToolCall)
    assert from_row(row, ToolCall, version=None).connection == 1


def test_clean_values_are_taken_by_every_database() -> None:
    given = {"a\0": ["x\0y", "\ud800", float("inf"), float("nan"), -float("inf"), 1.5, None, True, 10**12]}
    largest = sys.float_info.max
    assert clean(given) == {"a\ufffd": ["x\ufffdy", "?", largest, None, -largest, 1.5, None, True, 10**12]}


@pytest.mark.parametrize(
    ("one", "other"),
    [("ÄRGER  im\nHaus", "ärger im haus"), ("ｶﾀｶﾅ", "カタカナ"), ("ΣΟΦΌΣ", "σοφόσ"), ("ﬁn", "FIN")],
)
def test_folded_words_are_the_same(one: str, other: str) -> None:
    assert fold(one) == fold(other)
