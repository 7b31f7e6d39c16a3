"""Where the kernel handles what a page sends; the one place that touches private parts of ipykernel.

JupyterLab sends comm messages over a subshell, so that they arrive while a cell runs. ipykernel 7.4 sends
them back to the main thread unless a comm's own routing leaves the header's subshell as it is.
"""

from __future__ import annotations

from typing import Any

__all__ = ["keep_subshell"]


def keep_subshell(comm: Any) -> bool:
    """Let a comm's messages stay on the subshell they came by; True where that had to be arranged."""
    if not hasattr(comm, "_reply_subshell_for"):
        return False
    comm._reply_subshell_for = lambda data, default: default
    return True
