"""The offline engine: a real server of the Realtime protocol on this machine, started when it is needed."""

from __future__ import annotations

import asyncio
import atexit
import importlib
import importlib.util
import threading
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from realtime_widget.engines import Endpoint, Engine, websocket_url
from realtime_widget.errors import ConfigError, EngineError
from realtime_widget.local.responders.base import Responder
from realtime_widget.local.responders.choose import choose_responder, describe_responder
from realtime_widget.local.serving import ServerThread

if TYPE_CHECKING:
    from realtime_widget.local.generation import Pace
    from realtime_widget.local.server import Server
    from realtime_widget.local.stages import Speaker, Transcriber
    from realtime_widget.local.vad import Vad

__all__ = ["LocalEngine"]

VADS = ("auto", "silero", "energy")
_INSTALL = (
    'Run: pip install "realtime-widget[local]". '
    "To talk with OpenAI instead, set OPENAI_API_KEY or pass api_key=."
)
_SERVER_PACKAGES = ("aiohttp",)
_SPEECH_PACKAGES = {"transcriber": "pocketsphinx", "speaker": "espeakng_loader"}


class LocalEngine(Engine):
    """Answer on this machine, without a key or a network.

    Args:
        transcriber: Turns speech into text; None for pocketsphinx with a grammar of what can be said.
        responder: Answers: a `Responder`, a function of the user's text, the URL of an OpenAI-compatible
            chat endpoint, or None for the demo, which is no language model.
        speaker: Turns text into speech; None for espeak-ng.
        vad: Hears when a person speaks: `"auto"`, `"silero"`, `"energy"`, or a function that makes a `Vad`.
        pace: How fast speech is sent: times real time, or a `Pace`.
        host: Address to listen on.
        port: Port to listen on; 0 for a free one.
    """

    kind = "local"
    name = "Offline engine"

    _shared: LocalEngine | None = None
    _shared_lock = threading.Lock()

    def __init__(
        self,
        transcriber: Transcriber | None = None,
        responder: Responder | Callable[..., Any] | str | None = None,
        speaker: Speaker | None = None,
        *,
        vad: str | Callable[[], Vad] = "auto",
        pace: float | Pace | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        if not callable(vad) and vad not in VADS:
            raise ConfigError(f"vad must be one of {', '.join(map(repr, VADS))} or a function, not {vad!r}.")
        if isinstance(pace, int | float) and not pace > 0:
            raise ConfigError(f"pace must be a positive number, times real time, not {pace!r}.")
        self._transcriber = transcriber
        self._responder = choose_responder(responder)
        self._speaker = speaker
        self._vad = vad
        self._pace = pace
        self._host, self._port = host, port
        self._thread: ServerThread | None = None
        self._lock = threading.Lock()
        self.note = describe_responder(self._responder)
        _engines.add(self)

    @classmethod
    def shared(cls) -> LocalEngine:
        """Return the engine that all sessions of this process with `engine="local"` share."""
        with LocalEngine._shared_lock:
            if LocalEngine._shared is None:
                LocalEngine._shared = cls()
            return LocalEngine._shared

    async def open(self, *, model: str) -> Endpoint:
        """Start the server unless it runs, and return its address.

        Raises:
            EngineError: A package is missing, or the server can't listen.
        """
        base_url = await asyncio.shield(asyncio.wrap_future(self._start().address))
        return Endpoint(websocket_url(base_url, model=model))

    def start(self) -> str:
        """Start the server unless it runs, wait for it and return its base URL, `http://127.0.0.1:…/v1`.

        Raises:
            EngineError: A package is missing, or the server can't listen.
        """
        return self._start().address.result()

    async def close(self) -> None:
        """Stop the server, its child processes and its thread; `open` starts them again."""
        await asyncio.to_thread(self.stop)

    def stop(self) -> None:
        """Do what `close` does, and wait for it."""
        with self._lock:
            thread, self._thread = self._thread, None
        if thread is not None:
            thread.stop()

    @property
    def is_running(self) -> bool:
        """Whether the server runs."""
        thread = self._thread
        return thread is not None and thread.is_alive

    def _start(self) -> ServerThread:
        self._check_packages()
        with self._lock:
            if self._thread is None or not self._thread.is_alive:
                self._thread = ServerThread(self.make_server)
                self._thread.start()
            return self._thread

    def _check_packages(self) -> None:
        wanted = list(_SERVER_PACKAGES)
        wanted += [
            package for stage, package in _SPEECH_PACKAGES.items() if getattr(self, f"_{stage}") is None
        ]
        absent = [package for package in wanted if importlib.util.find_spec(package) is None]
        if absent:
            names = " and ".join(package.replace("_", "-") for package in absent)
            raise EngineError(
                f"The offline engine isn't installed: {names} {'is' if len(absent) == 1 else 'are'} missing.",
                remedy=_INSTALL,
                code="engine_missing",
            )

    def make_server(self) -> Server:
        """Return a server that isn't started, for an event loop of one's own.

        Raises:
            EngineError: A package is missing.
        """
        self._check_packages()
        # Imported here, in the server's own thread: aiohttp and the speech parts are an extra.
        from realtime_widget.local.connection import ConnectionOptions
        from realtime_widget.local.generation import Pace
        from realtime_widget.local.parts import Parts
        from realtime_widget.local.server import Server
        from realtime_widget.local.vad import make_vad

        kind = self._vad
        pace = self._pace if isinstance(self._pace, Pace) else Pace(speed=self._pace or Pace().speed)
        options = ConnectionOptions(pace=pace, new_vad=kind if callable(kind) else lambda: make_vad(kind))
        speaker = self._speaker or _default_speaker()
        transcriber = self._transcriber or _default_transcriber(speaker)
        parts = Parts.of(transcriber, self._responder, speaker)
        return Server(parts, host=self._host, port=self._port, options=options)

    def __repr__(self) -> str:
        """Name what answers, and whether it runs."""
        state = "running" if self.is_running else "not running"
        return f"LocalEngine({type(self._responder).__name__}, {state})"


def _default_speaker() -> Speaker:
    from realtime_widget.local.speaker import EspeakSpeaker

    return EspeakSpeaker()


def _default_transcriber(speaker: Speaker) -> Transcriber:
    from realtime_widget.local.recogniser import PocketsphinxTranscriber

    # The speaker knows how words sound that the recogniser's dictionary lacks.
    return PocketsphinxTranscriber(phonemes=getattr(speaker, "phonemes", None))


_engines: weakref.WeakSet[LocalEngine] = weakref.WeakSet()


def _stop_all() -> None:
    for engine in list(_engines):
        engine.stop()


# `atexit` alone is too late: closing needs worker threads, whose pool ends before. Hooks run last one
# first, so the pool's must be there already. The hook is private to `threading`; without it, children end
# with their pipes.
importlib.import_module("concurrent.futures.thread")
_at_exit: Callable[[Callable[[], None]], object] = getattr(threading, "_register_atexit", atexit.register)
_at_exit(_stop_all)
