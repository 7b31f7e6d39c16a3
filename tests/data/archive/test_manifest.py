import json
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from realtime_widget.data import About
from realtime_widget.data.archive import manifest as module
from realtime_widget.data.archive.manifest import FORMAT_VERSION, Manifest, manifest_bytes, read_manifest
from realtime_widget.errors import ConfigError, FileFormatError

from .made import ABOUT


def told(known: About = ABOUT, /, **changes: Any) -> bytes:
    data = manifest_bytes(known, (), n_events_dropped=3, damage=("It rained.",))
    return json.dumps({**json.loads(data), **changes}).encode()


def read(data: bytes) -> Manifest:
    found = read_manifest(data)
    assert found is not None
    return found


def test_what_there_is_to_know_comes_back() -> None:
    assert read(told()) == Manifest(ABOUT, {}, 3, ("It rained.",))
    assert read(told(About(id="x"))).about == About(id="x")


def test_every_field_is_checked_by_its_kind() -> None:
    assert {str(spec.type) for spec in fields(About)} == {"str", *module._CHECKS}


def test_what_cant_be_is_left_out() -> None:
    wrong = {spec.name: [spec.name] for spec in fields(About)}
    assert read(told(about=wrong)).about == About(id="")
    about = {"id": "a", "duration_ms": float("inf"), "created_at": "9999-12-31T23:59:59-23:59", "new": 1}
    assert read(told(about=about, members=[1], damage=5, n_events_dropped=-1)) == Manifest(About(id="a"))
    assert read(told(about={"id": "a", "created_at": "2026-01-01"})).about.created_at == datetime(
        2026, 1, 1, tzinfo=UTC
    )
    assert read(told(members={"a": {"sha256": 5}, "b": 1, "c": {"sha256": "x"}})).sums == {"c": "x"}


@pytest.mark.parametrize(
    "data", [b"", b"\xff", b"[" * 100_000, b"[]", b"null", b'{"a":' + b"9" * 5_000 + b"}"]
)
def test_what_is_no_manifest_is_none(data: bytes) -> None:
    assert read_manifest(data) is None


def test_another_format_and_a_later_version_are_refused() -> None:
    with pytest.raises(FileFormatError, match="something else"):
        read_manifest(told(format="zip"))
    with pytest.raises(FileFormatError, match=r"version 2 .* Update"):
        read_manifest(told(format_version=FORMAT_VERSION + 1))


def test_what_cant_be_saved_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for bad in (object(), float("nan"), {1}):
        with pytest.raises(ConfigError, match="plain JSON"):
            told(replace(ABOUT, metadata={"x": bad}))
    monkeypatch.setattr(module, "MAX_MANIFEST_BYTES", 10)
    with pytest.raises(ConfigError, match="Keep less"):
        told()
