"""The fixture itself: a cell runs, a widget opens a comm, a message reaches its handler."""

import pytest

from tests.kernel.client import Kernel

pytestmark = pytest.mark.kernel


def test_a_cell_runs_and_its_output_comes_back(kernel: Kernel) -> None:
    outputs = kernel.run("print('out'); 6 * 7")
    assert outputs.stdout == "out\n"
    assert outputs.displays[-1]["text/plain"] == "42"
    assert kernel.value("[1, 'two', None]") == [1, "two", None]


def test_an_error_is_reported_with_its_traceback(kernel: Kernel) -> None:
    outputs = kernel.run("1 / 0", check=False)
    assert outputs.error is not None
    assert "ZeroDivisionError" in outputs.error


def test_the_package_imports_in_a_kernel(kernel: Kernel) -> None:
    assert kernel.run("import realtime_widget").stderr == ""


@pytest.mark.parametrize("channel", ["shell", "control"])
def test_a_page_can_send_bytes_to_a_widget(kernel: Kernel, channel: str) -> None:
    opened = kernel.run(
        "import anywidget\n"
        "from IPython import get_ipython\n"
        "k = get_ipython().kernel\n"
        "k.control_handlers['comm_msg'] = k.comm_manager.comm_msg\n"
        "class Probe(anywidget.AnyWidget):\n"
        "    _esm = 'export default {render() {}}'\n"
        "p = Probe()\n"
        "got = []\n"
        "def receive(widget, content, buffers):\n"
        "    got.append((content, bytes(buffers[0])))\n"
        "    widget.send({'type': 'ack'})\n"
        "p.on_msg(receive)\n"
    )
    assert kernel.value("p.comm.comm_id") in {m["content"]["comm_id"] for m in opened.comm_messages}
    comm_id = kernel.value("p.comm.comm_id")
    data = {"method": "custom", "content": {"type": "audio", "seq": 0}}
    kernel.comm_message(comm_id, data, buffers=(b"\x01\x02",), channel=channel)
    kernel.published(
        until=lambda m: m["msg_type"] == "comm_msg" and m["content"]["data"].get("content") == {"type": "ack"}
    )
    assert kernel.value("[got[0][0], got[0][1].hex()]") == [{"type": "audio", "seq": 0}, "0102"]
