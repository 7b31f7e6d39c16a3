"""In which host this kernel runs, as far as a kernel can tell: by its environment and by what is loaded.

The page knows better than the kernel (`js/src/host.ts`): a kernel can't tell JupyterLab from Notebook, and a
kernel of a remote server doesn't see the VS Code at its other end unless that left a sign.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from typing import Any, Literal

from ..data.display.marimo import running_marimo

__all__ = ["COLAB_CALL", "Host", "behind_hub", "display_limit", "host", "kernel_limits"]

Host = Literal["colab", "marimo", "voila", "vscode", "jupyter", "unknown"]

COLAB_CALL = "from google.colab import output; output.enable_custom_widget_manager()"


def host() -> Host:
    """Name the host; `"jupyter"` for any other Jupyter kernel, `"unknown"` outside of notebooks."""
    return next((name for name, shows in _SIGNS if shows(os.environ)), "unknown")


def behind_hub(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether a JupyterHub started this server: pages are reached through its proxy."""
    return "JUPYTERHUB_SERVICE_PREFIX" in environ or "JUPYTERHUB_API_URL" in environ


def display_limit() -> str | None:
    """Say why this host would not show a widget, and what to do; None where nothing is known against it."""
    output = sys.modules.get("google.colab.output")
    widgets = getattr(output, "_widgets", None)
    if widgets is None or getattr(widgets, "_installed_url", "") is not None:
        return None
    return f"Colab shows the panel only after this call, in a cell of its own: {COLAB_CALL}"


def kernel_limits() -> list[tuple[str, str]]:
    """Say what is known to be different where this kernel runs, and what to do about it, as pairs."""
    limits = []
    if host() == "vscode":
        limits.append(("This kernel belongs to VS Code, which gives notebooks no microphone.", _IN_VSCODE))
    if behind_hub():
        limits.append(
            ("This server belongs to a JupyterHub: sound takes the way through its proxy.", _BEHIND_HUB)
        )
    return limits


_IN_VSCODE = (
    "Type, send sound from a cell with session.send_audio(…), "
    "or open the notebook in JupyterLab in a browser."
)
_BEHIND_HUB = (
    "The hub must be reached over https. For the quickest voice, install realtime-widget where the "
    "user's server runs, not only in the kernel's environment."
)


def _in_vscode(environ: Mapping[str, str]) -> bool:
    if "__vsc_ipynb_file__" in _user_names():
        return True
    # A server that was started from VS Code's terminal has its variables too, and is no VS Code.
    return "JPY_SESSION_NAME" not in environ and ("VSCODE_PID" in environ or "VSCODE_CWD" in environ)


def _user_names() -> Mapping[str, Any]:
    names: Mapping[str, Any] = getattr(_shell(), "user_ns", {})
    return names


def _shell() -> Any:
    ipython = sys.modules.get("IPython")
    return None if ipython is None else ipython.get_ipython()


def _in_kernel(environ: Mapping[str, str]) -> bool:
    return getattr(_shell(), "kernel", None) is not None


_SIGNS: tuple[tuple[Host, Callable[[Mapping[str, str]], bool]], ...] = (
    ("marimo", lambda environ: running_marimo() is not None),  # of this thread
    ("colab", lambda environ: "google.colab" in sys.modules),
    ("voila", lambda environ: environ.get("SERVER_SOFTWARE", "").startswith("voila/")),
    ("vscode", lambda environ: _in_kernel(environ) and _in_vscode(environ)),
    ("jupyter", _in_kernel),
)
