"""What an answer is made of, and who is told of its end."""

from realtime_widget.protocol.changes import AnswerFinished
from realtime_widget.protocol.ledger import Ledger


def finished(key: str | None, *item_ids: str) -> AnswerFinished:
    return AnswerFinished(key, "r", "completed", item_ids, None)


def test_an_answer_is_told_to_whoever_asked_with_all_that_belongs_to_it() -> None:
    ledger = Ledger()
    for item_id in ("a", "b", "a"):
        ledger.made("k", item_id)
    assert ledger.finish("k", "k", "r", "completed", None) == [finished("k", "a", "b")]
    assert ledger.finish("k", "k", "r", "completed", None) == [finished("k")], "it begins anew"


def test_an_answer_that_nobody_asked_for_stays_nobodys_under_its_new_name() -> None:
    ledger = Ledger()
    ledger.made("r", "a")
    ledger.rename("r", "follow_1")
    ledger.made("follow_1", "b")
    assert ledger.finish("follow_1", "follow_1", "r", "completed", None) == [finished(None, "a", "b")]


def test_one_answer_to_several_requests_is_told_to_each() -> None:
    ledger = Ledger()
    ledger.made("k", "a")
    ledger.rename("paused", "again")
    ledger.absorb("auto", None, "k")
    ledger.absorb("auto", None, "again")
    ledger.made("auto", "b")
    told = ledger.finish("auto", None, "r", "completed", None)
    assert told == [finished(None, "a", "b"), finished("k", "a", "b"), finished(None, "a", "b")]


def test_what_is_forgotten_is_told_to_nobody_else() -> None:
    ledger = Ledger()
    ledger.made("k", "a")
    ledger.absorb("auto", None, "k")
    ledger.clear()
    assert ledger.finish("auto", None, "r", "completed", None) == [finished(None)]
