"""What a person does in a panel, carried out in the session."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from . import messages

if TYPE_CHECKING:
    from .link import PageLink

__all__ = ["HANDLERS"]


def _on_start(link: PageLink, message: messages.Start) -> None:
    link.own(message.page, take_over=True)
    link.notice = None
    link.run(_begin(link, message.page))


async def _begin(link: PageLink, page: str) -> None:
    try:
        await link.core.start()
    except Exception:
        # A start that is refused before it begins changes no status, for which the page waits.
        link.send(messages.start_failed(page), [])
        raise


def _on_stop(link: PageLink, message: messages.Stop) -> None:
    link.stop_session()


def _on_mic(link: PageLink, message: messages.Microphone) -> None:
    # Why a microphone failed, and the remedy, is said by the page that knows it.
    if message.state == "open" and message.page == link.owner:
        link.listening.pause()  # the voice, which it has already, goes on
    elif message.state == "open":
        link.own(message.page, take_over=True)
    elif message.page == link.owner:
        link.core.microphone_closed()


def _on_text(link: PageLink, message: messages.Text) -> None:
    link.own(message.page, take_over=False)

    async def say() -> None:
        await _begin(link, message.page)
        if link.core.traits.get("speaking"):
            await link.core.interrupt(cancel=True)
        await link.verbs.send_text(message.text, True)

    link.run(say())


def _on_interrupt(link: PageLink, message: messages.Interrupt) -> None:
    link.run(link.core.interrupt(cancel=True))


def _on_mute(link: PageLink, message: messages.Mute) -> None:
    link.listening.pause()  # what was held back isn't lost
    link.core.mute(message.muted)


def _on_settings(link: PageLink, message: messages.Settings) -> None:
    given = {name: getattr(message, name) for name in ("voice", "turn_detection", "instructions")}
    options: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    if options.get("turn_detection") == "none":
        options["turn_detection"] = None
    link.run(link.verbs.update(options))


def _on_ptt(link: PageLink, message: messages.PushToTalk) -> None:
    if message.phase == "press":
        link.listening.pause()  # what lies between two holds isn't lost
        link.verbs.press()
    else:
        link.verbs.release(keep=message.phase == "release")


HANDLERS: dict[type[messages.PageMessage], Callable[[PageLink, Any], None]] = {
    messages.Start: _on_start,
    messages.Stop: _on_stop,
    messages.Microphone: _on_mic,
    messages.Text: _on_text,
    messages.Interrupt: _on_interrupt,
    messages.Mute: _on_mute,
    messages.Settings: _on_settings,
    messages.PushToTalk: _on_ptt,
}
