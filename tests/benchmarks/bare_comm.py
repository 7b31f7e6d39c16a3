"""What the comm alone takes: a bare widget in the same page that sends and gets buffers of the same size."""

from tests.browser.notebook import LabNotebook

CELL = '''
import anywidget, time, threading
from realtime_widget.widget.routing import keep_subshell

class Bare(anywidget.AnyWidget):
    _esm = """
    export default {
      initialize({ model }) {
        const now = () => performance.timeOrigin + performance.now();
        window.bareComm = { came: [], send: (n, bytes, period_ms) => {
          const timer = setInterval(() => {
            model.send({ sent_ms: now() }, undefined, [new ArrayBuffer(bytes)]);
            if (--n === 0) clearInterval(timer);
          }, period_ms);
        } };
        model.on("msg:custom", (content) => window.bareComm.came.push(now() - content.sent_ms));
      },
    };"""

bare, bare_in = Bare(), []
keep_subshell(bare.comm)
bare.on_msg(lambda widget, content, buffers: bare_in.append(time.time() * 1000 - content["sent_ms"]))

def bare_out(n, n_bytes, period_s):
    def run():
        for _ in range(n):
            bare.send({"sent_ms": time.time() * 1000}, [bytes(n_bytes)])
            time.sleep(period_s)
    threading.Thread(target=run).start()
bare
'''


def measure(
    notebook: LabNotebook, *, n: int, n_bytes: int, period_ms: float
) -> tuple[list[float], list[float]]:
    """Send `n` buffers each way, one after the other; gives the delays in ms, to the kernel and back."""
    notebook.page.evaluate(
        "([n, bytes, period_ms]) => window.bareComm.send(n, bytes, period_ms)", [n, n_bytes, period_ms]
    )
    notebook.kernel.wait_for(f"len(bare_in) >= {n}", timeout_s=n * period_ms / 1000 + 30)
    notebook.kernel.value(f"bare_out({n}, {n_bytes}, {period_ms / 1000})")
    notebook.page.wait_for_function(
        "n => window.bareComm.came.length >= n", arg=n, timeout=n * period_ms + 30_000
    )
    return notebook.kernel.value("bare_in"), notebook.page.evaluate("() => window.bareComm.came")
