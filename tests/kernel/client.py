"""Drive a real ipykernel over its own sockets."""

import ast
import json
import queue
import time
from dataclasses import dataclass, field
from typing import Any

import pytest
from jupyter_client.blocking import BlockingKernelClient


@dataclass(frozen=True)
class Outputs:
    """What one cell gave: its streams, its displayed mime bundles, its error, every message it published."""

    stdout: str = ""
    stderr: str = ""
    displays: tuple[dict[str, Any], ...] = ()
    error: str | None = None
    messages: tuple[dict[str, Any], ...] = field(default=(), repr=False)

    @property
    def comm_messages(self) -> tuple[dict[str, Any], ...]:
        """Everything the cell sent to the front end over comms, in order."""
        return tuple(m for m in self.messages if m["msg_type"].startswith("comm_"))


class Kernel:
    """One running kernel and one client on it."""

    def __init__(self, client: BlockingKernelClient) -> None:
        self.client = client

    def run(self, code: str, *, timeout_s: float = 30, check: bool = True) -> Outputs:
        """Run a cell and wait until the kernel is idle; with `check`, an error in it fails the test."""
        messages: list[dict[str, Any]] = []
        self.client.execute_interactive(
            code, timeout=timeout_s, output_hook=messages.append, allow_stdin=False, store_history=True
        )
        outputs = _collect(messages)
        if check and outputs.error is not None:
            pytest.fail(f"the cell raised:\n{outputs.error}\n--- cell\n{code}", pytrace=False)
        return outputs

    def start(self, code: str) -> str:
        """Start a cell without waiting for it; gives the id of the request."""
        return str(self.client.execute(code, allow_stdin=False))

    def value(self, expression: str, *, timeout_s: float = 30) -> Any:
        """The value of a Python expression, carried as JSON; publishes nothing."""
        return evaluate(self.client, expression, timeout_s=timeout_s)

    def comm_message(
        self,
        comm_id: str,
        data: dict[str, Any],
        *,
        buffers: tuple[bytes, ...] = (),
        channel: str = "shell",
        subshell_id: str | None = None,
    ) -> None:
        """Send what a page would send over a comm, on the shell or the control channel."""
        message = self.client.session.msg("comm_msg", {"comm_id": comm_id, "data": data})
        if subshell_id is not None:
            message["header"]["subshell_id"] = subshell_id
        stream = {"shell": self.client.shell_channel, "control": self.client.control_channel}[channel]
        self.client.session.send(stream.socket, message, buffers=list(buffers))

    def published(self, *, until: Any, timeout_s: float = 10) -> list[dict[str, Any]]:
        """Messages published on iopub, up to and with the first for which `until` is true."""
        seen: list[dict[str, Any]] = []
        end = time.monotonic() + timeout_s
        while time.monotonic() < end:
            try:
                seen.append(self.client.get_iopub_msg(timeout=end - time.monotonic()))
            except queue.Empty:
                break
            if until(seen[-1]):
                return seen
        raise AssertionError(f"not published within {timeout_s} s; seen: {[m['msg_type'] for m in seen]}")


def evaluate(client: BlockingKernelClient, expression: str, *, timeout_s: float = 30) -> Any:
    """Evaluate an expression in a kernel; nothing is printed, nothing enters the history."""
    wrapped = f"__import__('json').dumps({expression}, default=str)"
    request = client.execute("", silent=True, store_history=False, user_expressions={"it": wrapped})
    end = time.monotonic() + timeout_s
    while True:
        reply = client.get_shell_msg(timeout=max(0.0, end - time.monotonic()))
        if reply["parent_header"].get("msg_id") == request:
            break
    answer = reply["content"]["user_expressions"]["it"]
    if answer["status"] != "ok":
        raise AssertionError(f"{expression!r} raised {answer['ename']}: {answer['evalue']}")
    return json.loads(ast.literal_eval(answer["data"]["text/plain"]))


def _collect(messages: list[dict[str, Any]]) -> Outputs:
    streams = {"stdout": "", "stderr": ""}
    displays: list[dict[str, Any]] = []
    error = None
    for message in messages:
        content = message["content"]
        match message["msg_type"]:
            case "stream":
                streams[content["name"]] += content["text"]
            case "display_data" | "execute_result":
                displays.append(content["data"])
            case "error":
                error = "\n".join(content["traceback"])
    return Outputs(displays=tuple(displays), error=error, messages=tuple(messages), **streams)
