from typing import Any

import pytest

from realtime_widget.config import SemanticVAD, ServerVAD, parse_turn_detection
from realtime_widget.errors import ConfigError


@pytest.mark.parametrize(
    "options",
    [
        {"threshold": 1.1}, {"threshold": None}, {"prefix_padding_ms": -1}, {"silence_duration_ms": "long"},
        {"silence_duration_ms": 500.0}, {"idle_timeout_ms": 4_999}, {"idle_timeout_ms": 30_001},
        {"create_response": 1}, {"interrupt_response": None},
    ],
)  # fmt: skip
def test_turn_detection_has_its_ranges(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=next(iter(options))):
        ServerVAD(**options)


def test_semantic_detection_has_its_choices() -> None:
    with pytest.raises(ConfigError, match="'auto'"):
        SemanticVAD(eagerness="wild")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="create_response"):
        SemanticVAD(create_response="yes")  # type: ignore[arg-type]
    assert SemanticVAD().to_wire()["type"] == "semantic_vad"


def test_detection_by_name_or_object() -> None:
    assert parse_turn_detection("semantic_vad") == SemanticVAD()
    assert parse_turn_detection("server_vad") == ServerVAD()
    assert parse_turn_detection(None) is None
    mine = ServerVAD(threshold=0.9)
    assert parse_turn_detection(mine) is mine
    assert "idle_timeout_ms" not in mine.to_wire()
    assert ServerVAD(idle_timeout_ms=6_000).to_wire()["idle_timeout_ms"] == 6_000
