"""The panel in marimo, where cells react to it.

`panel = mo.ui.anywidget(session.panel())`: cells that read `panel.value` run again when a turn has ended.
marimo reacts to changes that come from the page, so the page raises a count; words are no trait here either.
"""

from __future__ import annotations

from typing import Any

import traitlets

from ..data.display.marimo import running_marimo
from .widget import RealtimeWidget

__all__ = ["ReactiveWidget", "panel_kind"]


class ReactiveWidget(RealtimeWidget):
    """A panel whose value in marimo holds the conversation, as `value["transcript"]`."""

    turns_done = traitlets.Int(0).tag(sync=True)
    """Raised by the page when a turn has ended, or was changed after its end."""

    @property
    def transcript(self) -> list[dict[str, str]]:
        """The turns now, in conversation order: `id`, `role`, `text` and `status` of each."""
        return [
            {"id": turn.id, "role": turn.role, "text": turn.text, "status": turn.status}
            for turn in self.session.transcript
        ]

    def get_state(self, key: Any = None, drop_defaults: bool = False) -> Any:
        """Return the synced traits; the whole of it, marimo's value, has the transcript too."""
        state = super().get_state(key, drop_defaults)
        # While it is being made its state is sent to the page, which has no use for the words in it.
        if key is None and hasattr(self, "_session"):
            state["transcript"] = self.transcript
        return state

    @property
    def gone(self) -> bool:
        """Whether its comm is closed: marimo closes it when the cell that made the panel runs again."""
        manager = getattr(self.comm, "comm_manager", None)
        return self.comm is None or (manager is not None and self.comm.comm_id not in manager.comms)

    def _receive(self, widget: object, content: Any, buffers: list[Any]) -> None:
        # Whatever thread it is (an app's kernels are threads of the server), cells run on it too.
        self._link.receive(content, buffers, wire=self._post, handled="main")

    def _post(self, content: dict[str, Any], buffers: list[bytes]) -> None:
        if self.gone:
            self.close()
            return
        super()._post(content, buffers)


def panel_kind() -> type[RealtimeWidget]:
    """Return the kind of panel for where this code runs."""
    return RealtimeWidget if running_marimo(shown=False) is None else ReactiveWidget
