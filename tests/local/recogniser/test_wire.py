import msgspec

from realtime_widget.local.phrases import sayable
from realtime_widget.local.recogniser import wire

from ..support import tool


def test_a_grammar_arrives_as_it_was_sent() -> None:
    deploy = tool("deploy", "Deploy a model.", model={"enum": ["GPT-4", "naïve_bayes", "New York"]})
    grammar = sayable([deploy]).grammar
    frame = msgspec.json.decode(msgspec.json.encode(wire.GrammarFrame.of(3, grammar)), type=wire.GrammarFrame)
    arrived = frame.grammar()
    assert (frame.id, arrived.rules, arrived.words) == (3, grammar.rules, grammar.words)
    assert arrived.vocabulary == grammar.vocabulary


def test_what_was_heard_keeps_the_times_of_its_words() -> None:
    heard = wire.Heard(9, "Hi Bob", confidence=0.5, words=[("Hi", 0, 200), ("Bob", 200, 450)])
    assert msgspec.json.decode(msgspec.json.encode(heard), type=wire.Heard) == heard


def test_every_kind_of_frame_has_its_own_number() -> None:
    kinds = [
        value
        for name, value in vars(wire).items()
        if name.isupper() and isinstance(value, int) and name != "AUDIO_HEAD"
    ]
    assert len(set(kinds)) == len(kinds) == 11
    assert min(kinds) > 1  # 0 and 1 are every child's
    assert wire.AUDIO_HEAD.unpack_from(wire.AUDIO_HEAD.pack(70_000) + b"pcm") == (70_000,)
