"""In which cell of a notebook something runs, as far as the front end tells.

A cell that makes a session and is run again makes another one. The first is then out of reach for its user,
but not gone: its panel, or the notebook's history of outputs, holds it.
"""

from __future__ import annotations

import sys
import threading
from typing import Any, NamedTuple

__all__ = ["Cell", "current_cell"]


class Cell(NamedTuple):
    """One run of a cell.

    Attributes:
        cell_id: Names the cell in its notebook; the same for each of its runs.
        run_id: Names the run.
    """

    cell_id: str
    run_id: str

    def follows(self, earlier: Cell | None) -> bool:
        """Whether this is a later run of the same cell."""
        return earlier is not None and self.cell_id == earlier.cell_id and self.run_id != earlier.run_id


def current_cell() -> Cell | None:
    """Return the cell that runs now; None on other threads, and where the front end names no cells."""
    ipython = sys.modules.get("IPython")
    if ipython is None or threading.current_thread() is not threading.main_thread():
        return None
    shell = ipython.get_ipython()
    try:
        parent: Any = shell.kernel.get_parent("shell")
        cell_id, run_id = parent["metadata"]["cellId"], parent["header"]["msg_id"]
    except (AttributeError, KeyError, TypeError, LookupError):
        return None
    return Cell(str(cell_id), str(run_id)) if cell_id and run_id else None
