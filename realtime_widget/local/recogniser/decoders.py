"""Wrap pocketsphinx's decoders. Import this in the recogniser's child process only.

All take the utterance's int16 samples at 16000 Hz, whole: cepstral means are settled only then.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from realtime_widget.local.automaton import Automaton, compile_grammar
from realtime_widget.local.grammar import Grammar
from realtime_widget.local.recogniser.hypothesis import Hypothesis, Segment

SAMPLE_RATE = 16_000
FRAME_MS = 10
LIKELIEST = "likeliest"
"""The rule with the plainest sentences of a grammar."""
_WORD_PENALTY = 0.05
_BEAMS = {"beam": 1e-56, "wbeam": 1e-36, "pbeam": 1e-56}
"""Wider than the defaults: small grammars are cheap, and no sentence is lost on the way."""
_OPTIONS = {"loglevel": "FATAL", "cmn": "batch"}
_SETTLING_NOISE = np.random.default_rng(0).integers(-3000, 3001, 1600).astype("<i2").tobytes()
"""Decoded before each utterance, or the one before it would change the scores a little: the acoustic model
begins its search for the best codewords where it last ended."""


class _Decoder:
    """Decode whole utterances with one search."""

    def __init__(self, **options: Any) -> None:
        from pocketsphinx import Decoder

        self._decoder = Decoder(**_OPTIONS, **options)

    def decode(self, pcm: bytes) -> Hypothesis:
        """Return the best hypothesis; one without segments when there is none."""
        self._run(_SETTLING_NOISE)
        self._run(pcm)
        hypothesis = self._decoder.hyp()
        segments = tuple(self._segments()) if hypothesis is not None else ()
        score = math.log(max(hypothesis.score, 1e-300)) if hypothesis is not None else -math.inf
        phones = tuple(phone for segment in segments for phone in self._phones(segment.word))
        return Hypothesis(segments, score, self._decoder.n_frames(), phones)

    def _run(self, pcm: bytes) -> None:
        self._decoder.start_utt()
        self._decoder.process_raw(pcm, False, True)
        self._decoder.end_utt()

    def _segments(self) -> Iterator[Segment]:
        for segment in self._decoder.seg():
            word = segment.word.partition("(")[0]
            if word and word[0] not in "<[+" and word != "SIL":
                score = math.log(max(segment.ascore, 1e-300))
                yield Segment(word, segment.start_frame, segment.end_frame, score)

    def _phones(self, word: str) -> Sequence[str]:
        return (self._decoder.lookup_word(word) or "").split()


class OpenDecoder(_Decoder):
    """Recognise any English, badly: a trigram model."""

    def __init__(self) -> None:
        super().__init__(maxhmmpf=3000, fwdflat=False)


class PhoneDecoder(_Decoder):
    """Recognise phones in any order: how well any words could fit."""

    def __init__(self) -> None:
        super().__init__(lm=None)
        self._decoder.add_allphone_file("phones", None)
        self._decoder.activate_search("phones")

    def _phones(self, word: str) -> Sequence[str]:
        return (word,)


class GrammarDecoder(_Decoder):
    """Recognise the sentences of one grammar, whole or while they are spoken."""

    def __init__(self, grammar: Grammar) -> None:
        """Load the models; `missing` then tells which words need a pronunciation before `load`."""
        super().__init__(lm=None, wip=_WORD_PENALTY, **_BEAMS)
        self.grammar = grammar
        self._automata: dict[str, Automaton] = {}
        self._known: set[str] = set()
        self._means: str | None = None

    def missing(self) -> list[str]:
        """Return the spellings that the dictionary lacks."""
        return list(
            dict.fromkeys(
                word.spelling
                for word in self.grammar.vocabulary
                if self._decoder.lookup_word(word.spelling) is None
            )
        )

    def load(self, phones: Mapping[str, str]) -> None:
        """Make the grammar ready; words that no one can pronounce are left out.

        Raises:
            ValueError: The grammar is wrong or too large.
        """
        for word in self.grammar.vocabulary:
            if self._learn(word.token, word.spelling, phones):
                self._known.add(word.token)
        for rule in (self.grammar.start, LIKELIEST):
            if rule in self.grammar.rules:
                self._automata[rule] = compile_grammar(self.grammar, rule)
                self._decoder.add_fsg(rule, self._model(self._automata[rule]))
        self._decoder.activate_search(self.grammar.start)

    def _model(self, automaton: Automaton) -> Any:
        from pocketsphinx import FsgModel

        end = len(automaton.arcs)
        model = FsgModel("sayable", self._decoder.logmath, 1.0, end + 1)
        ids = {token: model.word_add(token) for token in sorted(self._known)}
        for state, arcs in enumerate(automaton.arcs):
            for token, target in arcs.items():
                if token in self._known:
                    model.trans_add(state, target, 0, ids[token])
        for state in automaton.finals:
            model.null_trans_add(state, end, 0)
        model.set_start_state(0)
        model.set_final_state(end)
        return model

    def _learn(self, token: str, spelling: str, phones: Mapping[str, str]) -> bool:
        if self._decoder.lookup_word(token) is not None:
            return True
        sounds = [self._decoder.lookup_word(spelling) or phones.get(spelling)]
        while sounds[-1] and token != spelling:  # a value's words sound in every way its spelling does
            sounds.append(self._decoder.lookup_word(f"{spelling}({len(sounds) + 1})"))
        for number, sound in enumerate(filter(None, sounds), 1):
            self._decoder.add_word(token if number == 1 else f"{token}({number})", sound, False)
        return bool(sounds[0])

    def begin_partial(self) -> None:
        """Begin to decode while audio comes in, with the means of the last whole utterance."""
        if self._means:
            self._decoder.set_cmn(self._means)
        self._decoder.start_utt()

    def feed_partial(self, pcm: bytes) -> str:
        """Take the next audio and return the text so far."""
        self._decoder.process_raw(pcm, False, False)
        hypothesis = self._decoder.hyp()
        return self.grammar.write([segment.word for segment in self._segments()]) if hypothesis else ""

    def end_partial(self) -> None:
        """End what `begin_partial` began."""
        self._decoder.end_utt()

    def decode_rule(self, pcm: bytes, rule: str) -> Hypothesis | None:
        """Return the best sentence of a rule; None when no whole sentence fits."""
        if rule not in self._automata:
            return None
        self._decoder.activate_search(rule)
        hypothesis = self.decode(pcm)
        self._decoder.activate_search(self.grammar.start)
        self._means = self._decoder.get_cmn(False)
        return hypothesis if self.accepts(hypothesis.tokens, rule) else None

    def accepts(self, tokens: Sequence[str], rule: str) -> bool:
        """Return whether a rule says exactly these tokens."""
        return rule in self._automata and self._automata[rule].accepts(tokens)
