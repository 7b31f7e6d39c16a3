"""Hold the small talk of the demo: what it answers without a tool."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from realtime_widget.local.grammar import Grammar, number_rule
from realtime_widget.local.lexicon import name_words

DEMO_PHRASES: Mapping[str, str] = {
    "hello": "( hello | hi | hey | good morning | good afternoon | good evening ) [ there ]",
    "capabilities": "what [ else ] can ( you do [ for me ] | i say | i ask you ) | [ can you ] help [ me ]"
    " | ( what | which ) tools ( do you have | are there )",
    "identity": "( who | what ) are you | ( what is | what's ) your name | are you [ a ] real [ person ]",
    "wellbeing": "how are you [ doing ] [ today ]",
    "time": "[ please | can you ] [ tell me ] what time is it | ( what is | what's | tell me ) the time",
    "date": "what day is it [ today ] | ( what is | what's ) ( today's date | the date [ today ] )",
    "joke": "[ please | can you ] tell me ( a | another ) joke | another joke [ please ]",
    "count": "[ please | can you ] count [ from one ] to <upto>",
    "thanks": "( thank you | thanks ) [ very much | a lot ]",
    "goodbye": "goodbye | bye [ bye ] | see you [ later ]",
    "repeat": "[ please | can you ] repeat ( that | what you said ) [ please ] | say that again [ please ]"
    " | what did you say | pardon [ me ]",
    "stop": "stop [ please | it | talking ] | cancel [ that ] | never mind | wait | be quiet",
    "yes": "yes [ please | do it | that's right ] | yeah | yep | sure | okay | of course | do it | go ahead",
    "no": "no [ thank you | thanks | don't ] | nope | not now | that's wrong",
}
"""Rules by intent, in the syntax of JSGF; ``<upto>`` is a number from 1 to 99."""

LIKELIEST = (
    "hello | hi | good morning | what can you do | help | who are you | what is your name | how are you",
    "what time is it | what is the time | what day is it [ today ] | tell me a joke | count to <upto>",
    "thank you [ very much ] | thanks | goodbye | bye | repeat that | stop | never mind | yes | no | okay",
)
"""The plainest of them."""

UPTO = number_rule(minimum=1, maximum=99)

SUGGESTIONS = (
    "what can you do",
    "tell me a joke",
    "what time is it",
    "count to six",
    "who are you",
    "what day is it today",
    "thank you very much",
    "goodbye",
)


def demo_intent(text: str) -> str | None:
    """Return the intent (a key of `DEMO_PHRASES`) of a sentence; None when it isn't small talk."""
    tokens = name_words(text.lower())
    grammar = _grammar()
    return next((intent for intent in DEMO_PHRASES if grammar.accepts(tokens, intent)), None)


@lru_cache(maxsize=1)
def _grammar() -> Grammar:
    return Grammar({**DEMO_PHRASES, "upto": UPTO}, start="hello")
