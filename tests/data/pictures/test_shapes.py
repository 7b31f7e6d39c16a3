from matplotlib.path import Path

from realtime_widget.data.pictures.picture import new_picture
from realtime_widget.data.pictures.scene import Scene
from realtime_widget.data.pictures.shapes import bar_path, draw_key, key_height
from realtime_widget.data.pictures.style import LIGHT


def test_a_bar_keeps_its_measures_however_small_it_is() -> None:
    for left, right in ((0, 10), (0, 0.1), (5, 5)):
        path = bar_path(left, right, 1, 2, (3, 0.2))
        box = path.get_extents()
        assert (box.x0, box.x1, box.y0, box.y1) == (left, right, 1, 2)
        assert path.codes is not None and path.codes[-1] == Path.CLOSEPOLY


def test_a_key_has_only_what_is_there() -> None:
    picture = new_picture(9, 2, LIGHT, layout=None)
    draw_key(picture, Scene(), LIGHT, left=1)
    assert not picture.legends
    draw_key(picture, Scene(overlaps=((0, 1),)), LIGHT, left=1)
    assert [text.get_text() for text in picture.legends[0].get_texts()] == ["both at once"]
    assert key_height(Scene(), 9) < key_height(Scene(overlaps=((0, 1),)), 9)
