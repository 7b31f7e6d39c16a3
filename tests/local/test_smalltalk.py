import pytest

from realtime_widget.local.grammar import Grammar
from realtime_widget.local.lexicon import name_words
from realtime_widget.local.smalltalk import DEMO_PHRASES, LIKELIEST, SUGGESTIONS, UPTO, demo_intent

GRAMMAR = Grammar({**DEMO_PHRASES, "upto": UPTO, "likeliest": " | ".join(LIKELIEST)}, start="likeliest")


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("Good morning", "hello"),
        ("Hi there!", "hello"),
        ("What's your name?", "identity"),
        ("how are you today", "wellbeing"),
        ("What's the date today", "date"),
        ("Another joke, please", "joke"),
        ("count from one to 42", "count"),
        ("thanks a lot", "thanks"),
        ("See you later.", "goodbye"),
        ("Say that again, please", "repeat"),
        ("never mind", "stop"),
        ("Yes, please", "yes"),
        ("no thank you", "no"),
        ("hello world", None),
        ("count to one thousand", None),
        ("   ", None),
    ],
)
def test_an_intent_is_found_whatever_the_case_and_the_punctuation(text: str, intent: str | None) -> None:
    assert demo_intent(text) == intent


@pytest.mark.parametrize("text", SUGGESTIONS)
def test_what_is_suggested_is_likely_and_has_an_intent(text: str) -> None:
    assert GRAMMAR.accepts(name_words(text))
    assert demo_intent(text) is not None


def test_every_intent_has_its_own_words() -> None:
    for intent, rule in DEMO_PHRASES.items():
        first = rule.split("|")[0]
        assert not first.strip().startswith("|"), intent
    assert {demo_intent(text) for text in ("yes", "no", "stop", "hello")} == {"yes", "no", "stop", "hello"}
