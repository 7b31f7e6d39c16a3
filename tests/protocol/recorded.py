"""Recorded conversations of every kind: what a server sends, what we do, what is said in the end."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from realtime_widget import testing as t
from realtime_widget.protocol.objects import ContentPart, Item
from realtime_widget.protocol.requests import KEY

from .drive import Talk

__all__ = ["RECORDED", "Act", "Recorded", "Step"]

Event = dict[str, Any]


@dataclass(frozen=True)
class Act:
    """Something that we do: it needs all events for which `after` holds, and causes those of `before`."""

    do: Callable[[Talk], object]
    after: Callable[[Event], bool] = lambda event: False
    before: Callable[[Event], bool] = lambda event: False


Step = Event | Act


@dataclass(frozen=True)
class Recorded:
    """One conversation; `turns` is what its transcript says in the end, as (role, text, status)."""

    name: str
    steps: Sequence[Step]
    turns: Sequence[tuple[str, str, str]]
    calls: Sequence[tuple[str, str]] = ()

    def __str__(self) -> str:
        return self.name


# -- pieces ----------------------------------------------------------------------------------------------


def sound(n_ms: int, begin: int = 1) -> bytes:
    """Sound every piece of which can be told from every other."""
    return b"".join(((begin + i) % 30_000).to_bytes(2, "little") for i in range(24 * n_ms))


def spoken(item_id: str, text: str, response_id: str, previous: str | None, **options: Any) -> list[Event]:
    """A whole spoken response in two pieces of sound."""
    options = {"chunk_ms": 10, "metadata": {}, **options}
    pcm = options.pop("pcm", sound(20))
    return t.audio_response(text, pcm, item_id=item_id, response_id=response_id, previous=previous, **options)


def written(item_id: str, text: str, response_id: str, previous: str | None, **options: Any) -> list[Event]:
    options = {"metadata": {}, **options}
    return t.text_response(text, item_id=item_id, response_id=response_id, previous=previous, **options)


def heard(item_id: str, text: str, previous: str | None, **options: Any) -> list[Event]:
    return t.user_turn(text, item_id=item_id, previous=previous, **options)


def merged(response_id: str, *items: tuple[list[Event], Event], status: str = "completed") -> list[Event]:
    """One response of several items; each comes as the whole response that it would be alone."""
    events, output = [], []
    for index, (alone, item) in enumerate(items):
        inner = [json.loads(json.dumps(event)) for event in alone[1:-1]]
        for event in inner:
            event.update({"output_index": index} if "output_index" in event else {})
        events += inner
        output.append(item)
    return [
        t.response_created(response_id, metadata={}),
        *events,
        t.response_done(response_id, status, output=output, metadata={}),
    ]


def is_of(kind: str, **fields: Any) -> Callable[[Event], bool]:
    """Tell whether an event is of a type, and about a response, item or call."""

    def matches(event: Event) -> bool:
        inner = {**(event.get("response") or {}), **(event.get("item") or {}), **event}
        return bool(event["type"].startswith(kind)) and all(inner.get(k) == v for k, v in fields.items())

    return matches


def about(*ids: str) -> Callable[[Event], bool]:
    """Tell whether an event names one of these ids."""
    return lambda event: any(f'"{one}"' in json.dumps(event) for one in ids)


def either(*tests: Callable[[Event], bool]) -> Callable[[Event], bool]:
    return lambda event: any(test(event) for test in tests)


def says(text: str, item_id: str, **more: Any) -> Act:
    """Send an item of the user's; the server confirms it later."""
    part = ContentPart(type="input_text", text=text)
    picture = [ContentPart(type="input_image", image_url=more["image"])] if more else []
    item = Item(id=item_id, type="message", role="user", content=[part, *picture])
    return Act(lambda talk: talk.protocol.create_item(item), before=about(item_id))


def echo(item: Event, previous: str | None) -> list[Event]:
    return [t.item_added(item, previous=previous), t.item_done(item, previous=previous)]


def answers(call_id: str, output: str, *, caused: Callable[[Event], bool]) -> Act:
    """Answer a call once it is there; what is `caused` comes after it."""
    called = is_of("response.output_item.done", call_id=call_id)
    return Act(lambda talk: talk.protocol.tool_output(call_id, output), called, caused)


def output_of(call_id: str, output: str) -> Event:
    """A call's output as the server confirms it; its id stands for the one under which it was sent."""
    return {
        "id": f"out_{call_id}", "object": "realtime.item", "type": "function_call_output",
        "status": "completed", "call_id": call_id, "output": output,
    }  # fmt: skip


# -- the conversations -----------------------------------------------------------------------------------


def connect() -> Recorded:
    steps = [
        t.event("conversation.created", conversation={"id": "conv_1", "object": "realtime.conversation"}),
        t.rate_limits(),
        *heard("u1", "Hello.", None),
        t.error("Cancellation failed: no active response found", code="response_cancel_not_active"),
        *spoken("a1", "Hi!", "r1", "u1"),
        t.event("some.future.event", item_id="u1", text="nothing"),
    ]
    return Recorded("connect", steps, [("user", "Hello.", "completed"), ("assistant", "Hi!", "completed")])


def voice() -> Recorded:
    steps = [
        *heard("u1", "Hello there.", None, deltas=["Hel", "lo ", "there"], start_ms=820, end_ms=2_480),
        *spoken("a1", "Hi, how are you?", "r1", "u1"),
        *heard("u2", "Fine, and you?", "a1", start_ms=4_000, end_ms=5_000),
        *spoken("a2", "Splendid.", "r2", "u2", pcm=sound(20, 900)),
    ]
    said = [("user", "Hello there."), ("assistant", "Hi, how are you?")]
    said += [("user", "Fine, and you?"), ("assistant", "Splendid.")]
    return Recorded("voice", steps, [(*turn, "completed") for turn in said])


def hesitation() -> Recorded:
    """Speech begins three times, and is committed once; two turns of the user follow one another."""
    steps = [
        t.speech_started("x1", 0),
        t.speech_stopped("x1", 300),
        t.speech_started("x2", 500),
        t.speech_started("u1", 900),
        *heard("u1", "Well, yes.", None, start_ms=900)[1:],
        *heard("u2", "And no.", "u1", start_ms=2_000, end_ms=3_000),
        *written("a1", "Decide!", "r1", "u2"),
    ]
    said = [("user", "Well, yes."), ("user", "And no."), ("assistant", "Decide!")]
    return Recorded("hesitation", steps, [(*turn, "completed") for turn in said])


def typed() -> Recorded:
    question = t.message("user", "2+2?", item_id="m1")
    steps = [says("2+2?", "m1"), *echo(question, None), *written("a1", "Four, of course.", "r1", "m1")]
    turns = [("user", "2+2?", "completed"), ("assistant", "Four, of course.", "completed")]
    return Recorded("typed", steps, turns)


def one_call() -> Recorded:
    call = t.function_call("weather", {"city": "Rome"}, call_id="call_9", item_id="f1")
    output = output_of("call_9", '{"c": 21}')
    caused = about("out_call_9", "r4")
    steps = [
        *heard("u1", "Weather?", None),
        *t.call_response(call, response_id="r3", previous="u1", metadata={}),
        answers("call_9", '{"c": 21}', caused=caused),
        *echo(output, "f1"),
        *spoken("a1", "21 degrees.", "r4", "out_call_9"),
    ]
    turns = [("user", "Weather?", "completed"), ("assistant", "21 degrees.", "completed")]
    return Recorded("one call", steps, turns, [("call_9", '{"city": "Rome"}')])


def many_calls() -> Recorded:
    """A spoken message and two calls in one response, answered in the other order."""
    one = t.function_call("rows", {"city": "Rome"}, call_id="c1", item_id="f1")
    two = t.function_call("rows", {"city": "Oslo"}, call_id="c2", item_id="f2")
    caused = about("out_c1", "out_c2", "r2")
    steps = [
        *heard("u1", "How many rows?", None),
        *merged(
            "r1",
            (
                spoken("a1", "One moment.", "r1", "u1"),
                t.message("assistant", "One moment.", item_id="a1", spoken=True),
            ),
            (t.call_response(one, response_id="r1", previous="a1"), one),
            (t.call_response(two, response_id="r1", previous="f1"), two),
        ),
        answers("c2", "5", caused=caused),
        answers("c1", "3", caused=caused),
        *echo(output_of("c2", "5"), "f2"),
        *echo(output_of("c1", "3"), "out_c2"),
        *spoken("a2", "Three and five.", "r2", "out_c1", pcm=sound(30, 500)),
    ]
    said = [("user", "How many rows?"), ("assistant", "One moment."), ("assistant", "Three and five.")]
    calls = [("c1", '{"city": "Rome"}'), ("c2", '{"city": "Oslo"}')]
    return Recorded("many calls", steps, [(*turn, "completed") for turn in said], calls)


def cut_off(item_id: str, text: str) -> Event:
    return t.message("assistant", text, item_id=item_id, spoken=True, status="incomplete")


def barge_in() -> Recorded:
    """The server cancels; we cut at what was heard."""
    item = cut_off("a5", "A long story about")
    cancelled = t.response_done("r5", "cancelled", reason="turn_detected", output=[item], metadata={})
    answer = [{**event} for event in spoken("a5", "A long story about", "r5", "u1", pcm=sound(40))[:-1]]
    for event in answer:
        if event["type"].endswith("item.done"):
            event["item"] = item

    def interrupt(talk: Talk) -> None:
        talk.at(talk.now_ms + 10)
        talk.protocol.begin_interrupt(cancel=False)
        talk.protocol.finish_interrupt()

    came = either(
        is_of("response.output_audio.delta", item_id="a5"),
        is_of("input_audio_buffer.speech_started", item_id="u6"),
    )
    steps = [
        *heard("u1", "Tell me a story.", None),
        *answer,
        t.speech_started("u6", 3_000),
        Act(interrupt, came, either(is_of("conversation.item.truncated"), about("r6", "a6"))),
        cancelled,
        t.item_truncated("a5", 10),
        *heard("u6", "Stop, please.", "a5", start_ms=3_000, end_ms=4_000)[1:],
        *spoken("a6", "All right.", "r6", "u6"),
    ]
    turns = [
        ("user", "Tell me a story.", "completed"),
        ("assistant", "A long story about", "interrupted"),
        ("user", "Stop, please.", "completed"),
        ("assistant", "All right.", "completed"),
    ]
    return Recorded("barge-in", steps, turns)


def unheard() -> Recorded:
    """The answer is already complete; the second of its two items isn't heard at all, and deleted."""
    first = t.message("assistant", "First of all.", item_id="a1", spoken=True)
    second = t.message("assistant", "And then.", item_id="a2", spoken=True)

    steps = [
        *heard("u1", "Go on.", None),
        *merged(
            "r1",
            (spoken("a1", "First of all.", "r1", "u1"), first),
            (spoken("a2", "And then.", "r1", "a1", pcm=sound(20, 700)), second),
        ),
        t.item_deleted("a2"),
        *heard("u2", "Enough.", "a1", start_ms=3_000, end_ms=4_000),
    ]
    said = [("user", "Go on."), ("assistant", "First of all."), ("user", "Enough.")]
    return Recorded("unheard", steps, [(*turn, "completed") for turn in said])


def telephone() -> Recorded:
    """Over WebRTC or SIP: the server plays, is interrupted and cuts by itself; no sound comes here."""
    item = cut_off("a1", "Welcome to the")
    answer = [e for e in spoken("a1", "Welcome to the", "r1", None)[:-1] if "output_audio." not in e["type"]]
    answer = [{**e, "item": item} if e["type"].endswith("item.done") else e for e in answer]
    steps = [
        *answer,
        t.event("output_audio_buffer.started", response_id="r1"),
        t.event("input_audio_buffer.dtmf_event_received", event="5", received_at=1_790_000_000.5),
        t.speech_started("u1", 3_000),
        t.event("output_audio_buffer.cleared", response_id="r1"),
        t.response_done("r1", "cancelled", output=[item], metadata={}),
        t.item_truncated("a1", 400),
        *heard("u1", "Operator!", "a1", start_ms=3_000, end_ms=3_600)[1:],
        *[e for e in spoken("a2", "One moment.", "r2", "u1") if "output_audio." not in e["type"]],
        t.event("output_audio_buffer.started", response_id="r2"),
        t.event("output_audio_buffer.stopped", response_id="r2"),
    ]
    turns = [
        ("assistant", "Welcome to the", "interrupted"),
        ("user", "Operator!", "completed"),
        ("assistant", "One moment.", "completed"),
    ]
    return Recorded("telephone", steps, turns)


def push_to_talk() -> Recorded:
    def speak(talk: Talk) -> None:
        talk.protocol.append_audio(bytes(48 * 400))
        talk.protocol.commit()

    steps = [
        Act(speak, before=about("u1")),
        *heard("u1", "By hand.", None, by_hand=True, deltas=["By ", "han"]),
        *spoken("a1", "I see.", "r1", "u1"),
    ]
    turns = [("user", "By hand.", "completed"), ("assistant", "I see.", "completed")]
    return Recorded("push to talk", steps, turns)


def mcp_call(status: str, **more: Any) -> Event:
    return {
        "id": "mcp_1", "object": "realtime.item", "type": "mcp_call", "status": status,
        "server_label": "docs", "name": "search", "arguments": "", "output": None, "error": None,
        "approval_request_id": "mcpr_1", **more,
    }  # fmt: skip


def served_tool(*, fails: bool = False) -> Recorded:
    """The tools of an MCP server are listed; one is called, approved and run by the server."""
    listed = {"id": "mcpl_1", "type": "mcp_list_tools", "server_label": "docs", "tools": []}
    tools = [{"name": "search", "input_schema": {"type": "object"}}]
    text = '{"query": "anywidget"}'
    request = {
        "id": "mcpr_1",
        "type": "mcp_approval_request",
        "server_label": "docs",
        "name": "search",
        "arguments": text,
    }
    response = {
        "id": "mcpa_1",
        "type": "mcp_approval_response",
        "approval_request_id": "mcpr_1",
        "approve": True,
    }
    error = {"type": "tool_execution_error", "message": "It broke."}
    ended = mcp_call("completed", arguments=text, **({"error": error} if fails else {"output": "found"}))
    ids = {"response_id": "r2", "output_index": 0}
    part = {**ids, "item_id": "mcp_1"}
    last = t.message("assistant", "Here it is.", item_id="a2", spoken=True)
    answer = spoken("a2", "Here it is.", "r2", "mcp_1")[1:-1]
    approve = Act(
        lambda talk: talk.protocol.create_item(
            Item(type="mcp_approval_response", id="mcpa_1", approval_request_id="mcpr_1", approve=True)
        ),
        is_of("conversation.item.done", id="mcpr_1"),
        about("mcpa_1", "r2"),
    )
    steps = [
        t.event("mcp_list_tools.in_progress", item_id="mcpl_1"),
        t.item_added(listed),
        t.event("mcp_list_tools.completed", item_id="mcpl_1"),
        t.item_done({**listed, "tools": tools}),
        *heard("u1", "Search the docs.", "mcpl_1"),
        t.response_created("r1", metadata={}),
        *[t.event("response.output_item.added", response_id="r1", output_index=0, item=request)],
        t.item_added(request, previous="u1"),
        t.item_done(request, previous="u1"),
        t.event("response.output_item.done", response_id="r1", output_index=0, item=request),
        t.response_done("r1", output=[request], metadata={}),
        approve,
        *echo(response, "mcpr_1"),
        t.response_created("r2", metadata={}),
        t.event("response.output_item.added", **ids, item=mcp_call("in_progress")),
        t.item_added(mcp_call("in_progress"), previous="mcpa_1"),
        t.event("response.mcp_call_arguments.delta", **part, delta=text[:9]),
        t.event("response.mcp_call_arguments.delta", **part, delta=text[9:]),
        t.event("response.mcp_call_arguments.done", **part, arguments=text),
        t.event("response.mcp_call.in_progress", item_id="mcp_1", output_index=0),
        t.event(f"response.mcp_call.{'failed' if fails else 'completed'}", item_id="mcp_1", output_index=0),
        t.item_done(ended, previous="mcpa_1"),
        t.event("response.output_item.done", **ids, item=ended),
        *[{**e, "output_index": 1} if "output_index" in e else e for e in answer],
        t.response_done("r2", output=[ended, last], metadata={}),
    ]  # fmt: skip
    turns = [("user", "Search the docs.", "completed"), ("assistant", "Here it is.", "completed")]
    return Recorded("a served tool that fails" if fails else "a served tool", steps, turns)


def picture() -> Recorded:
    url = "data:image/png;base64,AAAA"
    item = t.message("user", "What is this?", item_id="m1")
    item["content"].append({"type": "input_image", "image_url": url, "detail": "low"})
    steps = [
        says("What is this?", "m1", image=url),
        *echo(item, None),
        *written("a1", "A plot.", "r1", "m1"),
    ]
    return Recorded(
        "picture", steps, [("user", "What is this?", "completed"), ("assistant", "A plot.", "completed")]
    )


def aside() -> Recorded:
    """A response outside the conversation beside one within it."""
    metadata = {"topic": "title"}
    options = {"conversation": "none", "metadata": metadata, "input": []}
    ask = Act(lambda talk: talk.protocol.respond("k", options=options), before=about("r9"))
    title = written("x1", "A title", "r9", None, out_of_band=True, metadata={**metadata, KEY: "k"})
    story = spoken("a1", "Once upon a time.", "r1", "u1")
    between = [event for pair in zip(title, story, strict=False) for event in pair]
    rest = [*title[len(story) :], *story[len(title) :]]
    steps = [*heard("u1", "A story!", None), ask, *between, *rest]
    turns = [("user", "A story!", "completed"), ("assistant", "Once upon a time.", "completed")]
    return Recorded("aside", steps, turns)


def dictation() -> Recorded:
    """What is said is only written down; the client commits."""
    steps: list[Step] = []
    previous = None
    for item_id, words in (("d1", "So the plan."), ("d2", "Is simple."), ("d3", "")):
        steps += heard(item_id, words, previous, by_hand=True, deltas=words.split(" ")[:2] if words else ())
        previous = item_id
    steps += [*heard("d4", None, "d3", by_hand=True, deltas=["no ", "end"]), t.transcription_failed("d4")]
    turns = [("user", text, "completed") for text in ("So the plan.", "Is simple.", "", "no end")]
    return Recorded("dictation", steps, turns)


def speakers() -> Recorded:
    kind = "conversation.item.input_audio_transcription.segment"
    pieces = [("s1", "A", "Shall we?", 0.0, 1.1), ("s2", "B", "We shall.", 1.2, 2.0)]
    segments = [
        t.event(kind, id=name, item_id="u1", content_index=0, speaker=who, text=text, start=start, end=end)
        for name, who, text, start, end in pieces
    ]
    whole = heard("u1", "Shall we? We shall.", None, end_ms=2_000)
    return Recorded(
        "speakers", [*whole[:-1], *segments, whole[-1]], [("user", "Shall we? We shall.", "completed")]
    )


def silence() -> Recorded:
    """Nobody says anything, and the model speaks up; what was committed then is nobody's turn."""
    steps = [
        *heard("u1", "Hello.", None),
        *written("a1", "Hi.", "r1", "u1"),
        t.timeout_triggered("u2", 2_000, 8_000),
        *heard("u2", "Thank you.", "a1", by_hand=True),
        *written("a2", "Are you there?", "r2", "u2"),
    ]
    said = [("user", "Hello."), ("assistant", "Hi."), ("assistant", "Are you there?")]
    return Recorded("silence", steps, [(*turn, "completed") for turn in said])


def second_thoughts() -> Recorded:
    """Live words of speech that is dropped: by the turn detection, and by a clear."""
    steps = [
        t.speech_started("x1", 0),
        t.transcription_delta("x1", "so I "),
        t.transcription_delta("x1", "think"),
        t.speech_stopped("x1", 400),
        t.speech_started("u1", 700),
        *heard("u1", "So I think so.", None, start_ms=700, deltas=["so I ", "think so"])[1:],
        t.speech_started("x2", 2_000),
        t.transcription_delta("x2", "no"),
        t.cleared(),
        *heard("u2", "Never mind.", "u1", start_ms=3_000, end_ms=4_000),
    ]
    turns = [("user", "So I think so.", "completed"), ("user", "Never mind.", "completed")]
    return Recorded("second thoughts", steps, turns)


def half() -> Recorded:
    """Of two messages the first was whole when the user broke in; a third response fails."""
    whole = t.message("assistant", "The first half.", item_id="a1", spoken=True)
    broken = cut_off("a2", "And the")
    second = spoken("a2", "And the", "r1", "a1", pcm=sound(20, 700))
    for event in second:
        event.update({"item": broken} if event["type"].endswith("item.done") else {})
    failure = {"type": "server_error", "code": "rate_limit_exceeded", "message": "Rate limit reached."}
    begun = t.message("assistant", item_id="a3", status="in_progress")
    steps = [
        *heard("u1", "Both halves, please.", None),
        *merged(
            "r1", (spoken("a1", "The first half.", "r1", "u1"), whole), (second, broken), status="cancelled"
        ),
        *heard("u2", "Thanks.", "a2", start_ms=3_000, end_ms=4_000),
        t.response_created("r2", metadata={}),
        t.event("response.output_item.added", response_id="r2", output_index=0, item=begun),
        t.item_added(begun, previous="u2"),
        t.response_done("r2", "failed", failure=failure, metadata={}),
    ]
    turns = [
        ("user", "Both halves, please.", "completed"),
        ("assistant", "The first half.", "completed"),
        ("assistant", "And the", "cancelled"),
        ("user", "Thanks.", "completed"),
        ("assistant", "", "failed"),
    ]
    return Recorded("half", steps, turns)


def insertion() -> Recorded:
    """Items are put at the beginning, and into the middle; the server tells of each under both its names."""
    rules = t.message("system", "Be kind.", item_id="s1")
    note = t.message("user", "By the way.", item_id="m2")
    steps = [
        *heard("u1", "Hello.", None),
        *written("a1", "Hi.", "r1", "u1"),
        {**t.item_added(rules, previous="root"), "type": "conversation.item.created"},
        *echo(rules, "root"),
        {**t.item_added(note, previous="u1"), "type": "conversation.item.created"},
        *echo(note, "u1"),
    ]
    said = [("system", "Be kind."), ("user", "Hello."), ("user", "By the way."), ("assistant", "Hi.")]
    return Recorded("insertion", steps, [(*turn, "completed") for turn in said])


RECORDED: list[Recorded] = [
    connect(), voice(), hesitation(), second_thoughts(), typed(), insertion(), one_call(), many_calls(),
    barge_in(), half(), unheard(), telephone(), push_to_talk(), served_tool(), served_tool(fails=True),
    picture(), aside(), dictation(), speakers(), silence(),
]  # fmt: skip
