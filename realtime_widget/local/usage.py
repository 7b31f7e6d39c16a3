"""What a response would have cost: audio counted as the real service does, text about as it does.

A token is 100 ms of the user's audio, 50 ms of the assistant's, or four characters of text.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from realtime_widget.local.conversation import Entry

__all__ = ["TokenCount", "audio_tokens", "context_tokens", "text_tokens", "usage_object"]

USER_MS_PER_TOKEN = 100
ASSISTANT_MS_PER_TOKEN = 50
IMAGE_TOKENS = {"low": 85}
_HIGH_IMAGE_TOKENS = 765
_ITEM_TOKENS = 4
"""Special tokens around an item."""
_CACHE_STEP = 64


@dataclass(frozen=True, slots=True)
class TokenCount:
    """Tokens by modality."""

    text: int = 0
    audio: int = 0
    image: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.text + self.audio + self.image


def text_tokens(text: str) -> int:
    """Return about how many tokens a text is."""
    return math.ceil(len(text) / 4)


def audio_tokens(audio_ms: float, *, assistant: bool) -> int:
    """Return how many tokens a length of audio is."""
    return math.ceil(audio_ms / (ASSISTANT_MS_PER_TOKEN if assistant else USER_MS_PER_TOKEN))


def context_tokens(instructions: str, tools: Sequence[Any], entries: Iterable[Entry]) -> TokenCount:
    """Count what goes into a response."""
    text = text_tokens(instructions) + (text_tokens(msgspec.json.encode(tools).decode()) if tools else 0)
    audio = image = 0
    for entry in entries:
        item = entry.item
        text += _ITEM_TOKENS + text_tokens(
            (item.name or "") + (item.arguments or "") + str(item.output or "")
        )
        for index, part in enumerate(item.content or ()):
            if index in entry.audio:
                audio += audio_tokens(entry.audio_ms(index), assistant=item.role == "assistant")
            elif part.type == "input_image":
                image += IMAGE_TOKENS.get(part.detail or "", _HIGH_IMAGE_TOKENS)
            else:
                text += text_tokens(part.words or "")
    return TokenCount(text, audio, image)


def usage_object(context: TokenCount, cached: TokenCount, output: TokenCount) -> dict[str, Any]:
    """Return the `usage` of a response; `cached` is what an earlier response has already read."""
    kept = TokenCount(*(_in_steps(min(a, b)) for a, b in zip(_parts(context), _parts(cached), strict=True)))
    return {
        "total_tokens": context.total + output.total,
        "input_tokens": context.total,
        "output_tokens": output.total,
        "input_token_details": {
            **_details(context),
            "cached_tokens": kept.total,
            "cached_tokens_details": _details(kept),
        },
        "output_token_details": {"text_tokens": output.text, "audio_tokens": output.audio},
    }


def _parts(count: TokenCount) -> tuple[int, int, int]:
    return count.text, count.audio, count.image


def _in_steps(tokens: int) -> int:
    return tokens // _CACHE_STEP * _CACHE_STEP


def _details(count: TokenCount) -> dict[str, int]:
    return {"text_tokens": count.text, "audio_tokens": count.audio, "image_tokens": count.image}
