from realtime_widget.session.traffic import Traffic


def test_everything_begins_at_nothing_and_nothing_else_can_be_counted() -> None:
    traffic = Traffic()
    assert {getattr(traffic, name) for name in Traffic.__slots__} == {0, None}
    assert not hasattr(traffic, "__dict__")
