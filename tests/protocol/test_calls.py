from realtime_widget.protocol.calls import CallBatches


def test_a_call_is_noted_once() -> None:
    calls = CallBatches()
    assert calls.called("c", "r", key="k", done=False)
    assert not calls.called("c", "r", key="k", done=True)
    assert calls.open == {"c"}


def test_outputs_go_out_together_when_the_response_is_over() -> None:
    calls = CallBatches()
    for call_id in ("c1", "c2"):
        calls.called(call_id, "r", key="k", done=False)
    batch = calls.output("c2", "two")
    assert batch is not None
    calls.output("c1", "one")
    assert calls.complete(batch) is None
    assert calls.close("r", cancelled=False) is batch
    outputs = calls.complete(batch)
    assert outputs is not None
    assert [(item.call_id, item.output) for item in outputs] == [("c2", "two"), ("c1", "one")]
    assert len(calls) == 0


def test_one_missing_output_holds_all() -> None:
    calls = CallBatches()
    calls.called("c1", "r", key=None, done=False)
    calls.called("c2", "r", key=None, done=False)
    batch = calls.close("r", cancelled=False)
    assert batch is not None
    calls.output("c1", "one")
    assert calls.complete(batch) is None


def test_outputs_that_nobody_waits_for_are_dropped() -> None:
    calls = CallBatches()
    assert calls.output("unknown", "x") is None
    calls.called("c", "r", key=None, done=True)
    assert calls.output("c", "x") is not None
    assert calls.output("c", "again") is None
    calls.called("d", "r2", key=None, done=True)
    calls.clear()
    assert calls.output("d", "late") is None


def test_a_call_outside_any_response_is_a_batch_of_its_own() -> None:
    calls = CallBatches()
    calls.called("c", None, key=None, done=True)
    batch = calls.output("c", "x")
    assert batch is not None
    assert calls.complete(batch) is not None


def test_abandoning_leaves_running_responses_alone() -> None:
    calls = CallBatches()
    calls.called("c1", "r1", key=None, done=True)
    calls.called("c2", "r2", key=None, done=False)
    assert [batch.response_id for batch in calls.abandon()] == ["r1"]
    assert calls.abandon() == []


def test_dropped_batches_take_no_output() -> None:
    calls = CallBatches()
    calls.called("c", "r", key=None, done=False)
    calls.drop("r")
    calls.drop("r")
    assert calls.output("c", "x") is None
    assert calls.close("r", cancelled=False) is None


def test_a_call_is_known_from_when_it_was_noted() -> None:
    calls = CallBatches()
    assert not calls.knows("c")
    calls.called("c", "r", key=None, done=False)
    assert calls.knows("c")
