from types import SimpleNamespace

from realtime_widget.widget.routing import keep_subshell


def test_a_comm_that_would_go_back_to_the_main_thread_is_told_to_stay() -> None:
    comm = SimpleNamespace(_reply_subshell_for=lambda data, default: "main")
    assert keep_subshell(comm)
    assert comm._reply_subshell_for({}, "subshell-1") == "subshell-1"


def test_a_comm_without_such_routing_is_left_alone() -> None:
    comm = SimpleNamespace()
    assert not keep_subshell(comm)
    assert not vars(comm)
    assert not keep_subshell(None)
