import asyncio

from realtime_widget.local.outbox import Outbox


def test_frames_are_sent_in_order_and_the_rest_at_the_end() -> None:
    async def scenario() -> None:
        outbox, sent = Outbox(), []

        async def send(frame: str) -> None:
            sent.append(frame)

        outbox.put("a")
        running = asyncio.create_task(outbox.run(send))
        await asyncio.sleep(0)
        outbox.put("b")
        outbox.close()
        outbox.put("too late")
        await running
        assert sent == ["a", "b"]

    asyncio.run(scenario())


def test_room_is_there_again_when_the_client_reads() -> None:
    async def scenario() -> None:
        outbox, gate = Outbox(room=2), asyncio.Event()

        async def send(frame: str) -> None:
            await gate.wait()

        running = asyncio.create_task(outbox.run(send))
        await outbox.has_room()
        outbox.put("a")
        outbox.put("b")
        waiting = asyncio.create_task(outbox.has_room())
        await asyncio.sleep(0)
        assert not waiting.done()
        gate.set()
        await waiting
        outbox.close()
        await running

    asyncio.run(scenario())


def test_a_client_that_never_reads_is_given_up() -> None:
    async def scenario() -> None:
        outbox = Outbox(most=2)
        for frame in "abc":
            outbox.put(frame)
        await outbox.has_room()
        sent = []

        async def send(frame: str) -> None:
            sent.append(frame)

        await outbox.run(send)
        outbox.put("d")
        assert sent == ["a", "b", "c"]

    asyncio.run(scenario())
