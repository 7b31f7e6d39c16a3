"""Say how words sound that the recogniser's dictionary lacks, in its phones (ARPAbet, without stress)."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence

from realtime_widget.local.lexicon import fold

Phonemes = Callable[[Sequence[str]], Awaitable[Sequence[str]]]
"""Gives the IPA of each word."""

_IPA = {
    # diphthongs and affricates first: the longest match wins
    "eɪ": "EY",
    "aɪ": "AY",
    "aʊ": "AW",
    "oʊ": "OW",
    "əʊ": "OW",
    "ɔɪ": "OY",
    "dʒ": "JH",
    "tʃ": "CH",
    "ts": "T S",
    "ɑ": "AA",
    "a": "AA",
    "ɒ": "AA",
    "æ": "AE",
    "ə": "AH",
    "ɐ": "AH",
    "ʌ": "AH",
    "ɔ": "AO",
    "o": "OW",
    "ɛ": "EH",
    "e": "EY",
    "ɜ": "ER",
    "ɚ": "ER",
    "ɝ": "ER",
    "ø": "ER",
    "œ": "ER",
    "ɪ": "IH",
    "ᵻ": "IH",
    "i": "IY",
    "ʊ": "UH",
    "u": "UW",
    "y": "UW",
    "b": "B",
    "β": "V",
    "d": "D",
    "ð": "DH",
    "f": "F",
    "ɡ": "G",
    "g": "G",
    "ɣ": "G",
    "h": "HH",
    "ç": "HH",
    "j": "Y",
    "k": "K",
    "x": "K",
    "l": "L",
    "ɫ": "L",
    "ʎ": "L Y",
    "m": "M",
    "n": "N",
    "ɲ": "N Y",
    "ŋ": "NG",
    "p": "P",
    "ɹ": "R",
    "r": "R",
    "ʁ": "R",
    "s": "S",
    "ʃ": "SH",
    "t": "T",
    "ɾ": "T",
    "ʔ": "T",
    "θ": "TH",
    "v": "V",
    "w": "W",
    "ʍ": "W",
    "z": "Z",
    "ʒ": "ZH",
}
_IPA_TOKEN = re.compile("|".join(sorted(map(re.escape, _IPA), key=len, reverse=True)))
_SYLLABIC = "\u0329"
_R_COLOURED = re.compile(r"(?<=ɜ)ːɹ?|(?<=[ɚɝ])ɹ")

# Letters to sounds, tried in order at each place: pattern (with what may stand around it) and phones.
_RULES = tuple(
    (re.compile(pattern), phones.split())
    for pattern, phones in (
        (r"tion|cian|ssion", "SH AH N"),
        (r"sion", "ZH AH N"),
        (r"ture\b", "CH ER"),
        (r"(?<=[aeiou])ough|augh", "AO"),
        (r"eigh", "EY"),
        (r"igh", "AY"),
        (r"tch", "CH"),
        (r"sch|sh", "SH"),
        (r"ch(?=[rl])", "K"),
        (r"ch", "CH"),
        (r"ph", "F"),
        (r"th", "TH"),
        (r"\bwh|\bw(?=h)", "W"),
        (r"ck|cc(?![eiy])|kk", "K"),
        (r"qu", "K W"),
        (r"nk", "NG K"),
        (r"ng\b|ng(?=s\b)", "NG"),
        (r"\b[kg]n|nn", "N"),
        (r"\bwr|rr", "R"),
        (r"\bps|ss", "S"),
        (r"dge?(?=e|\b)(?<=g)|dge", "JH"),
        (r"gg", "G"),
        (r"bb", "B"),
        (r"dd", "D"),
        (r"ff", "F"),
        (r"ll", "L"),
        (r"mm|mb\b", "M"),
        (r"pp", "P"),
        (r"tt", "T"),
        (r"vv", "V"),
        (r"zz", "Z"),
        (r"c(?=[eiy])", "S"),
        (r"g(?=[eiy])", "JH"),
        (r"gh", "G"),
        (r"\bx", "Z"),
        (r"x", "K S"),
        (r"\by(?=[aeiou])", "Y"),
        (r"\by\b|(?<=\b[a-z])y\b", "AY"),
        (r"y\b|ee|ea|ie|ey\b", "IY"),
        (r"y(?=[aeiou])", "Y"),
        (r"y", "IH"),
        (r"oo|ou(?=[lp])|ue|ui", "UW"),
        (r"ou|ow(?=[nld])", "AW"),
        (r"ow|oa|oe\b", "OW"),
        (r"oi|oy", "OY"),
        (r"au|aw", "AO"),
        (r"ai|ay|ei|ey", "EY"),
        (r"eu|ew", "Y UW"),
        (r"air|are\b", "EH R"),
        (r"ar", "AA R"),
        (r"or", "AO R"),
        (r"er|ir|ur", "ER"),
        (r"a(?=[bcdfghjklmnpqrstvz]e\b)", "EY"),
        (r"i(?=[bcdfghjklmnpqrstvz]e\b)", "AY"),
        (r"o(?=[bcdfghjklmnpqrstvz]e\b)|o\b", "OW"),
        (r"u(?=[bcdfghjklmnpqrstvz]e\b)|u\b", "UW"),
        (r"(?<=[a-z]{2})e\b|(?<=[a-z]{2})e(?=s\b)", ""),
        (r"a\b", "AH"),
        (r"e\b|i\b", "IY"),
        (r"a", "AE"),
        (r"e", "EH"),
        (r"i", "IH"),
        (r"o", "AA"),
        (r"u", "AH"),
        *((letter, letter.upper()) for letter in "bdfklmnprstvwz"),
        (r"c|q", "K"),
        (r"g", "G"),
        (r"h", "HH"),
        (r"j", "JH"),
    )
)


def ipa_to_phones(ipa: str) -> str:
    """Return the phones for IPA as espeak-ng writes it; sounds that English lacks get a neighbour."""
    ipa = re.sub(f"(.){_SYLLABIC}", r"ə\1", ipa)
    return " ".join(_IPA[token] for token in _IPA_TOKEN.findall(_R_COLOURED.sub("", ipa)))


def spell_to_phones(word: str) -> str:
    """Return the phones that English spelling suggests."""
    letters, at, phones = re.sub(r"[^a-z]", "", fold(word)), 0, list[str]()
    while at < len(letters):
        for pattern, sounds in _RULES:
            match = pattern.match(letters, at)
            if match is not None and match.end() > at:
                phones += sounds
                at = match.end()
                break
        else:
            at += 1
    return " ".join(phones)


async def pronounce(words: Sequence[str], phonemes: Phonemes | None = None) -> dict[str, str]:
    """Return the phones of each word: by ``phonemes`` where that is given and knows, else by the spelling.

    A word with no sound at all is left out.
    """
    ipas = await phonemes(words) if phonemes is not None else [""] * len(words)
    said = {word: ipa_to_phones(ipa) or spell_to_phones(word) for word, ipa in zip(words, ipas, strict=True)}
    return {word: phones for word, phones in said.items() if phones}
