"""A session in cells of a real kernel, on an engine with a script."""

import os
from typing import Any

import psutil
import pytest

from tests.kernel.client import Kernel

pytestmark = pytest.mark.kernel

SESSION = """
from realtime_widget import RealtimeSession
from realtime_widget.testing import ScriptedEngine, audio_response
engine = ScriptedEngine(on={"response.create": lambda command: audio_response("Hi there.")})
session = RealtimeSession(engine=engine)
"""
LOCAL = """
import os
from realtime_widget import RealtimeSession
session = RealtimeSession(engine="local").start()
"""
VIEW = "application/vnd.jupyter.widget-view+json"


def custom(message: dict[str, Any]) -> dict[str, Any]:
    """What a comm message says, if it is one of the widget's own."""
    if message["msg_type"] != "comm_msg":
        return {}
    data = message["content"]["data"]
    return data.get("content", {}) if data.get("method") == "custom" else {}


def say(
    kernel: Kernel, kind: str, *, channel: str = "shell", subshell_id: str | None = None, **fields: Any
) -> None:
    comm_id = kernel.value("session.panel().comm.comm_id")
    post(kernel, comm_id, kind, channel=channel, subshell_id=subshell_id, **fields)


def post(kernel: Kernel, comm_id: str, kind: str, *, pcm: bytes | None = None, **fields: Any) -> None:
    route = {name: fields.pop(name) for name in ("channel", "subshell_id") if name in fields}
    content = {"type": kind, "page": "one", **fields}
    buffers = () if pcm is None else (pcm,)
    kernel.comm_message(comm_id, {"method": "custom", "content": content}, buffers=buffers, **route)


def test_a_conversation_in_cells(kernel: Kernel) -> None:
    kernel.run(SESSION)
    outputs = kernel.run("with session:\n    turn = session.ask('hello')\nprint(turn.text)")
    assert (outputs.stdout, outputs.stderr) == ("Hi there.\n", "")
    assert kernel.value("session.transcript.df.text.tolist()") == ["hello", "Hi there."]
    table = kernel.run("session.transcript.df").displays[-1]
    assert "Hi there." in table["text/html"]
    sound = kernel.run("turn.audio").displays[-1]
    assert "audio" in sound["text/html"]


def test_a_conversation_with_await(kernel: Kernel) -> None:
    kernel.run(SESSION)
    outputs = kernel.run(
        "async with session:\n    turn = await session.aask('hello')\n    await session.asettle()\nturn.text"
    )
    assert outputs.displays[-1]["text/plain"] == "'Hi there.'"
    assert outputs.stderr == ""


def test_showing_a_session_shows_its_panel(kernel: Kernel) -> None:
    kernel.run(SESSION)
    first = kernel.run("session")
    panel, saved = first.displays
    assert VIEW in panel
    assert panel["text/plain"].startswith("A panel to talk in")
    assert "Nothing was said yet" in saved["text/plain"]
    [opened] = [
        m for m in first.comm_messages if m["msg_type"] == "comm_open" and "anywidget" in str(m["content"])
    ]
    assert opened["content"]["comm_id"] == kernel.value("session.panel().comm.comm_id")
    again = kernel.run("session.panel()")
    assert again.displays[0][VIEW]["model_id"] == panel[VIEW]["model_id"]
    kernel.run("session.start(); session.stop()")


def test_nothing_is_printed_into_cells_from_behind(kernel: Kernel) -> None:
    kernel.run(SESSION + "session.start(); None")
    kernel.run(
        "import logging; session.panel()\n"
        "@session.tool\n"
        "def noisy(n: int) -> int:\n    'Raise.'\n    raise ValueError('loud')\n"
        "from realtime_widget.testing import call_response\n"
        "engine.push(call_response(('noisy', {'n': 1})))\n"
    )
    kernel.run("engine.wait_for('conversation.item.create'); None")
    outputs = kernel.run("session.ask('hello'); session.settle(); session.stop(); 1")
    assert (outputs.stdout, outputs.stderr) == ("", "")
    assert kernel.value("session.tool_calls.df.status.tolist()") == ["failed"]


def test_a_page_is_answered_over_its_comm(kernel: Kernel) -> None:
    kernel.run(SESSION + "session")
    say(kernel, "page.ready", secure=True, has_microphone=True)
    seen = kernel.published(until=lambda m: custom(m).get("type") == "turns" and custom(m)["reset"])
    assert "state" in {custom(m).get("type") for m in seen}
    say(kernel, "start", mic="none", detail=None)
    say(kernel, "text", text="hello")
    seen = kernel.published(until=lambda m: custom(m).get("type") == "audio.end")
    [first, *_] = [m for m in seen if custom(m).get("type") == "audio"]
    assert custom(first)["page"] == "one"
    assert len(first["buffers"]) == 1
    kernel.run("session.stop()")


@pytest.mark.parametrize("route", ["subshell", "control"])
def test_the_microphone_is_heard_while_a_cell_sleeps(kernel: Kernel, route: str) -> None:
    kernel.run(SESSION + "session")
    kernel.run(
        "from IPython import get_ipython\n"
        "kernel = get_ipython().kernel\n"
        "kernel.control_handlers['comm_msg'] = kernel.comm_manager.comm_msg\n"
    )
    fields: dict[str, Any] = {"channel": "control"}
    if route == "subshell":
        if not kernel.client.kernel_info(reply=True)["content"].get("supported_features"):
            pytest.skip("this kernel has no subshells")
        fields = {"subshell_id": open_subshell(kernel)}
    comm_id = kernel.value("session.panel().comm.comm_id")
    say(kernel, "start", mic="open", detail=None)
    kernel.published(until=lambda m: custom(m).get("state", {}).get("status") == "connected")
    kernel.start(
        "import time\n"
        "begin, heard = time.monotonic(), None\n"
        "while heard is None and time.monotonic() < begin + 20:\n"
        "    time.sleep(0.02)\n"
        "    if engine.received_audio:\n"
        "        heard = len(engine.received_audio)\n"
    )
    kernel.published(
        until=lambda m: m["msg_type"] == "execute_input" and "received_audio" in m["content"]["code"]
    )
    post(kernel, comm_id, "audio", pcm=bytes(2_880), seq=0, first_sample=0, captured_ms=0.0, **fields)
    assert kernel.value("heard") == 2_880
    kernel.run("session.stop()")


def open_subshell(kernel: Kernel) -> str:
    """Ask the kernel for a subshell, as JupyterLab does; gives its id."""
    client = kernel.client
    request = client.session.msg("create_subshell_request")
    client.control_channel.send(request)
    while True:
        reply = client.get_control_msg(timeout=10)
        if reply["parent_header"].get("msg_id") == request["header"]["msg_id"]:
            return str(reply["content"]["subshell_id"])


@pytest.mark.speech
def test_a_kernel_that_ends_leaves_no_process_behind(kernel: Kernel) -> None:
    kernel.run(LOCAL)
    pid = kernel.value("os.getpid()")
    assert pid != os.getpid()
    family = psutil.Process(pid).children(recursive=True)
    assert family, "the recogniser and the speaker are processes of their own"
    kernel.client.shutdown(restart=True)
    gone, alive = psutil.wait_procs([psutil.Process(pid), *family], timeout=15)
    assert not alive, [process.cmdline() for process in alive]
    assert len(gone) == len(family) + 1


@pytest.mark.speech
def test_a_kernel_that_is_killed_leaves_no_process_behind(kernel: Kernel) -> None:
    kernel.run(LOCAL)
    process = psutil.Process(kernel.value("os.getpid()"))
    family = process.children(recursive=True)
    assert family
    process.kill()
    _, alive = psutil.wait_procs(family, timeout=15)
    assert not alive, [child.cmdline() for child in alive]
