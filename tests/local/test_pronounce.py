# ruff: noqa: RUF001
import asyncio
from collections.abc import Sequence

import pytest

from realtime_widget.local.pronounce import ipa_to_phones, pronounce, spell_to_phones

PHONES = frozenset(
    [
        "AA",
        "AE",
        "AH",
        "AO",
        "AW",
        "AY",
        "B",
        "CH",
        "D",
        "DH",
        "EH",
        "ER",
        "EY",
        "F",
        "G",
        "HH",
        "IH",
        "IY",
        "JH",
        "K",
        "L",
        "M",
        "N",
        "NG",
        "OW",
        "OY",
        "P",
        "R",
        "S",
        "SH",
        "T",
        "TH",
        "UH",
        "UW",
        "V",
        "W",
        "Y",
        "Z",
        "ZH",
    ]
)


@pytest.mark.parametrize(
    ("ipa", "phones"),
    [
        ("kˌuːbɚnˈɛɾiːz", "K UW B ER N EH T IY Z"),
        ("zˈuːɹɪtʃ", "Z UW R IH CH"),
        ("dʒˌiːpˌiːtˈiː", "JH IY P IY T IY"),
        ("bˈɜːɹlɪn", "B ER L IH N"),
        ("bˈʌtn̩", "B AH T AH N"),
        ("", ""),
    ],
)
def test_ipa_becomes_phones(ipa: str, phones: str) -> None:
    assert ipa_to_phones(ipa) == phones


@pytest.mark.parametrize(
    ("word", "phones"),
    [
        ("frontend", "F R AA N T EH N D"),
        ("knife", "N AY F"),
        ("bridge", "B R IH JH"),
        ("station", "S T AE SH AH N"),
        ("photo", "F AA T OW"),
        ("123", ""),
    ],
)
def test_spelling_suggests_phones(word: str, phones: str) -> None:
    assert spell_to_phones(word) == phones


def test_any_letters_give_phones_of_the_recogniser() -> None:
    for word in ("qwxz", "zürich", "łódź", "aeiouy", "x", "ngghoughtion", "yacht"):
        assert set(spell_to_phones(word).split()) <= PHONES


def test_phonemes_are_preferred_and_spelling_fills_in() -> None:
    async def phonemes(words: Sequence[str]) -> list[str]:
        return ["nˈoʊmæd" if word == "nomad" else "" for word in words]

    said = asyncio.run(pronounce(["nomad", "pip", "?"], phonemes))
    assert said == {"nomad": "N OW M AE D", "pip": "P IH P"}
