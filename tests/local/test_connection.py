import asyncio
import base64
import json
from typing import Any

import numpy as np
import pytest

from realtime_widget.errors import EngineError
from realtime_widget.local.modem import ModemSpeaker, ModemTranscriber, decode
from realtime_widget.local.parts import Parts
from realtime_widget.local.responders.base import ToolCall
from realtime_widget.local.usage import USER_MS_PER_TOKEN
from realtime_widget.local.wire_audio import Decoder, Encoder

from .support import Echo, Script, Timers, b64, burst, modem_parts, talk, tool

TEXT = {"output_modalities": ["text"]}
VAD = {"type": "server_vad", "silence_duration_ms": 300}


def voice(**turn_detection: Any) -> dict[str, Any]:
    return {
        "audio": {
            "input": {
                "transcription": {"model": "gpt-live-transcribe"},
                "turn_detection": {**VAD, **turn_detection} if turn_detection is not None else None,
            }
        }
    }


PUSH_TO_TALK = {"audio": {"input": {"transcription": {"model": "whisper-1"}, "turn_detection": None}}}


def run(scenario: Any) -> None:
    asyncio.run(scenario())


# -- the session -------------------------------------------------------------------------------------------


def test_first_event_is_the_session_with_its_defaults() -> None:
    async def scenario() -> None:
        async with talk() as client:
            session = client.events[0]["session"]
            assert client.events[0]["type"] == "session.created"
            assert session["type"] == "realtime"
            assert session["object"] == "realtime.session"
            assert session["model"] == "m"
            assert session["audio"]["input"]["turn_detection"]["type"] == "server_vad"
            assert "What can you do" in session["suggestions"]

    run(scenario)


def test_update_merges_and_nulls_switch_off() -> None:
    async def scenario() -> None:
        async with talk() as client:
            updated = await client.update(
                instructions="Be brief.",
                audio={"input": {"turn_detection": {"type": "semantic_vad"}}, "output": {"voice": "cedar"}},
            )
            session = updated["session"]
            assert updated["type"] == "session.updated"
            assert session["instructions"] == "Be brief."
            assert session["audio"]["output"] == {
                "format": {"type": "audio/pcm", "rate": 24000},
                "voice": "cedar",
                "speed": 1.0,
            }
            assert session["audio"]["input"]["turn_detection"]["eagerness"] == "auto"
            session = (await client.update(audio={"input": {"turn_detection": None}}))["session"]
            assert session["audio"]["input"]["turn_detection"] is None
            assert session["audio"]["output"]["voice"] == "cedar"

    run(scenario)


def test_suggestions_follow_the_tools() -> None:
    async def scenario() -> None:
        async with talk() as client:
            weather = tool("get_weather", "Get the weather for a city.", city={"type": "string"})
            updated = await client.update(tools=[weather])
            assert any("weather" in sentence for sentence in updated["session"]["suggestions"])
            updated = await client.update(tools=[])
            assert not any("weather" in sentence for sentence in updated["session"]["suggestions"])

    run(scenario)


@pytest.mark.parametrize(
    ("session", "code", "param"),
    [
        ({"type": "realtime", "foo": 1}, "unknown_parameter", "session.foo"),
        (
            {"type": "realtime", "audio": {"input": {"foo": 1}}},
            "unknown_parameter",
            "session.audio.input.foo",
        ),
        ({"instructions": "x"}, "missing_required_parameter", "session.type"),
        ({"type": "transcription"}, "invalid_value", "session.type"),
        (
            {"type": "realtime", "output_modalities": ["audio", "text"]},
            "invalid_value",
            "session.output_modalities",
        ),
        (
            {"type": "realtime", "audio": {"output": {"voice": "bob"}}},
            "invalid_value",
            "session.audio.output.voice",
        ),
        (
            {"type": "realtime", "tools": [{"type": "function", "name": "f", "strict": True}]},
            "unknown_parameter",
            None,
        ),
        ({"type": "realtime", "instructions": 5}, "invalid_type", "session.instructions"),
    ],
)
def test_a_wrong_update_is_refused_whole(session: dict[str, Any], code: str, param: str | None) -> None:
    async def scenario() -> None:
        async with talk() as client:
            error = await client.ask(
                "session.update", event_id="u1", session={**session, "tool_choice": "none"}
            )
            assert error["type"] == "error"
            assert error["error"]["code"] == code
            assert error["error"]["event_id"] == "u1"
            assert param is None or error["error"]["param"] == param
            assert (await client.update())["session"]["tool_choice"] == "auto"

    run(scenario)


def test_voice_is_fixed_once_there_was_audio() -> None:
    async def scenario() -> None:
        async with talk(Script(["Hello."])) as client:
            await client.send("response.create")
            await client.until("response.done")
            error = await client.update(audio={"output": {"voice": "cedar"}})
            assert error["error"]["code"] == "cannot_update_voice"
            assert (await client.update(audio={"output": {"voice": "marin"}}))["type"] == "session.updated"

    run(scenario)


@pytest.mark.parametrize(
    ("frame", "code", "param"),
    [
        ("nonsense", "invalid_event", None),
        ("[1]", "invalid_event", None),
        ('{"event_id": "e"}', "invalid_event", None),
        ('{"type": "response.foo"}', "invalid_value", "type"),
        ('{"type": "input_audio_buffer.append"}', "missing_required_parameter", "audio"),
        ('{"type": "input_audio_buffer.append", "audio": "#"}', "invalid_value", "audio"),
        ('{"type": "conversation.item.delete", "item_id": 5}', "invalid_type", "item_id"),
        ('{"type": "response.cancel", "foo": 1}', "unknown_parameter", "foo"),
        ('{"type": "output_audio_buffer.clear"}', "invalid_event", "type"),
        (
            '{"type": "conversation.item.truncate", "item_id": "i", "content_index": 0, "audio_end_ms": 1.5}',
            "invalid_type",
            "audio_end_ms",
        ),
    ],
)
def test_frames_that_are_no_commands_are_answered_by_an_error(
    frame: str, code: str, param: str | None
) -> None:
    async def scenario() -> None:
        async with talk() as client:
            await client.connection.receive(frame)
            error = (await client.next())["error"]
            assert (error["code"], error["param"]) == (code, param)
            assert (await client.update())["type"] == "session.updated"

    run(scenario)


# -- items -------------------------------------------------------------------------------------------------


def test_items_are_placed_and_their_ids_kept() -> None:
    async def scenario() -> None:
        async with talk() as client:
            await client.say("one", "a")
            await client.say("two", "b")
            for item_id, after, previous in (("first", "root", None), ("middle", "a", "a")):
                item = {
                    "id": item_id,
                    "type": "message",
                    "role": "system",
                    "content": [{"type": "input_text", "text": "x"}],
                }
                added = await client.ask("conversation.item.create", item=item, previous_item_id=after)
                assert added["type"] == "conversation.item.added"
                assert added["previous_item_id"] == previous
                assert (await client.next())["type"] == "conversation.item.done"
            error = await client.ask("conversation.item.create", item=item)
            assert error["error"]["code"] == "item_create_duplicate_item_id"
            await client.send("response.create", response=TEXT)
            await client.until("response.done")

    run(scenario)


def test_responder_sees_the_items_in_order() -> None:
    async def scenario() -> None:
        script = Script()
        async with talk(script) as client:
            await client.say("two", "b")
            image = {"type": "input_image", "image_url": "data:image/png;base64,AAAA"}
            item = {
                "type": "message",
                "role": "user",
                "content": [{"type": "input_text", "text": "one"}, image],
            }
            await client.send("conversation.item.create", item=item, previous_item_id="root")
            await client.send("response.create", response=TEXT)
            await client.until("response.done")
            assert [part.text for i in script.requests[0].items for part in i.content or ()] == [
                "one",
                None,
                "two",
            ]

    run(scenario)


@pytest.mark.parametrize(
    ("item", "code", "param"),
    [
        ({"type": "message", "role": "user"}, "missing_required_parameter", "item.content"),
        ({"type": "message", "role": "cat", "content": []}, "invalid_value", "item.role"),
        ({"type": "mcp_call"}, "invalid_value", "item.type"),
        (
            {"type": "message", "role": "assistant", "content": [{"type": "input_text", "text": "x"}]},
            "invalid_value",
            "item.content[0].type",
        ),
        (
            {"id": "x" * 33, "type": "message", "role": "user", "content": []},
            "string_above_max_length",
            "item.id",
        ),
        (
            {
                "type": "message",
                "role": "user",
                "content": [{"type": "input_image", "image_url": "http://x/y.png"}],
            },
            "invalid_value",
            "item.content[0].image_url",
        ),
    ],
)
def test_wrong_items_are_refused(item: dict[str, Any], code: str, param: str) -> None:
    async def scenario() -> None:
        async with talk() as client:
            error = (await client.ask("conversation.item.create", item=item))["error"]
            assert (error["code"], error["param"]) == (code, param)

    run(scenario)


def test_an_output_of_an_unknown_call_is_refused_without_naming_the_command() -> None:
    async def scenario() -> None:
        async with talk() as client:
            item = {"type": "function_call_output", "call_id": "call_x", "output": "1"}
            error = (await client.ask("conversation.item.create", event_id="e1", item=item))["error"]
            assert "call_x" in error["message"]
            assert error["event_id"] is None

    run(scenario)


@pytest.mark.parametrize("verb", ["delete", "retrieve", "truncate"])
def test_unknown_items_are_named(verb: str) -> None:
    async def scenario() -> None:
        async with talk() as client:
            extra = {"content_index": 0, "audio_end_ms": 0} if verb == "truncate" else {}
            error = (await client.ask(f"conversation.item.{verb}", item_id="x", **extra))["error"]
            assert error["code"] == f"item_{verb}_invalid_item_id"

    run(scenario)


def test_truncate_cuts_the_audio_and_forgets_the_words() -> None:
    async def scenario() -> None:
        async with talk(Script(["Hello there."])) as client:
            await client.send("response.create")
            item = (await client.until("response.done"))["response"]["output"][0]
            length_ms = len(client.audio()) // 48
            cut = {"item_id": item["id"], "content_index": 0}
            error = (await client.ask("conversation.item.truncate", **cut, audio_end_ms=length_ms + 1))[
                "error"
            ]
            assert (
                error["message"]
                == f"Audio content of {length_ms}ms is already shorter than {length_ms + 1}ms"
            )
            assert error["code"] is None
            truncated = await client.ask("conversation.item.truncate", **cut, audio_end_ms=500)
            assert truncated["audio_end_ms"] == 500
            part = (await client.ask("conversation.item.retrieve", item_id=item["id"]))["item"]["content"][0]
            assert part["transcript"] is None
            assert base64.b64decode(part["audio"]) == client.audio()[: 500 * 48]
            message = await client.say("text")
            cut["item_id"] = message["id"]
            error = (await client.ask("conversation.item.truncate", **cut, audio_end_ms=0))["error"]
            assert error["code"] == "unsupported_content_type"

    run(scenario)


def test_deleted_items_are_gone() -> None:
    async def scenario() -> None:
        script = Script()
        async with talk(script) as client:
            await client.say("one", "a")
            assert (await client.ask("conversation.item.delete", item_id="a"))["item_id"] == "a"
            await client.send("response.create", response=TEXT)
            await client.until("response.done")
            assert script.requests[0].items == ()

    run(scenario)


# -- written and spoken answers ------------------------------------------------------------------------------


def test_text_turn_in_the_order_of_the_real_server() -> None:
    async def scenario() -> None:
        async with talk(Script(["Four, ", "I think."])) as client:
            await client.say("2+2?", "msg_1")
            client.events.clear()
            await client.send("response.create", response={**TEXT, "metadata": {"req": "r1"}})
            done = await client.until("response.done")
            types = [t for t in client.types() if t != "response.output_text.delta"]
            assert types == [
                "response.created",
                "response.output_item.added",
                "conversation.item.added",
                "response.content_part.added",
                "response.output_text.done",
                "response.content_part.done",
                "conversation.item.done",
                "response.output_item.done",
                "response.done",
            ]
            assert "".join(e["delta"] for e in client.of("response.output_text.delta")) == "Four, I think."
            response = done["response"]
            assert response["status"] == "completed"
            assert response["metadata"] == {"req": "r1"} == client.events[0]["response"]["metadata"]
            assert response["output"][0]["content"] == [{"type": "output_text", "text": "Four, I think."}]
            assert response["usage"]["output_token_details"] == {"text_tokens": 4, "audio_tokens": 0}
            assert client.of("conversation.item.added")[0]["previous_item_id"] == "msg_1"

    run(scenario)


def test_spoken_answer_has_its_words_with_its_sound() -> None:
    async def scenario() -> None:
        async with talk(Script(["Hello there. ", "How are ", "you?"])) as client:
            await client.send("response.create")
            done = await client.until("response.done")
            types = [t for t in client.types("response") if not t.endswith("delta")]
            assert types[-5:] == [
                "response.output_audio.done",
                "response.output_audio_transcript.done",
                "response.content_part.done",
                "response.output_item.done",
                "response.done",
            ]
            said = "Hello there. How are you?"
            deltas = client.of("response.output_audio_transcript.delta")
            assert "".join(event["delta"] for event in deltas) == said
            assert done["response"]["output"][0]["content"] == [{"type": "output_audio", "transcript": said}]
            assert client.audio() == burst("Hello there. ") + burst("How are you?")
            tokens = done["response"]["usage"]["output_token_details"]
            assert tokens["audio_tokens"] == -(-len(client.audio()) // 48 // 50)

    run(scenario)


def test_tool_turn() -> None:
    async def scenario() -> None:
        script = Script(
            ["One moment. ", ToolCall("rows", '{"city":"Rome"}'), ToolCall("rows", '{"city":"Oslo"}')],
            ["Five."],
        )
        async with talk(script) as client:
            await client.update(tools=[tool("rows", "Rows.", city={"type": "string"})], **TEXT)
            await client.say("how many rows")
            await client.send("response.create")
            done = await client.until("response.done")
            message, *calls = done["response"]["output"]
            assert message["content"][0]["text"] == "One moment. "
            assert [call["arguments"] for call in calls] == ['{"city":"Rome"}', '{"city":"Oslo"}']
            finished = client.of("response.function_call_arguments.done")
            assert [event["name"] for event in finished] == ["rows", "rows"]
            assert [event["output_index"] for event in finished] == [1, 2]
            for call in calls:
                item = {"type": "function_call_output", "call_id": call["call_id"], "output": "5"}
                assert (await client.ask("conversation.item.create", item=item))["item"]["output"] == "5"
                await client.next()
            await client.send("response.create")
            await client.until("response.done")
            kinds = [item.type for item in script.requests[1].items]
            assert kinds == ["message", "message", *["function_call"] * 2, *["function_call_output"] * 2]

    run(scenario)


def test_only_one_response_writes_to_the_conversation() -> None:
    async def scenario() -> None:
        gate = asyncio.Event()
        async with talk(Script(["A ", gate, "b."], ["aside"])) as client:
            await client.send("response.create", response=TEXT)
            created = await client.until("response.created")
            await client.until("response.output_text.delta")
            await client.send("response.create", event_id="r2")
            error = (await client.until("error"))["error"]
            assert error["code"] == "conversation_already_has_active_response"
            assert created["response"]["id"] in error["message"]
            assert error["event_id"] == "r2"
            aside = {**TEXT, "conversation": "none", "metadata": {"topic": "x"}, "input": []}
            await client.send("response.create", response=aside)
            done = (await client.until("response.done"))["response"]
            assert (done["conversation_id"], done["metadata"]) == (None, {"topic": "x"})
            gate.set()
            done = (await client.until("response.done"))["response"]
            assert done["id"] == created["response"]["id"]
            assert done["conversation_id"].startswith("conv_")
            assert len(client.of("conversation.item.done")) == 1

    run(scenario)


def test_a_response_may_have_its_own_context() -> None:
    async def scenario() -> None:
        script = Script(["x"])
        async with talk(script) as client:
            await client.say("one", "a")
            await client.say("two", "b")
            new = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "three"}]}
            options = {
                "input": [{"type": "item_reference", "id": "a"}, new],
                "instructions": "Title!",
                "tools": [],
            }
            await client.send("response.create", response={**options, **TEXT, "conversation": "none"})
            await client.until("response.done")
            request = script.requests[0]
            assert [item.content[0].text for item in request.items if item.content] == ["one", "three"]
            assert request.instructions == "Title!"
            options["input"] = [{"type": "item_reference", "id": "zzz"}]
            error = (await client.ask("response.create", response=options))["error"]
            assert error["param"] == "response.input[0].id"

    run(scenario)


@pytest.mark.parametrize(
    ("options", "code", "param"),
    [
        ({"foo": 1}, "unknown_parameter", "response.foo"),
        ({"max_output_tokens": 0}, "invalid_value", "response.max_output_tokens"),
        ({"metadata": {"a": 1}}, "invalid_type", "response.metadata.a"),
        ({"conversation": "other"}, "invalid_value", "response.conversation"),
        ({"audio": {"output": {"speed": 1}}}, "unknown_parameter", "response.audio.output.speed"),
    ],
)
def test_wrong_options_of_a_response_are_refused(options: dict[str, Any], code: str, param: str) -> None:
    async def scenario() -> None:
        async with talk() as client:
            error = (await client.ask("response.create", response=options))["error"]
            assert (error["code"], error["param"]) == (code, param)

    run(scenario)


def test_cancel_stops_at_once_and_leaves_what_was_said() -> None:
    async def scenario() -> None:
        gate = asyncio.Event()
        script = Script(["Hello there. ", gate, "Never said."])
        async with talk(script) as client:
            error = (await client.ask("response.cancel"))["error"]
            assert error["code"] == "response_cancel_not_active"
            await client.send("response.create")
            await client.until("response.output_audio.delta")
            await client.send("response.cancel")
            done = (await client.until("response.done"))["response"]
            assert done["status"] == "cancelled"
            assert done["status_details"] == {"type": "cancelled", "reason": "client_cancelled"}
            assert done["output"][0]["status"] == "incomplete"
            assert done["usage"]["output_tokens"] > 0
            await client.send("response.create", response=TEXT)
            assert (await client.until("response.done"))["response"]["status"] == "completed"
            assert script.closed == 2

    run(scenario)


def test_limit_of_tokens_makes_a_response_incomplete() -> None:
    async def scenario() -> None:
        async with talk(Script(["one two three four five six"], ["Hello there. How are you?"])) as client:
            await client.send("response.create", response={**TEXT, "max_output_tokens": 3})
            done = (await client.until("response.done"))["response"]
            assert done["status_details"] == {"type": "incomplete", "reason": "max_output_tokens"}
            assert done["output"][0]["content"][0]["text"] == "one two "
            assert done["usage"]["output_tokens"] <= 3
            await client.send("response.create", response={"max_output_tokens": 10})
            done = (await client.until("response.done"))["response"]
            assert done["status"] == "incomplete"
            assert done["usage"]["output_tokens"] <= 10

    run(scenario)


def test_a_failing_responder_is_told_in_the_response_alone() -> None:
    async def scenario() -> None:
        async with talk(Script(["Well", ValueError("no idea")])) as client:
            await client.send("response.create", response=TEXT)
            done = (await client.until("response.done"))["response"]
            assert done["status"] == "failed"
            assert done["status_details"]["error"]["message"] == "ValueError: no idea"
            assert not client.of("error")

    run(scenario)


# -- speech ------------------------------------------------------------------------------------------------


def test_push_to_talk_turn() -> None:
    async def scenario() -> None:
        async with talk() as client:
            await client.update(**PUSH_TO_TALK)
            await client.append(burst("what time is it"))
            client.events.clear()
            await client.send("input_audio_buffer.commit")
            done = await client.until("conversation.item.input_audio_transcription.completed")
            assert done["transcript"] == "what time is it"
            assert done["usage"]["type"] == "duration"
            assert done["usage"]["seconds"] == pytest.approx(len(burst("what time is it")) / 48000, abs=0.01)
            committed, added, item_done, delta, _ = client.events
            assert [e["type"] for e in (committed, added, item_done, delta)] == [
                "input_audio_buffer.committed",
                "conversation.item.added",
                "conversation.item.done",
                "conversation.item.input_audio_transcription.delta",
            ]
            assert committed["item_id"] == added["item"]["id"] == done["item_id"]
            assert added["item"]["content"] == [{"type": "input_audio", "transcript": None}]
            await client.send("response.create")
            answer = (await client.until("response.done"))["response"]["output"][0]
            assert answer["content"][0]["transcript"] == "You said: what time is it"
            retrieved = await client.ask("conversation.item.retrieve", item_id=done["item_id"])
            part = retrieved["item"]["content"][0]
            assert base64.b64decode(part["audio"]) == burst("what time is it")
            assert part["transcript"] == "what time is it"

    run(scenario)


def test_without_transcription_the_responder_still_hears() -> None:
    async def scenario() -> None:
        async with talk() as client:
            await client.update(audio={"input": {"turn_detection": None}})
            await client.append(burst("hello"))
            await client.send("input_audio_buffer.commit")
            await client.send("response.create", response=TEXT)
            answer = (await client.until("response.done"))["response"]["output"][0]
            assert answer["content"][0]["text"] == "You said: hello"
            assert not client.types("conversation.item.input_audio_transcription")

    run(scenario)


def test_a_short_commit_is_refused_and_clear_empties() -> None:
    async def scenario() -> None:
        async with talk() as client:
            await client.update(**PUSH_TO_TALK)
            error = (await client.ask("input_audio_buffer.commit"))["error"]
            assert error["code"] == "input_audio_buffer_commit_empty"
            assert "only has 0.00ms of audio" in error["message"]
            await client.append(bytes(48 * 99))
            assert "99.00ms" in (await client.ask("input_audio_buffer.commit"))["error"]["message"]
            assert (await client.ask("input_audio_buffer.clear"))["type"] == "input_audio_buffer.cleared"
            await client.append(bytes(48 * 99))
            assert (await client.ask("input_audio_buffer.commit"))["type"] == "error"
            await client.append(bytes(48 * 1))
            assert (await client.ask("input_audio_buffer.commit"))["type"] == "input_audio_buffer.committed"

    run(scenario)


@pytest.mark.parametrize("kind", ["server_vad", "semantic_vad"])
def test_turns_are_found_in_the_audio(kind: str) -> None:
    async def scenario() -> None:
        async with talk() as client:
            detection = VAD if kind == "server_vad" else {"type": kind}
            await client.update(
                audio={
                    "input": {"turn_detection": detection, "transcription": {"model": "gpt-live-transcribe"}}
                }
            )
            client.events.clear()
            await client.append(burst("what can you do today", before_ms=1000, after_ms=2500))
            done = (await client.until("response.done"))["response"]
            assert done["output"][0]["content"][0]["transcript"] == "You said: what can you do today"
            started, stopped = (
                client.of(f"input_audio_buffer.speech_{way}")[0] for way in ("started", "stopped")
            )
            committed = client.of("input_audio_buffer.committed")[0]
            assert started["item_id"] == stopped["item_id"] == committed["item_id"]
            # without the padding, which only server_vad has as a setting, speech begins at 1000 ms
            assert 650 <= started["audio_start_ms"] <= 760
            length_ms = len(burst("what can you do today")) / 48
            assert 1000 + length_ms < stopped["audio_end_ms"] <= 1000 + length_ms + 1000
            order = client.types()
            for first, second in (
                ("input_audio_buffer.speech_started", "input_audio_buffer.speech_stopped"),
                ("input_audio_buffer.speech_stopped", "input_audio_buffer.committed"),
                ("input_audio_buffer.committed", "conversation.item.added"),
                ("conversation.item.done", "response.created"),
            ):
                assert order.index(first) < order.index(second)
            live = order.index("conversation.item.input_audio_transcription.delta")
            assert live < order.index("input_audio_buffer.committed")
            deltas = client.of("conversation.item.input_audio_transcription.delta")
            assert "".join(event["delta"] for event in deltas) == "what can you do today"

    run(scenario)


def test_speech_interrupts_the_answer() -> None:
    async def scenario() -> None:
        gate = asyncio.Event()
        async with talk(Script(["Hello there. ", gate], ["Yes."])) as client:
            await client.update(**voice())
            await client.send("response.create")
            await client.until("response.output_audio.delta")
            await client.append(burst("stop", before_ms=500, after_ms=800))
            cancelled = (await client.until("response.done"))["response"]
            assert cancelled["status_details"] == {"type": "cancelled", "reason": "turn_detected"}
            order = client.types()
            assert order.index("input_audio_buffer.speech_started") < order.index("response.done")
            assert (await client.until("response.done"))["response"]["status"] == "completed"

    run(scenario)


def test_speech_interrupts_nothing_and_creates_nothing_when_told_so() -> None:
    async def scenario() -> None:
        gate = asyncio.Event()
        async with talk(Script(["Hello there. ", gate, "Bye."])) as client:
            await client.update(**voice(create_response=False, interrupt_response=False))
            await client.send("response.create")
            await client.until("response.output_audio.delta")
            await client.append(burst("stop", before_ms=500, after_ms=800))
            await client.until("conversation.item.input_audio_transcription.completed")
            gate.set()
            assert (await client.until("response.done"))["response"]["status"] == "completed"
            assert len(client.of("response.created")) == 1

    run(scenario)


def test_an_automatic_response_that_comes_too_early_is_an_error() -> None:
    async def scenario() -> None:
        gate = asyncio.Event()
        async with talk(Script(["Hello there. ", gate])) as client:
            await client.update(**voice(interrupt_response=False))
            await client.send("response.create")
            await client.until("response.output_audio.delta")
            await client.append(burst("stop", before_ms=500, after_ms=800))
            error = (await client.until("error"))["error"]
            assert error["code"] == "conversation_already_has_active_response"

    run(scenario)


def test_a_commit_during_speech_ends_the_turn() -> None:
    async def scenario() -> None:
        async with talk() as client:
            await client.update(**voice())
            await client.append(burst("hello"))
            started = await client.until("input_audio_buffer.speech_started")
            await client.send("input_audio_buffer.commit")
            committed = await client.until("input_audio_buffer.committed")
            assert committed["item_id"] == started["item_id"]
            await client.append(bytes(48 * 1000))
            assert (await client.update())["type"] in ("session.updated", "conversation.item.added")
            assert not client.of("input_audio_buffer.speech_stopped")

    run(scenario)


def test_idle_user_is_asked() -> None:
    async def scenario() -> None:
        timers = Timers()
        script = Script(["Hello."], ["Are you there?"])
        async with talk(script, call_later=timers) as client:
            await client.update(**voice(idle_timeout_ms=5000))
            await client.send("response.create", response=TEXT)
            await client.until("response.done")
            await client.append(bytes(48 * 700))
            timers.fire(below_s=60)
            triggered = await client.until("input_audio_buffer.timeout_triggered")
            assert (triggered["audio_start_ms"], triggered["audio_end_ms"]) == (0, 700)
            committed = await client.next()
            assert (committed["type"], committed["item_id"]) == (
                "input_audio_buffer.committed",
                triggered["item_id"],
            )
            answer = (await client.until("response.done"))["response"]
            assert answer["output"][0]["content"][0]["transcript"] == "Are you there?"
            assert script.requests[1].text == ""

    run(scenario)


def test_session_ends_after_its_hour() -> None:
    async def scenario() -> None:
        timers = Timers()
        async with talk(call_later=timers) as client:
            timers.fire()
            error = (await client.until("error"))["error"]
            assert error["code"] == "session_expired"
            assert error["message"] == "Your session hit the maximum duration of 60 minutes."
            assert client.connection.is_over

    run(scenario)


@pytest.mark.parametrize("kind", ["audio/pcmu", "audio/pcma"])
def test_telephone_audio_both_ways(kind: str) -> None:
    async def scenario() -> None:
        async with talk() as client:
            audio = {"type": kind}
            await client.update(
                audio={"input": {"format": audio, "turn_detection": None}, "output": {"format": audio}}
            )
            encoder = Encoder(audio)
            wire = encoder.encode(burst("hello")) + encoder.flush()
            await client.append(wire, size=333)
            await client.send("input_audio_buffer.commit")
            await client.send("response.create")
            await client.until("response.done")
            decoder = Decoder(audio)
            pcm = decoder.decode(client.audio()) + decoder.flush()
            assert decode(np.frombuffer(pcm, "<i2").astype(np.int16)) == "You said: hello"

    run(scenario)


def test_audio_in_a_client_item_is_heard() -> None:
    async def scenario() -> None:
        async with talk() as client:
            part = {"type": "input_audio", "audio": b64(burst("hello"))}
            item = {"type": "message", "role": "user", "content": [part]}
            await client.send("conversation.item.create", item=item)
            await client.send("response.create", response=TEXT)
            answer = (await client.until("response.done"))["response"]
            assert answer["output"][0]["content"][0]["text"] == "You said: hello"
            details = answer["usage"]["input_token_details"]
            assert details["audio_tokens"] == -(-len(burst("hello")) // 48 // USER_MS_PER_TOKEN)

    run(scenario)


def test_a_recogniser_that_fails_is_told() -> None:
    class Deaf(ModemTranscriber):
        async def open(self) -> None:
            raise EngineError("No ears.", remedy="Grow some.")

    async def scenario() -> None:
        parts = Parts.of(Deaf(), Echo(), ModemSpeaker())
        async with talk(parts=parts) as client:
            await client.update(**PUSH_TO_TALK)
            await client.append(burst("hello"))
            await client.send("input_audio_buffer.commit")
            failed = await client.until("conversation.item.input_audio_transcription.failed")
            assert failed["error"]["message"] == "No ears. Grow some."
            await client.send("response.create")
            done = (await client.until("response.done"))["response"]
            assert done["status"] == "failed"
            assert done["status_details"]["error"]["message"] == "No ears. Grow some."
            await client.say("typed words still work")
            await client.send("response.create", response=TEXT)
            assert (await client.until("response.done"))["response"]["status"] == "completed"

    run(scenario)


def test_close_leaves_nothing_running() -> None:
    async def scenario() -> None:
        before = asyncio.all_tasks()
        script = Script(["Hello. ", asyncio.Event()])
        async with talk(script, parts=modem_parts(script)) as client:
            await client.update(**voice())
            await client.send("response.create")
            await client.until("response.output_audio.delta")
            await client.append(burst("hello"))
        assert asyncio.all_tasks() == before
        assert script.closed == 1

    run(scenario)


def test_events_are_plain_json_with_ids_of_their_own() -> None:
    async def scenario() -> None:
        async with talk() as client:
            await client.say("x")
            ids = [event["event_id"] for event in client.events]
            assert len(set(ids)) == len(ids)
            json.dumps(client.events)

    run(scenario)
