"""A Jupyter server extension: what a kernel says goes to the page at once.

A server that collects small writes (Nagle's algorithm) holds the voice back until the page has acknowledged
what went before, and that takes its time while the microphone streams the other way: 28 ms instead of 8. It
can't be set from the kernel; where the package is installed beside the server it is enabled, and without it
everything works, only later.
"""

from __future__ import annotations

import functools
import importlib
import logging
from collections.abc import Callable
from typing import Any

# Where a page's socket to a kernel is handled: Jupyter Server 2 (its gateway too), and 1.
HANDLERS = (
    ("jupyter_server.services.kernels.websocket", "KernelWebsocketHandler"),
    ("jupyter_server.services.kernels.handlers", "ZMQChannelsHandler"),
)
PAGE_OPTION = "realtimeWidgetSendsAtOnce"
logger = logging.getLogger(__name__)


def _load_jupyter_server_extension(serverapp: Any) -> None:
    """Send at once on every kernel socket that is opened from now on; never raise, whatever the server is."""
    log = getattr(serverapp, "log", logger)
    for module, name in HANDLERS:
        try:
            send_at_once(getattr(importlib.import_module(module), name))
        except Exception as error:
            log.debug("realtime_widget: kernel sockets stay as they are: %s", error)
        else:
            tell_pages(serverapp)
            return


def tell_pages(serverapp: Any) -> None:
    """Let pages know by their configuration, where `realtime_widget.check()` looks it up."""
    settings = getattr(getattr(serverapp, "web_app", None), "settings", None)
    page_config = settings.setdefault("page_config_data", {}) if isinstance(settings, dict) else None
    if isinstance(page_config, dict):
        page_config[PAGE_OPTION] = "true"


def send_at_once(handler: Any) -> None:
    """Make a class of websocket handlers turn off Nagle's algorithm when a socket opens, once per class."""
    opened = handler.open
    if not hasattr(opened, "sends_at_once"):
        handler.open = _sending_at_once(opened)


def _sending_at_once(opened: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(opened)
    def open_at_once(self: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            self.set_nodelay(True)
        except Exception as error:  # closed already, or no TCP below: the socket works without
            logger.debug("realtime_widget: a kernel socket stays as it is: %r", error)
        return opened(self, *args, **kwargs)

    open_at_once.sends_at_once = True  # type: ignore[attr-defined]
    return open_at_once
