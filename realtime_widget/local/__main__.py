"""Run the offline engine by itself: `python -m realtime_widget.local --port 8000`."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import sys
from collections.abc import Sequence

from realtime_widget.errors import RealtimeError
from realtime_widget.local.engine import VADS, LocalEngine
from realtime_widget.local.responders.base import Responder


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until interrupted; return the exit status."""
    options = _parser().parse_args(arguments)
    try:
        engine = _engine(options)
        return asyncio.run(_serve(engine))
    except RealtimeError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"The offline engine can't start: {error}. Choose another --port or --host.\n")
        return 1
    except KeyboardInterrupt:  # where signal handlers can't be set
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m realtime_widget.local",
        description="Serve the OpenAI Realtime protocol on this machine, without a key or a network.",
    )
    parser.add_argument("--port", type=int, default=0, help="port to listen on; 0 for a free one (default)")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument(
        "--responder",
        default="demo",
        metavar="demo|URL",
        help="what answers: the demo, or an OpenAI-compatible chat endpoint such as http://127.0.0.1:11434/v1",
    )
    parser.add_argument("--model", help="model of the chat endpoint (default: the first one it lists)")
    parser.add_argument(
        "--voice-model",
        choices=("default", "modem"),
        default="default",
        help="what hears and speaks: speech, or tones that carry text exactly, for tests",
    )
    parser.add_argument("--vad", choices=VADS, help="voice detection (default: silero where it is installed)")
    parser.add_argument("--pace", type=float, help="how fast speech is sent, times real time (default: 4)")
    return parser


def _engine(options: argparse.Namespace) -> LocalEngine:
    responder: Responder | str | None = None if options.responder == "demo" else options.responder
    if options.model and isinstance(responder, str):
        from realtime_widget.local.responders.chat import ChatResponder

        responder = ChatResponder(responder, options.model)
    transcriber = speaker = None
    vad = options.vad or "auto"
    if options.voice_model == "modem":
        from realtime_widget.local.modem import ModemSpeaker, ModemTranscriber

        transcriber, speaker = ModemTranscriber(), ModemSpeaker()
        vad = options.vad or "energy"  # tones aren't speech to a network trained on speech
    return LocalEngine(
        transcriber,
        responder,
        speaker,
        vad=vad,
        pace=options.pace,
        host=options.host,
        port=options.port,
    )


async def _serve(engine: LocalEngine) -> int:
    server = engine.make_server()
    await server.start()
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows
            loop.add_signal_handler(number, stopping.set)
    sys.stdout.write(f"The offline engine listens at {server.base_url}\n")
    sys.stdout.flush()
    try:
        await stopping.wait()
    finally:
        await server.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
