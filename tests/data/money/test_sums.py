import random
from dataclasses import replace

import pytest

from realtime_widget.data.money.pricing import TOKEN_COLUMNS, TOTAL_COLUMNS
from realtime_widget.data.money.sums import Sums
from realtime_widget.data.usage import UsageRow


def row(rng: random.Random, n: int) -> UsageRow:
    counts = {name: rng.choice([None, rng.randrange(5_000)]) for name in (*TOKEN_COLUMNS, *TOTAL_COLUMNS)}
    made = UsageRow(
        response_id=str(n),
        model=rng.choice(["a", "b", None]),
        seconds=rng.choice([None, rng.random()]),
        cost_usd=rng.choice([None, rng.random()]),
        kind=rng.choice(["response", "transcription"]),
    )
    return replace(made, **counts)  # type: ignore[arg-type]


def test_they_are_those_of_the_bills_that_count_in_the_end() -> None:
    rng = random.Random(0)
    sums, bills = Sums(), {}
    for _ in range(400):
        new = row(rng, rng.randrange(150))
        sums.put(new, bills.get(new.response_id))
        bills[new.response_id] = new
    for kind in (None, "response", "transcription"):
        rows = [bill for bill in bills.values() if kind in (None, bill.kind)]
        total = sums.total(kind).to_dict()
        assert total["bills"] == len(rows)
        for name in (*TOKEN_COLUMNS, *TOTAL_COLUMNS, "seconds", "cost_usd"):
            assert total[name] == pytest.approx(sum(getattr(bill, name) or 0 for bill in rows))
    assert sums.unpriced == tuple(
        sorted({bill.model or "a model without a name" for bill in bills.values() if bill.cost_usd is None})
    )
    assert {(model, kind) for model, kind, _ in sums} == {(b.model or "", b.kind) for b in bills.values()}


def test_a_bill_that_moves_leaves_nothing_behind() -> None:
    sums, first = Sums(), UsageRow(response_id="r", model="a", cost_usd=None)
    sums.put(first, None)
    sums.put(replace(first, model="b", cost_usd=1.0), first)
    assert [(model, group.bills) for model, _, group in sums] == [("b", 1)] and sums.unpriced == ()
