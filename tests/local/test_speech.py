import asyncio
from typing import Any

import pytest

from realtime_widget.errors import ConfigError
from realtime_widget.local.modem import ModemSpeaker, decode
from realtime_widget.local.speech import speak


def test_a_sentence_becomes_a_clip_with_any_speaker() -> None:
    clip = speak("hello there", speaker=ModemSpeaker())
    assert clip.rate == 24_000
    assert decode(clip.samples) == "hello there"


def test_it_works_inside_a_running_event_loop() -> None:
    async def cell() -> str | None:
        return decode(speak("in a cell", speaker=ModemSpeaker()).samples)

    assert asyncio.run(cell()) == "in a cell"


@pytest.mark.parametrize("nothing", ["", "  ", None])
def test_nothing_to_say_is_an_error(nothing: Any) -> None:
    with pytest.raises(ConfigError, match="nothing to say"):
        speak(nothing)


@pytest.mark.speech
def test_voices_differ() -> None:
    cedar, shimmer = (speak("good morning", voice=voice) for voice in ("cedar", "shimmer"))
    assert 400 < cedar.duration_ms < 3_000
    assert cedar != shimmer
