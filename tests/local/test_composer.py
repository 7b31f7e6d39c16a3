from realtime_widget.local.composer import Composer
from realtime_widget.local.phrases import sayable
from realtime_widget.local.sentences import read_tool

from .support import tool

ROLL = tool("roll", "Roll a die with a number of sides.", sides={"type": "integer"})
WEATHER = tool("get_weather", "Weather for a city.", city={"type": "string", "enum": ["Rome", "Paris"]})


def test_rules_of_two_tools_keep_apart() -> None:
    composer = Composer()
    first, second = composer.compose(read_tool(ROLL)), composer.compose(read_tool(WEATHER))
    assert not first.rules.keys() & second.rules.keys()
    assert first.utterances and second.utterances and first.likeliest


def test_numbers_are_suggested_in_words() -> None:
    assert "Roll a die with twelve sides" in sayable([ROLL]).suggestions


def test_each_suggestion_of_a_choice_names_another_value() -> None:
    said = [sentence for sentence in sayable([WEATHER]).suggestions if "weather" in sentence.lower()]
    assert any("Rome" in sentence for sentence in said) and any("Paris" in sentence for sentence in said)


def test_words_that_are_called_otherwise_are_kept_apart() -> None:
    composer = Composer()
    composer.compose(read_tool(WEATHER))
    assert {spoken.written for spoken in composer.words.values()} >= {"Rome", "Paris"}
