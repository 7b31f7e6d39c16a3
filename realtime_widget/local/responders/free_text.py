"""Find free text in a sentence: names, codes, and what follows the words that announce it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from realtime_widget.local.lexicon import name_words
from realtime_widget.local.responders.matching import ToolView, stem, stems
from realtime_widget.local.slots import Slot
from realtime_widget.local.vocabulary import ARTICLES, PREPOSITIONS

__all__ = ["FreeText", "clean", "cues", "listed"]

Span = tuple[int, int]

_CAPITALISED = re.compile(
    r"(?<![\w'])(?:[A-Z][\w'\u2019-]*|[A-Z]\.)(?:\s+(?:(?:de|of|the|la|van|von)\s+)?[A-Z][\w'\u2019-]*)*"
)
_CODE = re.compile(r"(?<![\w.])(?=[\w-]*\d)\w[\w-]*")
_TAIL = re.compile(r"[\s,]*\b(?:please|thanks|thank you|now|for me|right now)\b[\s.!?]*$|[\s.!?,;]+$", re.I)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_CUES: tuple[tuple[frozenset[str], tuple[str, ...]], ...] = (
    (_words("from source origin start begin sender"), ("from",)),
    (_words("to target recipient receiver destination end"), ("to", "into")),
    (
        _words("message text body content note sentence phrase words task reminder todo comment"),
        ("saying", "that says", "which says", "with the text", "that", "to"),
    ),
    (_words("name title label filename"), ("called", "named", "titled", "entitled", "as")),
    (_words("artist author creator owner by"), ("by",)),
    (_words("query topic subject question term keyword search"), ("for", "about", "on")),
    (_words("unit units language format style mode kind type"), ("in", "as", "into", "to")),
)
"""Words before a value, by the words of the parameter's name."""
_ANY_CUES = ("for", "in", "of", "about", "named", "called", "on", "at", "to", "with", "from", "by", "into")


class FreeText:
    """Look for the free text of a tool's parameters, outside the spans that are used already."""

    def __init__(self, text: str, tool: ToolView, used: Sequence[Span]) -> None:
        self.text = text
        self.tool = tool
        self.used = used

    def find(self, slot: Slot, slots: Sequence[Slot]) -> Span | None:
        """Return where the text of `slot` is; `slots` are all that still take free text."""
        found = self._object_of_verb(slot) or self._cued(slot, slots)
        return found or (self._leftover(slots) if slot.required else None)

    def _is_free(self, span: Span) -> bool:
        return all(span[1] <= start or span[0] >= end for start, end in self.used)

    def _object_of_verb(self, slot: Slot) -> Span | None:
        """Return the name right after the tool's own words: "play Yesterday"."""
        if not slot.required or slot.kind != "free" or cues(slot)[:1] in (("to",), ("from",)):
            return None
        for word in re.finditer(r"[\w']+\s+", self.text):
            name = _CAPITALISED.match(self.text, word.end())
            if name is not None and stem(word.group().strip().lower()) in self.tool.name_stems:
                return name.span() if self._is_free(name.span()) else None
        return None

    def _cued(self, slot: Slot, slots: Sequence[Slot]) -> Span | None:
        """Return the text after a word that announces the parameter."""
        taken = {cue for other in slots if other != slot for cue in cues(other)[:1]}
        special = [re.escape(cue) for cue in cues(slot) if cue not in taken]
        own = re.escape(" ".join(slot.words)) + r"(?: is| of| to|:)?" if slot.words else ""
        usual = "|".join(_ANY_CUES) if slot.required else ""
        is_last = slot == slots[-1]
        is_name = slot.kind == "choice"  # well-known words, of which this is none: likely a name as well
        for cue in filter(None, (*special, own, usual)):
            for names_only in (True, False) if is_name else (False,):
                span = self._after(cue, is_last=is_last, names_only=names_only)
                if span is not None:
                    return span
        return None

    def _after(self, cue: str, *, is_last: bool, names_only: bool) -> Span | None:
        for found in re.finditer(rf"\b(?:{cue})(?!\w)\s*", self.text, re.I):
            if not self._is_free(found.span()):
                continue
            if names_only:
                name = _CAPITALISED.match(self.text, found.end())
                span = name.span() if name is not None else None
            else:
                span = self._until(found.end(), is_last=is_last)
            if span is not None and self._is_free(span):
                return span
        return None

    def _until(self, start: int, *, is_last: bool) -> Span | None:
        """Return the free text from `start`: a capitalised name, else up to the next cue or to the end."""
        limit = min((begin for begin, _ in self.used if begin >= start), default=len(self.text))
        article = re.match(r"(?:the|a|an)\s+", self.text[start:limit], re.I)
        name = _CAPITALISED.match(self.text, start, limit)
        if name is not None and not is_last:
            return name.span()
        begin = start + (article.end() if article else 0)
        end = limit
        if not is_last:
            cue = re.search(rf"\s+(?:{'|'.join(_ANY_CUES)}|and|saying|that)\s", self.text[begin:limit], re.I)
            end = begin + cue.start() if cue else limit
        end = self._trim_tool(begin, _trim_joint(self.text, begin, end))
        text = clean(self.text[begin:end])
        if not text or self._says_nothing_new(text):
            return None
        return (begin, end) if self._is_free((begin, end)) else None

    def _says_nothing_new(self, text: str) -> bool:
        """Tell whether a text is part of how the tool is asked for: "for later" of "a note for later"."""
        words = [word for word in name_words(text.lower()) if word not in PREPOSITIONS | ARTICLES]
        return stems(words) - {"s"} <= self.tool.name_stems  # the s of "it's" and of "SQL"

    def _trim_tool(self, start: int, end: int) -> int:
        """Leave out the tool's own words at the end: the "stock" of "price of IBM stock"."""
        words = list(re.finditer(r"[\w'-]+", self.text[start:end]))
        while len(words) > 1 and stem(words[-1].group().lower()) in self.tool.name_stems:
            end = start + words.pop().start()
        return end

    def _leftover(self, slots: Sequence[Slot]) -> Span | None:
        """Return a capitalised name, or what follows the words that name the tool."""
        for found in _CAPITALISED.finditer(self.text):
            words = stems(name_words(found.group().lower()))
            is_start = not self.text[: found.start()].strip()
            told = words <= self.tool.name_stems | {"i"} or self._says_nothing_new(found.group())
            if self._is_free(found.span()) and not is_start and not told:
                return found.span()
        if len([other for other in slots if other.required]) != 1:
            return None
        code = next((found for found in _CODE.finditer(self.text) if self._is_free(found.span())), None)
        if code is not None:
            return code.span()
        if not self.tool.acts:
            return None
        ends = [
            m.end()
            for m in re.finditer(r"[\w']+", self.text)
            if stem(m.group().lower()) in self.tool.name_stems
        ]
        return self._until(ends[-1], is_last=True) if ends and self.text[ends[-1] :].strip(" .!?") else None


def _trim_joint(text: str, start: int, end: int) -> int:
    """Leave out the preposition that leads over to a value used elsewhere."""
    joint = re.search(rf"\s+(?:{'|'.join(_ANY_CUES)}|and)(?:\s+the)?\s*$", text[start:end], re.I)
    return start + joint.start() if joint else end


def cues(slot: Slot) -> tuple[str, ...]:
    """Return the words that announce a parameter of this name, the clearest first."""
    return next((said for names, said in _CUES if names.intersection(slot.words)), ())


def clean(text: str) -> str:
    """Return a text without politeness, quotes and punctuation at its end."""
    text = text.strip()
    while (shorter := _TAIL.sub("", text)) != text:
        text = shorter
    return text.strip('"\u201c\u201d ')


def listed(text: str) -> list[str]:
    """Return the entries of "a, b and c"."""
    return [clean(part) for part in re.split(r"\s*,\s*(?:and\s+)?|\s+and\s+", text) if clean(part)]
