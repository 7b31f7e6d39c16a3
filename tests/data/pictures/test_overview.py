import numpy as np
import pytest

from realtime_widget.data import StillData
from realtime_widget.data.pictures.overview import _share
from realtime_widget.data.pictures.timeline import timeline
from tests.data.conversations import conversation


def test_shares_are_what_spans_cover_of_each_bin() -> None:
    edges = np.arange(0.0, 50.0, 10.0)
    assert _share([], edges).tolist() == [0, 0, 0, 0]
    assert _share([(2, 4), (8, 22), (22, 22), (38, 90)], edges).tolist() == pytest.approx([0.4, 1, 0.2, 0.2])


def test_a_long_conversation_has_a_panel_for_each_thing() -> None:
    picture = timeline(StillData(conversation(600, seed=3)))
    names = [text.get_text() for ax in picture.axes for text in ax.texts]
    assert [name.split(" ")[0] for name in names] == ["share", "wait", "tool", "interruptions"]
    assert "30 s" in names[0] and "new connection" in names[0] and "without a result" in names[2]
    bare = timeline(StillData(conversation(600, typed=True)))
    assert [text.get_text().split(":")[0] for text in bare.axes[0].texts] == ["share of each 10 s"]
