from typing import Any

import pytest

from realtime_widget.protocol.objects import Response
from realtime_widget.protocol.requests import KEY, UNANSWERED_AFTER_MS, Request
from realtime_widget.protocol.responses import MAX_ATTEMPTS, THINKING_MS, ResponseSequencer


def created(sequencer: ResponseSequencer, response_id: str, key: str | None = None, **fields: Any) -> Any:
    metadata = {KEY: key} if key else None
    return sequencer.created(Response(id=response_id, metadata=metadata, **fields), 0)


def done(sequencer: ResponseSequencer, response_id: str, status: str = "completed") -> Any:
    return sequencer.done(Response(id=response_id, status=status), 0)


def test_the_second_request_waits_for_the_first() -> None:
    sequencer = ResponseSequencer()
    sequencer.request(Request("one"))
    assert sequencer.request(Request("two")) == []
    created(sequencer, "r1", "one")
    assert sequencer.flush() == []
    done(sequencer, "r1")
    [create] = sequencer.flush()
    assert create.response == {"metadata": {KEY: "two"}}  # type: ignore[attr-defined]
    created(sequencer, "r2", "two")
    done(sequencer, "r2")
    assert not sequencer.busy


def test_a_response_knows_its_request() -> None:
    sequencer = ResponseSequencer()
    sequencer.request(Request("k"))
    assert created(sequencer, "r", "k").key == "k"
    assert created(sequencer, "auto").key is None


def test_a_server_that_hands_no_metadata_back_answers_in_turn() -> None:
    sequencer = ResponseSequencer()
    sequencer.request(Request("k"))
    assert created(sequencer, "r").key == "k"


def test_once_metadata_was_seen_nothing_is_guessed() -> None:
    sequencer = ResponseSequencer()
    sequencer.request(Request("one"))
    created(sequencer, "r1", "one")
    done(sequencer, "r1")
    sequencer.request(Request("two"))
    assert created(sequencer, "auto").key is None
    assert sequencer.awaits_confirmation


def test_a_wrong_guess_is_taken_back_when_the_request_is_refused() -> None:
    sequencer = ResponseSequencer()
    request = Request("k")
    sequencer.request(request)
    state = created(sequencer, "auto")
    assert state.key == "k"
    assert sequencer.refused(request.event_id, busy=True) == (request, True)
    assert state.key is None
    assert sequencer.flush() == []
    done(sequencer, "auto")
    assert len(sequencer.flush()) == 1


@pytest.mark.parametrize("named", [True, False])
def test_a_busy_server_is_asked_again_after_its_response(named: bool) -> None:
    sequencer = ResponseSequencer()
    request = Request("k")
    sequencer.request(request)
    for attempt in range(1, MAX_ATTEMPTS + 1):
        refused, again = sequencer.refused(request.event_id if named else None, busy=True)
        assert refused is request
        assert again == (attempt < MAX_ATTEMPTS)
        assert sequencer.flush() == [], "nothing was heard of the response in the way yet"
        created(sequencer, f"r{attempt}", conversation_id="c")
        done(sequencer, f"r{attempt}")
        sequencer.flush()
    assert not sequencer.busy


def test_an_error_without_a_name_is_the_requests_only_if_said_so() -> None:
    sequencer = ResponseSequencer()
    request = Request("k")
    sequencer.request(request)
    assert sequencer.refused(None, busy=False) == (None, False)
    assert sequencer.refused("other", busy=False, unnamed=True) == (None, False)
    assert sequencer.refused(None, busy=False, unnamed=True) == (request, False)
    assert not sequencer.busy


def test_out_of_band_requests_wait_for_nothing() -> None:
    sequencer = ResponseSequencer()
    sequencer.request(Request("k"))
    created(sequencer, "r", "k", conversation_id="c")
    assert len(sequencer.request(Request("side", options={"conversation": "none"}))) == 1
    assert created(sequencer, "rs", "side").out_of_band
    assert sequencer.active == "r"
    done(sequencer, "rs")
    assert sequencer.active == "r"


def test_out_of_band_is_told_apart_without_metadata() -> None:
    sequencer = ResponseSequencer()
    created(sequencer, "r", conversation_id="c")
    sequencer.request(Request("side", options={"conversation": "none"}))
    state = created(sequencer, "rs")
    assert (state.key, state.out_of_band) == ("side", True)
    done(sequencer, "rs")
    done(sequencer, "r")
    assert not sequencer.busy


def test_a_server_without_conversation_ids_has_no_out_of_band_responses() -> None:
    sequencer = ResponseSequencer()
    assert sequencer.state("early", 0) is not None
    done(sequencer, "early")
    assert not created(sequencer, "r").out_of_band
    assert sequencer.active == "r"


def test_repeated_events_change_nothing() -> None:
    sequencer = ResponseSequencer()
    sequencer.held = True
    sequencer.request(Request("follow", follows_up=True))
    created(sequencer, "r")
    created(sequencer, "r")
    assert sequencer.absorbed("r") == ["follow"]
    assert done(sequencer, "r") is not None
    assert done(sequencer, "r") is None
    created(sequencer, "r")
    assert sequencer.active is None


def test_an_end_without_a_beginning_leaves_the_running_response_alone() -> None:
    sequencer = ResponseSequencer()
    created(sequencer, "r")
    assert done(sequencer, "old").done
    assert sequencer.active == "r"


def test_an_end_alone_answers_a_request() -> None:
    sequencer = ResponseSequencer()
    sequencer.request(Request("k"))
    assert done(sequencer, "r").key == "k"
    assert not sequencer.busy


def test_a_response_known_from_its_pieces_finds_its_request_later() -> None:
    sequencer = ResponseSequencer()
    sequencer._echoes_metadata = True
    sequencer.request(Request("k"))
    state = sequencer.state("r", 0)
    assert state is not None
    assert state.key is None
    assert created(sequencer, "r", "k") is state
    assert state.key == "k"


def test_responses_without_ids_are_none() -> None:
    sequencer = ResponseSequencer()
    assert sequencer.created(Response(), 0) is None
    assert sequencer.done(Response(), 0) is None
    assert sequencer.state(None, 0) is None


def test_while_the_user_speaks_requests_wait() -> None:
    sequencer = ResponseSequencer()
    sequencer.held = True
    assert sequencer.request(Request("k")) == []
    created(sequencer, "auto")
    assert not sequencer.held
    done(sequencer, "auto")
    assert len(sequencer.flush()) == 1


def test_an_automatic_response_absorbs_what_only_asks_to_go_on() -> None:
    sequencer = ResponseSequencer()
    sequencer.held = True
    sequencer.request(Request("follow", follows_up=True))
    sequencer.request(Request("asked"))
    created(sequencer, "auto")
    assert sequencer.absorbed("auto") == ["follow"]
    assert sequencer.absorbed("auto") == []
    done(sequencer, "auto")
    [create] = sequencer.flush()
    assert create.response["metadata"] == {KEY: "asked"}  # type: ignore[attr-defined]


def test_what_was_sent_can_be_cancelled_before_it_is_confirmed() -> None:
    sequencer = ResponseSequencer()
    assert not sequencer.cancel_unconfirmed()
    sequencer.request(Request("k"))
    assert sequencer.cancel_unconfirmed()
    assert created(sequencer, "r", "k").unwanted


def test_reset_forgets_what_is_in_flight() -> None:
    sequencer = ResponseSequencer()
    for key in ("one", "two"):
        sequencer.request(Request(key))
    sequencer.held = sequencer.blocked = True
    sequencer.reset()
    assert not sequencer.busy
    assert not sequencer.held
    assert not sequencer.blocked


def test_a_response_is_owed_from_its_request_on() -> None:
    sequencer = ResponseSequencer()
    assert sequencer.owed_since_ms() is None
    sequencer.now_ms = 10
    sequencer.request(Request("k"))
    sequencer.request(Request("later"))
    sequencer.now_ms = 20
    assert sequencer.owed_since_ms() == 10
    sequencer.created(Response(id="r", metadata={KEY: "k"}), 20)
    assert sequencer.owed_since_ms() is None


def test_a_running_response_owes_a_sign_of_life_after_a_while() -> None:
    sequencer = ResponseSequencer()
    created(sequencer, "r")
    sequencer.now_ms = THINKING_MS - 1
    assert sequencer.owed_since_ms() is None
    sequencer.now_ms = THINKING_MS + 500
    assert sequencer.owed_since_ms() == THINKING_MS
    sequencer.state("r", sequencer.now_ms)
    assert sequencer.owed_since_ms() is None
    done(sequencer, "r")
    sequencer.now_ms *= 9
    assert sequencer.owed_since_ms() is None


def test_a_request_that_is_never_answered_is_given_up() -> None:
    sequencer = ResponseSequencer()
    request, aside = Request("k"), Request("o", options={"conversation": "none"})
    sequencer.request(request)
    sequencer.request(aside)
    sequencer.now_ms = UNANSWERED_AFTER_MS
    assert sequencer.unanswered() == []
    sequencer.now_ms += 1
    assert sequencer.unanswered() == [request, aside]
    assert not sequencer.busy


def test_what_goes_on_after_tools_comes_before_what_was_asked_meanwhile() -> None:
    sequencer = ResponseSequencer()
    created(sequencer, "r")
    sequencer.request(Request("other"))
    sequencer.request(Request("follow", follows_up=True))
    done(sequencer, "r")
    [create] = sequencer.flush()
    assert create.response == {"metadata": {KEY: "follow"}}  # type: ignore[attr-defined]


def test_one_response_takes_up_all_outputs_that_were_there_when_it_was_asked_for() -> None:
    sequencer = ResponseSequencer()
    created(sequencer, "r")
    for key in ("one", "two"):
        sequencer.request(Request(key, follows_up=True))
    done(sequencer, "r")
    assert len(sequencer.flush()) == 1
    sequencer.request(Request("three", follows_up=True))
    created(sequencer, "r2", "one")
    assert sequencer.absorbed("r2") == ["two"]
    done(sequencer, "r2")
    [create] = sequencer.flush()
    assert create.response == {"metadata": {KEY: "three"}}  # type: ignore[attr-defined]
