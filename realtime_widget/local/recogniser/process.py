"""Be the recogniser's child process: audio comes on stdin, text leaves on stdout."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from realtime_widget.local.pipes import FAILED, READY, ChildPort
from realtime_widget.local.recogniser import wire
from realtime_widget.local.recogniser.decoders import GrammarDecoder
from realtime_widget.local.recogniser.listener import Ear, Listener


class RecogniserProcess:
    """Answer the frames of one parent, in order."""

    def __init__(self, port: ChildPort, listener: Listener) -> None:
        """Serve ``port`` with ``listener``."""
        self._port = port
        self._listener = listener
        self._decoders: dict[int, GrammarDecoder] = {}
        self._ears: dict[int, Ear] = {}
        self._guessing: dict[GrammarDecoder, Ear] = {}  # a decoder follows one utterance at a time
        self._handlers: dict[int, Callable[[bytes], None]] = {
            wire.GRAMMAR: self._grammar,
            wire.PRONUNCIATIONS: self._pronunciations,
            wire.BEGIN: self._begin,
            wire.AUDIO: self._audio,
            wire.FINISH: self._finish,
            wire.CANCEL: self._cancel,
            wire.DROP: self._drop,
        }

    def run(self) -> None:
        """Serve until the parent is gone."""
        while True:
            kind, payload = self._port.inbox.get()
            self._handlers[kind](payload)

    def _grammar(self, payload: bytes) -> None:
        frame = msgspec.json.decode(payload, type=wire.GrammarFrame)
        decoder = self._decoders[frame.id] = GrammarDecoder(frame.grammar())
        missing = wire.Pronunciations(frame.id, spellings=decoder.missing())
        self._port.send(wire.MISSING, msgspec.json.encode(missing))

    def _pronunciations(self, payload: bytes) -> None:
        frame = msgspec.json.decode(payload, type=wire.Pronunciations)
        error = ""
        try:
            self._decoders[frame.id].load(frame.phones)
        except (ValueError, RuntimeError) as failure:
            del self._decoders[frame.id]
            error = str(failure)
        self._port.send(wire.GRAMMAR_DONE, msgspec.json.encode(wire.Utterance(frame.id, error=error)))

    def _begin(self, payload: bytes) -> None:
        frame = msgspec.json.decode(payload, type=wire.Utterance)
        decoder = self._decoders.get(frame.grammar)
        if decoder is None:
            return
        ear = self._ears[frame.id] = Ear(decoder)
        if decoder not in self._guessing:
            self._guessing[decoder] = ear
            decoder.begin_partial()

    def _audio(self, payload: bytes) -> None:
        (utterance,) = wire.AUDIO_HEAD.unpack_from(payload)
        ear = self._ears.get(utterance)
        if ear is None:
            return
        pcm = ear.take(payload[wire.AUDIO_HEAD.size :])
        if self._guessing.get(ear.decoder) is not ear or not pcm:
            return
        text = ear.decoder.feed_partial(pcm)
        if text != ear.text:
            ear.text = text
            self._port.send(wire.PARTIAL, msgspec.json.encode(wire.Heard(utterance, text)))

    def _finish(self, payload: bytes) -> None:
        utterance = msgspec.json.decode(payload, type=wire.Utterance).id
        ear = self._ears.pop(utterance, None)
        if ear is None:
            heard = wire.Heard(utterance, "")
        else:
            self._stop_guessing(ear.decoder)
            heard = self._listener.hear(utterance, ear)
        self._port.send(wire.FINAL, msgspec.json.encode(heard))

    def _cancel(self, payload: bytes) -> None:
        ear = self._ears.pop(msgspec.json.decode(payload, type=wire.Utterance).id, None)
        if ear is not None and self._guessing.get(ear.decoder) is ear:
            self._stop_guessing(ear.decoder)

    def _drop(self, payload: bytes) -> None:
        self._decoders.pop(msgspec.json.decode(payload, type=wire.Utterance).id, None)

    def _stop_guessing(self, decoder: GrammarDecoder) -> None:
        if self._guessing.pop(decoder, None) is not None:
            decoder.end_partial()


def main() -> None:
    """Run until stdin ends."""
    port = ChildPort()
    try:
        listener = Listener()
    except ImportError:
        port.send(FAILED, b"missing pocketsphinx")
        return
    except (OSError, RuntimeError) as error:
        port.send(FAILED, str(error).encode())
        return
    process = RecogniserProcess(port, listener)
    port.start()
    port.send(READY)
    process.run()


if __name__ == "__main__":
    main()
