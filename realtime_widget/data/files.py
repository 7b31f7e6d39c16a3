"""Files that are whole or not there: written beside the old one, which they replace at the end."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from ..errors import FileError
from .words import plain

__all__ = ["replacing", "write_file"]


@contextlib.contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """Give a file to write to, which takes the place of the one at `path` when all went well.

    Raises:
        FileError: It can't be written; an older file stays as it was.
    """
    given = Path(path).expanduser()
    target = Path(os.path.realpath(given))  # through a link, which stays one
    try:
        if target.exists() and not target.is_file() and not target.is_dir():  # a pipe, a device
            with target.open("wb") as file:
                yield file
            return
        with _beside(target) as file:
            yield file
    except OSError as error:
        if isinstance(error, FileError):
            raise
        raise FileError(f"Can't write {given}: {_reason(error, target)}.", remedy=_remedy(target)) from error


@contextlib.contextmanager
def _beside(target: Path) -> Iterator[IO[bytes]]:
    draft = target.with_name(f".{target.name[:100]}.{secrets.token_hex(6)}.part")
    if target.is_dir():
        raise IsADirectoryError(None, "it is a folder")
    try:
        with draft.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileNotFoundError):
            os.chmod(draft, target.stat().st_mode & 0o7777)
        draft.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
        raise


def _reason(error: OSError, target: Path) -> str:
    if isinstance(error, FileNotFoundError) and not target.parent.exists():
        return f"there is no folder {target.parent}"
    return (error.strerror or str(error)).strip(".")


def _remedy(target: Path) -> str | None:
    return None if target.parent.exists() else "Make it first, or save somewhere else."


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:  # half of a character
        return str(plain(text)).encode()


def write_file(path: str | os.PathLike[str], content: str | bytes) -> None:
    """Write a file as a whole; text as UTF-8.

    Raises:
        FileError: It can't be written; an older file stays as it was.
    """
    data = content if isinstance(content, bytes) else _encoded(content)
    with replacing(path) as file:
        file.write(data)
