import asyncio

from .support import Script, burst, talk

TEXT = {"output_modalities": ["text"]}


def test_what_an_earlier_response_read_is_cached() -> None:
    async def scenario() -> None:
        async with talk(Script(["a"], ["b"])) as client:
            await client.update(instructions="word " * 200)
            for _ in range(2):
                await client.send("response.create", response=TEXT)
                await client.until("response.done")
            first, second = (done["response"]["usage"] for done in client.of("response.done"))
            assert first["input_token_details"]["cached_tokens"] == 0
            assert second["input_token_details"]["cached_tokens"] == 192
            assert second["input_token_details"]["cached_tokens_details"]["text_tokens"] == 192
            assert second["input_tokens"] > first["input_tokens"]

    asyncio.run(scenario())


def test_options_hold_for_one_response_only() -> None:
    async def scenario() -> None:
        script = Script(["a"], ["b"])
        async with talk(script) as client:
            await client.update(instructions="Session.", **TEXT)
            await client.send("response.create", response={"instructions": "Once.", "tool_choice": "none"})
            await client.until("response.done")
            await client.send("response.create")
            await client.until("response.done")
            assert [(request.instructions, request.tool_choice) for request in script.requests] == [
                ("Once.", "none"),
                ("Session.", "auto"),
            ]

    asyncio.run(scenario())


def test_a_response_waits_for_the_words() -> None:
    async def scenario() -> None:
        script = Script(["a"])
        async with talk(script) as client:
            await client.update(audio={"input": {"turn_detection": None}})
            await client.append(burst("hello"))
            await client.send("input_audio_buffer.commit")
            await client.send("response.create", response=TEXT)
            await client.until("response.done")
            assert script.requests[0].text == "hello"
            assert script.requests[0].modality == "text"

    asyncio.run(scenario())


def test_a_side_response_is_cancelled_by_its_id_and_not_by_speech() -> None:
    async def scenario() -> None:
        never = asyncio.Event()
        async with talk(Script(["a ", never], ["b ", never], ["c"])) as client:
            await client.send("response.create", response={**TEXT, "conversation": "none"})
            aside = (await client.until("response.created"))["response"]["id"]
            await client.send("response.create", response=TEXT)
            await client.until("response.created")
            await client.update(audio={"input": {"turn_detection": {"type": "server_vad"}}}, **TEXT)
            await client.append(burst("stop", before_ms=300, after_ms=600))
            cut = (await client.until("response.done"))["response"]
            assert cut["id"] != aside
            assert cut["status_details"]["reason"] == "turn_detected"
            await client.until("response.done")
            await client.send("response.cancel", response_id=aside)
            cut = (await client.until("response.done"))["response"]
            assert (cut["id"], cut["status"]) == (aside, "cancelled")

    asyncio.run(scenario())
