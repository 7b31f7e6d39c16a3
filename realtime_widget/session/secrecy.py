"""Keys and tokens kept out of sight: a server may send back what it was sent."""

from __future__ import annotations

import json
import re
from urllib.parse import parse_qsl, unquote, urlsplit

from ..engines import Endpoint

__all__ = ["Secrets"]

_EPHEMERAL = re.compile(r"\bek_[A-Za-z0-9_-]{16,}")
_PLAIN_HEADERS = frozenset({"openai-organization", "openai-project", "openai-safety-identifier"})
_PLAIN_QUERY = ("model", "intent", "api-version", "deployment")
LONG_TEXT = 2_000
HEAD = 500


class Secrets:
    """Values that must not show up anywhere; hides them in text that a server sends back."""

    def __init__(self, endpoint: Endpoint) -> None:
        # Without "Bearer ", so that the key is found wherever it stands.
        headers = {name.lower(): value for name, value in endpoint.headers.items()}
        values = {headers[name].removeprefix("Bearer ").strip() for name in headers.keys() - _PLAIN_HEADERS}
        parts = urlsplit(endpoint.url)
        values |= {unquote(parts.password or "")}
        values |= {value for name, value in parse_qsl(parts.query) if name not in _PLAIN_QUERY}
        # As JSON writes them too: what a server sends back is looked through before it is decoded.
        written = values | {json.dumps(value)[1:-1] for value in values}
        written |= {value.replace("/", "\\/") for value in written}
        values = {value for value in written if len(value) >= 6}
        self._values = [(value, _rare(value)) for value in sorted(values, key=len, reverse=True)]

    def hide(self, text: str) -> str:
        """Return the text with every secret masked."""
        for value, rare in self._values:
            if _holds(text, value, rare):
                text = text.replace(value, "<hidden>")
        # Ephemeral keys of whomever: what they look like is known, and each of them opens sessions.
        return _EPHEMERAL.sub("<hidden>", text) if _holds(text, "ek_", "_") else text


def _rare(value: str) -> str | None:
    """Return a character of a secret that sound in base64 can't have, None if there is none."""
    return next((character for character in value if not (character.isalnum() or character in "+/=")), None)


def _holds(text: str, value: str, rare: str | None) -> bool:
    # Nearly all text is sound. To look for one character in it is fifty times faster than for a word.
    if rare is None or len(text) < LONG_TEXT or text.find(rare, HEAD) >= 0:
        return value in text
    return value in text[: HEAD + len(value)]
