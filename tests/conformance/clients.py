"""The clients, each with its own environment and its own driver, and what a run of one gave."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from tests.conformance.recorder import Recorded

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SHARED = HERE / "shared"
RUN_LIMIT_S = 500
"""More than the limits of a driver's turns together, so that it can tell itself which one hung."""


@dataclass(frozen=True)
class Client:
    """A client.

    Attributes:
        name: What it is called where it is published.
        folder: Where its driver lives, and what its environment is called.
        validator: The script that checks events against its models, if those are strict.
    """

    name: str
    folder: str
    validator: Path | None = None

    @property
    def interpreter(self) -> Path:
        """What runs its driver."""
        if self.is_javascript:
            return ROOT / ".venv/bin/node"
        scripts = "Scripts" if sys.platform == "win32" else "bin"
        return ROOT / ".venv/conformance" / self.folder / scripts / "python"

    @property
    def is_javascript(self) -> bool:
        """Whether it runs in node."""
        return (HERE / self.folder / "package.json").exists()

    @property
    def is_installed(self) -> bool:
        """Whether its environment was made."""
        modules = HERE / self.folder / "node_modules"
        return self.interpreter.exists() and (modules.exists() or not self.is_javascript)


CLIENTS = (
    Client("openai", "openai", SHARED / "validate.py"),
    Client("openai-agents", "openai_agents", SHARED / "validate.py"),
    Client("pipecat-ai", "pipecat"),
    Client("livekit-plugins-openai", "livekit"),
    Client("@openai/agents-realtime", "agents_js", HERE / "agents_js/validate.mjs"),
)


@dataclass(frozen=True)
class Run:
    """What a driver told, and what was said on the wire meanwhile."""

    client: Client
    reports: dict[str, dict[str, Any]]
    records: tuple[Recorded, ...] = field(repr=False)
    errors: str = field(repr=False)
    """The driver's stderr."""

    def facts(self, turn: str) -> dict[str, Any]:
        """Return what a turn told.

        Raises:
            AssertionError: It failed, or was never reached.
        """
        report = self.reports.get(turn)
        assert report is not None, f"{self.client.name} never came to the turn '{turn}'.\n{self.told}"
        assert "facts" in report, f"{self.client.name} failed:\n{report.get('error')}\n{self.told}"
        facts: dict[str, Any] = report["facts"]
        return facts

    @cached_property
    def told(self) -> str:
        """The end of the driver's stderr and of the conversation, for a failure's message."""
        events = "\n".join(_line(record) for record in self.records if record.kind not in _SOUND)
        return f"--- stderr\n{self.errors[-6000:]}\n--- events\n{events[-20000:]}"

    def sent(self, kind: str, *, by_engine: bool) -> list[dict[str, Any]]:
        """Return the events of a type that one side sent."""
        return [r.event for r in self.records if r.kind == kind and r.by_engine is by_engine]


def run_driver(client: Client, base_url: str, speech: Path) -> tuple[dict[str, dict[str, Any]], str]:
    """Run a client's driver; return its reports by turn, and its stderr."""
    driver = HERE / client.folder / f"driver.{'mjs' if client.is_javascript else 'py'}"
    done = execute([client.interpreter, driver, "--base-url", base_url, "--speech", speech])
    lines = [line for line in done.stdout.splitlines() if line.startswith('{"turn"')]
    reports = {report["turn"]: report for report in map(json.loads, lines)}
    return reports, done.stderr + f"\n(exit status {done.returncode})"


def execute(command: Sequence[str | Path], *, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run a client's script: without keys and without a proxy, for the engine is on this machine."""
    lost = {name for name in os.environ if name.lower().endswith("_proxy") or name.startswith("OPENAI_")}
    environment = {name: value for name, value in os.environ.items() if name not in lost}
    environment |= {"PYTHONPATH": str(SHARED), "PYTHONDONTWRITEBYTECODE": "1", "NO_PROXY": "127.0.0.1"}
    try:
        return subprocess.run(
            command,
            input=stdin,
            env=environment,
            cwd=HERE,
            capture_output=True,
            text=True,
            timeout=RUN_LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        output, errors = (
            part.decode() if isinstance(part, bytes) else part or "" for part in (error.stdout, error.stderr)
        )
        return subprocess.CompletedProcess(command, -1, output, f"{errors}\n(ended after {RUN_LIMIT_S} s)")


_SOUND = (
    "input_audio_buffer.append",
    "response.output_audio.delta",
    "response.output_audio_transcript.delta",
)


def _line(record: Recorded) -> str:
    text = json.dumps(record.event)
    return f"{record.connection} {'<' if record.by_engine else '>'} {text[:240]}"
