"""Call espeak-ng through ctypes. Import this in the speaker's child process only.

The library keeps one state per process and isn't thread-safe: one instance, one thread.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from ctypes import POINTER, c_char_p, c_int, c_short, c_uint, c_void_p
from dataclasses import dataclass

from realtime_widget.local.speaker.voices import EspeakVoice

# From espeak-ng's speak_lib.h.
_AUDIO_OUTPUT_SYNCHRONOUS = 2
_DONT_EXIT = 0x8000
_CHARS_UTF8 = 1
_POSITION_CHARACTER = 1
_RATE, _PITCH, _RANGE = 1, 3, 4
_EVENT_END_OF_LIST, _EVENT_WORD = 0, 1
_PHONEMES_IPA = 0x02
_BUFFER_MS = 60


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", c_int),
        ("unique_identifier", c_uint),
        ("text_position", c_int),
        ("length", c_int),
        ("audio_position", c_int),
        ("sample", c_int),
        ("user_data", c_void_p),
        ("id", ctypes.c_char * 8),
    )


@dataclass(frozen=True, slots=True)
class Word:
    """Say that the word at ``position`` (characters, from 0) begins at ``sample`` (at the library's rate)."""

    position: int
    sample: int


SpeechHandler = Callable[[bytes, list[Word]], bool]
"""Gets each run of samples with the words announced with it; returns False to stop."""


class Espeak:
    """Own the library of this process."""

    def __init__(self) -> None:
        """Load the library and its data.

        Raises:
            ImportError: The loader package is missing.
            OSError: The library doesn't load or finds no data.
        """
        import espeakng_loader

        self._library = ctypes.CDLL(str(espeakng_loader.get_library_path()))
        self._library.espeak_Initialize.argtypes = [c_int, c_int, c_char_p, c_int]
        self._library.espeak_TextToPhonemes.argtypes = [POINTER(c_char_p), c_int, c_int]
        self._library.espeak_TextToPhonemes.restype = c_char_p
        data = str(espeakng_loader.get_data_path()).encode()
        self.sample_rate: int = self._library.espeak_Initialize(
            _AUDIO_OUTPUT_SYNCHRONOUS, _BUFFER_MS, data, _DONT_EXIT
        )
        if self.sample_rate <= 0:
            raise OSError("espeak-ng can't be initialised with its data")
        self._on_speech: SpeechHandler | None = None
        signature = ctypes.CFUNCTYPE(c_int, POINTER(c_short), c_int, POINTER(_Event))
        self._callback = signature(self._synthesised)  # the library keeps no reference of its own
        self._library.espeak_SetSynthCallback(self._callback)

    def speak(self, text: str, voice: EspeakVoice, words_per_minute: int, on_speech: SpeechHandler) -> None:
        """Synthesise ``text``, calling ``on_speech`` as it goes.

        Raises:
            LookupError: espeak-ng has no such voice.
        """
        self._use(voice.name)
        for parameter, value in (
            (_RATE, words_per_minute),
            (_PITCH, voice.pitch),
            (_RANGE, voice.pitch_range),
        ):
            self._library.espeak_SetParameter(parameter, value, 0)
        data = text.replace("\0", " ").encode()
        self._on_speech = on_speech
        try:
            self._library.espeak_Synth(
                c_char_p(data), len(data) + 1, 0, _POSITION_CHARACTER, 0, _CHARS_UTF8, None, None
            )
        finally:
            self._on_speech = None

    def phonemes(self, text: str, voice: str = "en-us") -> str:
        """Return the phonemes of ``text`` in IPA."""
        self._use(voice)
        left = c_char_p(text.encode())
        parts = []
        while left.value:  # one clause a call; the pointer moves on, and is NULL at the end
            parts.append(
                self._library.espeak_TextToPhonemes(ctypes.byref(left), _CHARS_UTF8, _PHONEMES_IPA) or b""
            )
        return b" ".join(parts).decode(errors="replace")

    def _use(self, voice: str) -> None:
        if self._library.espeak_SetVoiceByName(voice.encode()) != 0:
            raise LookupError(voice)

    def _synthesised(
        self, samples: ctypes._Pointer[c_short], count: int, events: ctypes._Pointer[_Event]
    ) -> int:
        words, index = [], 0
        while events[index].type != _EVENT_END_OF_LIST:
            if events[index].type == _EVENT_WORD:
                words.append(Word(events[index].text_position - 1, events[index].sample))
            index += 1
        pcm = ctypes.string_at(samples, count * 2) if count else b""
        return 0 if self._on_speech is None or self._on_speech(pcm, words) else 1
