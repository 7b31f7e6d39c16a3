"""The line of frames for a server that doesn't read: what gives way, and what never does."""

import random

from realtime_widget.protocol.codec import encode
from realtime_widget.protocol.commands import AppendInput, CommitInput
from realtime_widget.session.send_queue import MAX_AUDIO_BYTES, SendQueue, audio_bytes

CHUNK = bytes(4_800)


def append(n: int, *, n_bytes: int = 4_800) -> str:
    """A piece of sound that can be told from others."""
    return encode(AppendInput(audio=n.to_bytes(4, "little") + bytes(n_bytes - 4)))


def drained(queue: SendQueue) -> list[str]:
    return list(iter(queue.take, None))


def test_how_much_sound_a_frame_appends() -> None:
    for n_bytes in (1, 2, 3, 4, 4_800, 4_801, 4_802):
        assert audio_bytes(encode(AppendInput(audio=bytes(n_bytes)))) == n_bytes
        assert audio_bytes(encode(AppendInput(audio=bytes(n_bytes), event_id="own"))) == n_bytes
    assert audio_bytes(encode(AppendInput(audio=b""))) == 0
    assert audio_bytes(encode(CommitInput())) == 0
    assert audio_bytes('{"type":"conversation.item.create","text":"input_audio_buffer.append"}') == 0
    assert audio_bytes('{"type":"input_audio_buffer.append"}') == 0
    assert audio_bytes('{"type":"input_audio_buffer.append","audio":"abc') == 0


def test_all_leaves_in_order_while_there_is_room() -> None:
    queue = SendQueue()
    frames = [append(n) if n % 3 else encode(CommitInput(event_id=str(n))) for n in range(90)]
    assert sum(queue.add(frame) for frame in frames) == 0
    assert queue
    assert queue.n_bytes == sum(map(len, frames))
    assert drained(queue) == frames
    assert not queue
    assert (queue.n_bytes, queue.n_audio_bytes) == (0, 0)
    assert queue.take() is None


def test_the_oldest_sound_gives_way_and_no_command() -> None:
    queue = SendQueue()
    frames = [append(n) if n % 10 else encode(CommitInput(event_id=str(n))) for n in range(400)]
    dropped = sum(queue.add(frame) for frame in frames)
    sound = [frame for frame in frames if audio_bytes(frame)]
    kept = sound[-(MAX_AUDIO_BYTES // 4_800) :]
    assert dropped == (len(sound) - len(kept)) * 4_800
    assert queue.n_audio_bytes == MAX_AUDIO_BYTES
    assert drained(queue) == [frame for frame in frames if not audio_bytes(frame) or frame in kept]


def test_one_piece_longer_than_the_limit_is_kept() -> None:
    queue = SendQueue()
    assert queue.add(append(1)) == 0
    assert queue.add(append(2, n_bytes=MAX_AUDIO_BYTES + 2)) == 4_800
    assert drained(queue) == [append(2, n_bytes=MAX_AUDIO_BYTES + 2)]


def test_clearing_forgets_everything() -> None:
    queue = SendQueue()
    queue.add(append(1))
    queue.add(encode(CommitInput()))
    queue.clear()
    assert not queue
    assert queue.take() is None
    assert (queue.n_bytes, queue.n_audio_bytes) == (0, 0)


def test_any_mixture_keeps_its_books() -> None:
    chance = random.Random(7)
    for _ in range(30):
        queue, model, commands, dropped = SendQueue(), [], 0, 0
        for n in range(600):
            if chance.random() < 0.7:
                frame = append(n, n_bytes=chance.choice((480, 4_800, 48_000)))
                dropped += queue.add(frame)
                model.append(frame)
            elif chance.random() < 0.5:
                queue.add(encode(CommitInput(event_id=str(n))))
                commands += 1
            elif (taken := queue.take()) is not None:
                commands -= not audio_bytes(taken)
            assert queue.n_audio_bytes <= MAX_AUDIO_BYTES
        left = drained(queue)
        assert sum(1 for frame in left if not audio_bytes(frame)) == commands
        sound = [frame for frame in left if audio_bytes(frame)]
        assert sound == model[len(model) - len(sound) :], "what is left is the newest, in order"
        assert (queue.n_bytes, queue.n_audio_bytes) == (0, 0)
