"""Pictures for the model."""

import base64
import io
from pathlib import Path
from typing import Any

import pytest

from realtime_widget.errors import ConfigError
from realtime_widget.session.images import image_url

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(40))
JPEG = b"\xff\xd8\xff\xe0" + bytes(range(40))


class Picture:
    """What PIL's images can do."""

    def save(self, file: io.BytesIO, format: str) -> None:
        assert format == "PNG"
        file.write(PNG)


class Figure:
    """What matplotlib's figures can do."""

    def savefig(self, file: io.BytesIO, format: str) -> None:
        assert format == "png"
        file.write(PNG)


def uri(kind: str, data: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def test_pictures_of_every_kind(tmp_path: Path) -> None:
    path = tmp_path / "picture.dat"
    path.write_bytes(JPEG)
    for source in (path, str(path), JPEG, bytearray(JPEG), memoryview(JPEG), uri("image/jpeg", JPEG)):
        assert image_url(source) == uri("image/jpeg", JPEG)
    for source in (PNG, Picture(), Figure()):
        assert image_url(source) == uri("image/png", PNG)


@pytest.mark.parametrize("wrong", [b"GIF89a....", b"", 5, None, object()])
def test_anything_else_is_refused(wrong: Any) -> None:
    with pytest.raises(ConfigError):
        image_url(wrong)


def test_a_path_that_cannot_be_read() -> None:
    with pytest.raises(ConfigError, match=r"/nowhere/x.png"):
        image_url("/nowhere/x.png")


class Photo(Picture):
    """A large one, as PIL scales it."""

    def __init__(self, size: tuple[int, int]) -> None:
        self.size = size

    def copy(self) -> "Photo":
        return Photo(self.size)

    def thumbnail(self, size: tuple[int, int]) -> None:
        self.size = size

    def save(self, file: io.BytesIO, format: str) -> None:
        file.write(PNG + str(self.size).encode())


def test_a_large_picture_is_scaled_down_and_left_as_it_was() -> None:
    small, large = Photo((2048, 10)), Photo((4000, 3000))
    assert image_url(small) == uri("image/png", PNG + b"(2048, 10)")
    assert image_url(large) == uri("image/png", PNG + b"(2048, 2048)")
    assert large.size == (4000, 3000)


def test_a_file_that_no_server_would_take_says_what_to_do() -> None:
    with pytest.raises(ConfigError, match="11 MiB") as refused:
        image_url(PNG + bytes(11 * 1024 * 1024))
    assert "thumbnail" in str(refused.value.remedy)
