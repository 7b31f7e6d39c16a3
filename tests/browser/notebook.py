"""One notebook open in JupyterLab or Notebook 7, and the kernel behind it."""

import contextlib
import time
from typing import Any

from jupyter_client.blocking import BlockingKernelClient
from playwright.sync_api import Error, Locator, Page

from tests.browser.lab import Host, LabServer
from tests.kernel.client import evaluate

# The toolbar's indicator may say idle before the kernel is connected, so ask the connection itself.
KERNEL_IDLE = """() => {
  const widget = window.jupyterapp?.shell?.currentWidget;
  const context = widget?.context?.sessionContext, kernel = context?.session?.kernel;
  return !!kernel && context.isReady && kernel.connectionStatus === 'connected' && kernel.status === 'idle';
}"""
KERNEL_ID = "() => window.jupyterapp.shell.currentWidget.context.sessionContext.session.kernel.id"
# Not awaited: the command's promise resolves when the last cell ends.
COMMAND = "id => { window.jupyterapp.commands.execute(id) }"
# Each executed cell has a number, none has a star.
ALL_CELLS_DONE = """() => {
  const cells = window.jupyterapp.shell.currentWidget.content.widgets.map(w => w.model)
    .filter(m => m.type === 'code' && m.sharedModel.getSource().trim());
  return cells.every(m => m.executionCount !== null && m.executionState !== 'running');
}"""
SELECT = "place => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = place }"
CELL_DONE = """place => {
  const { model } = window.jupyterapp.shell.currentWidget.content.widgets[place];
  return model.executionCount !== null && model.executionState !== 'running';
}"""
SAVED = "() => window.jupyterapp.shell.currentWidget.context.save()"


class KernelProbe:
    """A second client on a notebook's kernel, to read what the front end made it hold."""

    def __init__(self, server: LabServer, kernel_id: str) -> None:
        self._client = BlockingKernelClient(connection_file=str(server.connection_file(kernel_id)))
        self._client.load_connection_file()
        self._client.start_channels()

    def value(self, expression: str, *, timeout_s: float = 30) -> Any:
        """The value of a Python expression, carried as JSON."""
        return evaluate(self._client, expression, timeout_s=timeout_s)

    def wait_for(self, expression: str, *, timeout_s: float = 30) -> Any:
        """Poll an expression until it is true, as what a page sends arrives later; gives its value."""
        end = time.monotonic() + timeout_s
        while True:
            value = self.value(expression, timeout_s=timeout_s)
            if value:
                return value
            if time.monotonic() > end:
                raise AssertionError(f"not true within {timeout_s} s: {expression} (last: {value!r})")
            time.sleep(0.1)

    def close(self) -> None:
        """Close the client's sockets; the kernel goes on."""
        self._client.stop_channels()


class LabNotebook:
    """A page on one notebook: run its cells, find outputs, ask its kernel."""

    def __init__(self, server: LabServer, page: Page, name: str, host: Host = "lab") -> None:
        self.server = server
        self.page = page
        self.name = name
        self.host: Host = host
        self._probe: KernelProbe | None = None

    def open(self) -> "LabNotebook":
        """Load the page and wait until its kernel is idle."""
        self.page.goto(self.server.notebook_url(self.name, self.host))
        self.wait_kernel_idle()
        return self

    def another_page(self) -> "LabNotebook":
        """Open the same notebook in a second tab of the same browser; save first, or it shows no outputs."""
        self.save()
        return LabNotebook(self.server, self.page.context.new_page(), self.name, self.host).open()

    def reload(self) -> None:
        """Save, then load the page again: outputs and the kernel stay."""
        self.save()
        self.page.reload()
        self.wait_kernel_idle()

    def wait_kernel_idle(self, *, timeout_s: float = 60) -> None:
        """Wait until the page is connected to an idle kernel."""
        self.page.wait_for_function(KERNEL_IDLE, timeout=timeout_s * 1000)

    def start_all(self) -> None:
        """Run all cells without waiting for their end."""
        self.page.evaluate(COMMAND, "notebook:run-all-cells")

    def run_all(self, *, timeout_s: float = 60) -> None:
        """Run all cells and wait for the last to end."""
        self.start_all()
        self.page.wait_for_function(ALL_CELLS_DONE, timeout=timeout_s * 1000)
        self.wait_kernel_idle(timeout_s=timeout_s)

    def start_cell(self, place: int) -> None:
        """Run one cell, counted from 0, without waiting for its end."""
        self.page.evaluate(SELECT, place)
        self.page.evaluate(COMMAND, "notebook:run-cell")

    def wait_cell(self, place: int, *, timeout_s: float = 60) -> None:
        """Wait until a cell that was started has ended."""
        self.page.wait_for_function(CELL_DONE, arg=place, timeout=timeout_s * 1000)

    def command(self, command_id: str) -> None:
        """Execute a command of JupyterLab by its id."""
        self.page.evaluate(COMMAND, command_id)

    def save(self) -> None:
        """Save the notebook and wait until it is written."""
        self.page.evaluate(SAVED)

    def output(self, selector: str) -> Locator:
        """An element in the notebook's outputs."""
        return self.page.locator(".jp-Notebook .jp-OutputArea-output").locator(selector)

    def hook(self, name: str) -> Locator:
        """A part of the panel by its `data-rtw` hook: start, end, mute, text, send, transcript, turn, …"""
        return self.output(f'[data-rtw~="{name}"]')

    @property
    def kernel(self) -> KernelProbe:
        """A client on this notebook's kernel, made once."""
        if self._probe is None:
            self._probe = KernelProbe(self.server, self.page.evaluate(KERNEL_ID))
        return self._probe

    def close(self) -> None:
        """Close the probe and the page, and end the kernel."""
        if self._probe is not None:
            self._probe.close()
        if not self.page.is_closed():
            # A kernel that died may just be starting again, and can't be shut down: it ends with its server.
            with contextlib.suppress(Error):
                self.page.evaluate(
                    "() => window.jupyterapp?.shell?.currentWidget?.context?.sessionContext?.shutdown()"
                )
            self.page.close()
