"""Answer as a demo: small talk, and calls of the session's tools. It is no language model and says so."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec

from realtime_widget.local.lexicon import name_words
from realtime_widget.local.numbers import find_numbers, number_words
from realtime_widget.local.phrases import sayable
from realtime_widget.local.responders.base import Request, ToolCall, item_text
from realtime_widget.local.responders.dialogue import Meaning, follow, force
from realtime_widget.local.responders.matching import ToolView, view_tools
from realtime_widget.local.responders.telling import join_words, spoken_value, tell_result
from realtime_widget.protocol.objects import Item

__all__ = ["DemoResponder"]

MOST_TURNS = 12
"""Of the user's turns that are looked at: a question and its answers are close together."""
MOST_COUNT = 100

_HEARD = "I heard \u201c"
"""How an answer begins that doubts what was heard."""
_JOKES = (
    "Why did the microphone break up with the speaker? There was too much feedback.",
    "I would tell you a joke about latency, but you would have to wait for it.",
    "There are ten kinds of people: those who understand binary and those who don't.",
    "Why was the dataframe so calm? It had no missing values.",
)
_ANSWERS = {
    "hello": "Hello! I'm the demo voice of this notebook. Ask me what I can do.",
    "identity": "I'm a demo voice that runs on this machine. I'm no language model: I know some small "
    "talk, and I can call the tools of this session.",
    "wellbeing": "I'm fine, thank you. I'm only a demo, so I'm always fine. What can I do for you?",
    "thanks": "You're welcome.",
    "goodbye": "Goodbye!",
    "stop": "All right.",
    "yes": "Good. What shall I do?",
    "no": "All right.",
}


class DemoResponder:
    """Answer deterministically, from the conversation alone.

    Args:
        clock: Tells the local time.
    """

    note = "A demo voice on this machine; no language model."

    def __init__(self, *, clock: Callable[[], datetime] = datetime.now) -> None:
        self._clock = clock

    async def respond(self, request: Request) -> AsyncIterator[str | ToolCall]:
        """Answer one request."""
        for piece in self.answer(request):
            yield piece

    def answer(self, request: Request) -> Iterator[str | ToolCall]:
        """Yield the answer to a request: sentences, or calls."""
        tools = view_tools(request.tools)
        results = _new_results(request.items)
        if results:
            yield " ".join(_told(call, output, tools) for call, output in results)
            return
        turns, doubted = _turns(request.items)
        if not turns:
            yield _ANSWERS["hello"]
            return
        if request.tool_choice not in ("none", "auto"):
            yield self._forced(turns[-1], request, tools)
            return
        meaning = follow(turns, tools, doubted=doubted)
        if request.uncertain and _is_risky(meaning, request):
            meaning = meaning.doubt()
        if request.tool_choice == "none" and (meaning.calls or meaning.question or meaning.doubted):
            yield "I was told to call no tool for this answer."
        elif meaning.calls:
            for call in meaning.calls:
                yield ToolCall(call.tool.name, msgspec.json.encode(call.arguments).decode())
        else:
            yield self._say(meaning, request, tools)

    def _forced(self, text: str, request: Request, tools: Sequence[ToolView]) -> str | ToolCall:
        choice = request.tool_choice
        name = choice.get("name") if isinstance(choice, dict) else None
        try:
            call = force(text, tools, name=name)
        except LookupError as error:
            return f"I was told to call a tool, but I can't. {error}"
        return ToolCall(call.tool.name, msgspec.json.encode(call.arguments).decode())

    def _say(self, meaning: Meaning, request: Request, tools: Sequence[ToolView]) -> str:
        if meaning.doubted:
            return _ask_back(meaning)
        if meaning.question is not None:
            return meaning.question.text
        if meaning.dropped:
            return "All right, I won't."
        if meaning.intent is None:
            return _not_understood(meaning.text, request)
        talk = _TALK.get(meaning.intent)
        return talk(self, request, tools) if talk else _ANSWERS[meaning.intent]

    # -- small talk --------------------------------------------------------------------------------------

    def _capabilities(self, request: Request, tools: Sequence[ToolView]) -> str:
        said = ["I'm a demo voice and no language model."]
        if tools:
            listed = [
                tool.title + (f" ({_first_clause(tool.description)})" if tool.description else "")
                for tool in tools
            ]
            said.append(f"I can call your {'tools' if len(tools) > 1 else 'tool'}: {join_words(listed)}.")
        else:
            said.append("I can call the tools of a session, but this one has none yet.")
        said.append(
            "I can also tell the time and the date, count, tell a joke, and say again what I said last."
        )
        suggestions = _suggestions(request)[:3]
        if suggestions:
            said.append(f"Try saying: {_quoted(suggestions)}.")
        return " ".join(said)

    def _time(self, request: Request, tools: Sequence[ToolView]) -> str:
        now = self._clock()
        hour = now.hour % 12 or 12
        half = (
            "in the morning" if now.hour < 12 else "in the afternoon" if now.hour < 18 else "in the evening"
        )
        return f"It is {hour}:{now.minute:02} {half}."

    def _date(self, request: Request, tools: Sequence[ToolView]) -> str:
        now = self._clock()
        return f"Today is {now:%A}, {now:%B} {now.day}, {now.year}."

    def _joke(self, request: Request, tools: Sequence[ToolView]) -> str:
        told = sum(
            1 for item in request.items if item.role == "assistant" and item_text(item).strip() in _JOKES
        )
        return _JOKES[told % len(_JOKES)]

    def _count(self, request: Request, tools: Sequence[ToolView]) -> str:
        numbers = find_numbers(_turns(request.items)[0][-1])
        last = int(min(max(numbers[-1].value, 1), MOST_COUNT)) if numbers else 10
        return ", ".join(number_words(number) for number in range(1, last + 1)).capitalize() + "."

    def _repeat(self, request: Request, tools: Sequence[ToolView]) -> str:
        for item in reversed(request.items):
            if item.type == "message" and item.role == "assistant" and item_text(item):
                return item_text(item)
        return "I haven't said anything yet."


_TALK: dict[str, Callable[[DemoResponder, Request, Sequence[ToolView]], str]] = {
    "capabilities": DemoResponder._capabilities,
    "time": DemoResponder._time,
    "date": DemoResponder._date,
    "joke": DemoResponder._joke,
    "count": DemoResponder._count,
    "repeat": DemoResponder._repeat,
}


def _turns(items: Sequence[Item]) -> tuple[list[str], set[int]]:
    """Return what the user said since the last call, and which of it was asked back about.

    A call settles everything before it.
    """
    turns: list[tuple[str, bool]] = []
    for item in items:
        if item.type == "message" and item.role == "user":
            turns.append((item_text(item), False))
        elif item.type == "message" and turns and item_text(item).startswith(_HEARD):
            turns[-1] = (turns[-1][0], True)
        elif item.type == "function_call":
            turns.clear()
    last = turns[-MOST_TURNS:]
    return [text for text, _ in last], {index for index, (_, doubted) in enumerate(last) if doubted}


def _is_risky(meaning: Meaning, request: Request) -> bool:
    """Tell whether calls must have a yes first: they may change something, and the words are but a guess."""
    if meaning.confirmed or not any(call.tool.has_effects for call in meaning.calls):
        return False
    return request.sayable is None or not request.sayable.grammar.says(meaning.text)


def _ask_back(meaning: Meaning) -> str:
    wanted = []
    for call in meaning.doubted:
        given = [_given(name, value) for name, value in call.arguments.items()]
        wanted.append(call.tool.title + (f" for {join_words(given)}" if given else ""))
    return f"{_HEARD}{meaning.text.strip()}\u201d. Shall I {join_words(wanted)}?"


def _given(name: str, value: Any) -> str:
    told = spoken_value(value)
    return f"{' '.join(name_words(name))}: {told}" if isinstance(value, bool) else told


def _new_results(items: Sequence[Item]) -> list[tuple[Item | None, str]]:
    """Return the outputs since the last message, each with its call."""
    calls = {item.call_id: item for item in items if item.type == "function_call"}
    results: list[tuple[Item | None, str]] = []
    for item in reversed(items):
        if item.type == "message" and (item.role == "user" or item_text(item)):
            break
        if item.type == "function_call_output":
            output = (
                item.output if isinstance(item.output, str) else msgspec.json.encode(item.output).decode()
            )
            results.append((calls.get(item.call_id), output))
    return results[::-1]


def _told(call: Item | None, output: str, tools: Sequence[ToolView]) -> str:
    name = (call.name if call is not None else None) or "tool"
    tool = next((tool for tool in tools if tool.name == name), None) or view_tools([{"name": name}])[0]
    given = [spoken_value(value) for value in _arguments(call).values() if not isinstance(value, bool)]
    short = [text for text in given if text and len(text) <= 40]
    return tell_result(tool.title, subject=tool.subject, acts=tool.acts, given=short, output=output)


def _arguments(call: Item | None) -> dict[str, Any]:
    try:
        arguments = msgspec.json.decode(call.arguments or "{}") if call is not None else {}
    except msgspec.DecodeError:
        return {}
    return arguments if isinstance(arguments, dict) else {}


def _first_clause(description: str) -> str:
    line = description.strip().splitlines()[0]
    return line.split(". ")[0].rstrip(".")


def _suggestions(request: Request) -> tuple[str, ...]:
    known = request.sayable if request.sayable is not None else sayable(request.tools)
    return known.suggestions


def _quoted(sentences: Sequence[str]) -> str:
    quoted = [f"\u201c{sentence}\u201d" for sentence in sentences]
    return " or ".join(filter(None, [", ".join(quoted[:-1]), quoted[-1]]))


def _not_understood(text: str, request: Request) -> str:
    suggestions = _suggestions(request)[:2]
    hint = f" You can say, for example, {_quoted(suggestions)}." if suggestions else ""
    if not text.strip():
        return f"I heard nothing that I understand.{hint}"
    heard = (
        f"{_HEARD}{text.strip()}\u201d, but I'm not sure of it."
        if request.uncertain
        else "I didn't get that."
    )
    return f"{heard} I'm only a demo and no language model.{hint}"
