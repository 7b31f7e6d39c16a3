"""Where the time of each answer went."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from . import stages
from .columns import Column
from .table import Table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from .pictures.picture import Picture

__all__ = ["Latency", "LatencyRow"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LatencyRow:
    """One answer of the assistant; moments are ms on the session's clock, None where there was none (yet).

    Where the user speaks into a page and hears the answer there, the page tells when, by its own clock. How
    far that is from the kernel's is measured all the time, and how exactly it is known stands beside.

    Attributes:
        turn: Place of the assistant's turn.
        response_id: The response that made it.
        speech_end_ms: When the user fell silent, at the microphone; None where the user typed, or the
            assistant just went on.
        committed_ms: When the engine took the user's turn as complete.
        created_ms: When the response began.
        first_token_ms: When its first word or sound came.
        first_audio_ms: When its first sound came.
        first_heard_ms: When its first sound was heard, at the loudspeaker; None where nothing plays sound.
        done_ms: When the response was complete.
        tool_ms: How long the turn's calls took, all added.
        voice_to_voice_ms: From the end of the user's speech to the first sound heard (or come, where nothing
            plays); the time for tools that were called before it is in it. Never below 0: where two moments
            lie nearer to one another than the clocks are known, they count as one.
        connection: Ordinal of the connection over which it came.
        first_text_ms: When its first word came, written or as the words of the sound.
        begun_ms: When the first response to the question began: before `created_ms` where that called tools
            and another one had to follow.
        tool_wait_ms: For how long between the two tools were running; calls at the same time count once.
        speech_end_error_ms: How far off `speech_end_ms` may be; None where no page's clock tells.
        first_heard_error_ms: Likewise of `first_heard_ms`.
    """

    turn: int
    response_id: str | None
    speech_end_ms: float | None = None
    committed_ms: float | None = None
    created_ms: float | None = None
    first_token_ms: float | None = None
    first_audio_ms: float | None = None
    first_heard_ms: float | None = None
    done_ms: float | None = None
    tool_ms: float = 0.0
    voice_to_voice_ms: float | None = None
    connection: int = 1
    first_text_ms: float | None = None
    begun_ms: float | None = None
    tool_wait_ms: float = 0.0
    speech_end_error_ms: float | None = None
    first_heard_error_ms: float | None = None


class Latency(Table[LatencyRow]):
    """How long each answer took, and where the time went."""

    noun: ClassVar[str] = "answer"
    moment: ClassVar[str | None] = "created_ms"
    spec: ClassVar[tuple[Column, ...]] = (
        Column("turn", "int"),
        Column("response_id", "string"),
        *(
            Column(name, "float")
            for name in (
                "speech_end_ms",
                "committed_ms",
                "created_ms",
                "first_token_ms",
                "first_audio_ms",
                "first_heard_ms",
                "done_ms",
                "tool_ms",
                "voice_to_voice_ms",
            )
        ),
        Column("connection", "int"),
        *(
            Column(name, "float")
            for name in (
                "first_text_ms",
                "begun_ms",
                "tool_wait_ms",
                "speech_end_error_ms",
                "first_heard_error_ms",
            )
        ),
    )

    def breakdown(self) -> pd.DataFrame:
        """Return where each answer's time went: one row an answer, with its `turn` and `response_id`.

        The stages follow one another and add up exactly to `total_ms`, which is the row's
        `voice_to_voice_ms` where that is known. Else it begins with the turn's commit, or the response (the
        user typed), and ends with the first sound, or word, that came (nothing was heard). All are ms and
        never below 0; a stage that an answer has not is missing, and its time is the next one's.

        `endpointing_ms`: the end of the speech to its commit. `starting_ms`: to the first response.
        `calling_ms` and `tools_ms`: until the response began that answers, 0 without tools; while tools
        ran, and the rest. `thinking_ms`: to its first word or sound. `synthesis_ms`: to its first sound.
        `playout_ms`: until that was heard.
        """
        return stages.breakdown(self.rows())

    def summary(self) -> pd.DataFrame:
        """Return figures over all answers: a row a measure, with `n mean p50 p90 p95 max`, in ms.

        Measures are `voice_to_voice_ms`, the stages of `breakdown` (those of tools only over answers that
        waited for calls), `first_word_ms` (the turn's commit to the answer's first word or sound, also where
        the user typed or the answer is text) and `response_ms` (a response's beginning to its end). `n`
        counts the answers that have the measure; without any, the figures are missing. A percentile pNN is
        the value that NN % of the answers don't exceed, interpolated between the two nearest (as numpy's).
        """
        return stages.summary(self.rows())

    def plot(self, ax: Axes | None = None, *, newest: int = 24, theme: str = "auto") -> Picture | Axes:
        """Return a picture of where the time went: a bar an answer with its stages, and the median of all.

        Args:
            ax: Axes of matplotlib to draw into, which are returned then.
            newest: How many answers, the latest ones.
            theme: `light`, `dark`, or `auto`: that of the axes, or of matplotlib's settings.

        Raises:
            ConfigError: There is no matplotlib: `pip install "realtime-widget[data]"`.
        """
        from .pictures.waterfall import waterfall

        return waterfall(self.rows(), ax, newest=newest, theme=theme)
