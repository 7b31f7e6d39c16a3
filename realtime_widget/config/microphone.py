"""The microphone of a page: which one, and what the browser does to its sound before it is sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .checks import check_bool, check_text

__all__ = ["Microphone"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Microphone:
    """How the page that talks opens its microphone.

    What a person changes in the panel's section Sound counts from then on, in that browser.

    Args:
        device: A part of the microphone's name as the browser shows it, in any case, or its id; None for the
            system's default. A page without such a microphone says so and takes the default.
        echo_cancellation: Take the answer out of what the microphone hears. Without it the voice from a
            loudspeaker interrupts itself, unless the session is `half_duplex`.
        noise_suppression: Take out steady noise.
        auto_gain_control: Make quiet speech louder.

    Raises:
        ConfigError: A wrong value; the message names the right ones.
    """

    device: str | None = None
    echo_cancellation: bool = True
    noise_suppression: bool = True
    auto_gain_control: bool = True

    def __post_init__(self) -> None:
        if self.device is not None:
            check_text("device", self.device)
        check_bool("echo_cancellation", self.echo_cancellation)
        check_bool("noise_suppression", self.noise_suppression)
        check_bool("auto_gain_control", self.auto_gain_control)

    def to_page(self) -> dict[str, Any]:
        """Return what a page is told."""
        return {
            "device": self.device,
            "echo_cancellation": self.echo_cancellation,
            "noise_suppression": self.noise_suppression,
            "auto_gain_control": self.auto_gain_control,
        }
