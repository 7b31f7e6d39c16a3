import itertools

import pytest

from realtime_widget.local.automaton import compile_grammar
from realtime_widget.local.grammar import Grammar, number_rule


def test_the_automaton_accepts_what_the_grammar_accepts() -> None:
    grammar = Grammar({"utterance": "a [ b | <c> ] ( a | b c ) | [ b ] c", "c": "c [ a ]"})
    automaton = compile_grammar(grammar)
    for size in range(6):
        for tokens in itertools.product("abc", repeat=size):
            assert automaton.accepts(tokens) == grammar.accepts(tokens), tokens


def test_an_optional_part_does_not_lead_into_another_branch() -> None:
    automaton = compile_grammar(Grammar({"utterance": "( [ a ] | b ) c"}))
    assert automaton.accepts("c")
    assert automaton.accepts("ac")
    assert not automaton.accepts("abc")


def test_shared_beginnings_and_ends_are_shared() -> None:
    automaton = compile_grammar(Grammar({"utterance": "what is x now | what is y now | what was x now"}))
    assert len(automaton.arcs) == 6
    assert sum(map(len, automaton.arcs)) == 7


def test_numbers_stay_small() -> None:
    grammar = Grammar({"utterance": "add <n> and <n>", "n": number_rule(integer=False)})
    assert len(compile_grammar(grammar).arcs) < 100


def test_a_rule_can_be_compiled_on_its_own() -> None:
    automaton = compile_grammar(Grammar({"utterance": "hello <who>", "who": "bob"}), "who")
    assert automaton.accepts(["bob"])


def test_a_rule_within_itself_is_refused() -> None:
    with pytest.raises(ValueError, match="refers to itself"):
        compile_grammar(Grammar({"utterance": "a <utterance>"}))
