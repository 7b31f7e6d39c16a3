"""`check()` as a script, a converted notebook and a cell see it."""

import json

import pytest

import realtime_widget
from realtime_widget import ConfigError, LocalEngine
from realtime_widget.testing import ScriptedEngine, refuse
from realtime_widget.widget import front_end
from realtime_widget.widget.checks import Check, check

KEY = "sk-test-1a2b3c4d5e6f"


def test_it_is_public_and_plain_data() -> None:
    assert realtime_widget.check is check
    with ScriptedEngine() as engine:
        found = check(engine.url, KEY)
        assert found.ok
        assert found["answer"].status == "ok"
        assert [line.id for line in found] == [row["id"] for row in found.to_dicts()]
        assert len(found) == len(found.df)
        assert found.problems == ()
        assert repr(found) == f"Check({len(found)} lines)"
    assert KEY not in json.dumps(found.to_dicts())
    text = str(found)
    assert "✓ Engine answers: 127.0.0.1" in text
    assert "no page shows this check" in text


def test_a_refused_key_is_a_problem_with_its_remedy() -> None:
    with ScriptedEngine(refuse(401, {"error": {"message": "No."}})) as engine:
        found = check(engine.url, KEY)
        assert not found.ok
        assert [line.id for line in found.problems] == ["key"]
        assert "    → Check OPENAI_API_KEY" in str(found)


def test_auto_says_which_engine_it_took_and_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    line = check()["engine"]
    assert line.found.startswith(LocalEngine.name)
    assert "no key" in line.found


def test_openai_without_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    found = check("openai")
    assert found["key"].found == "No OpenAI API key was found."
    assert "OPENAI_API_KEY" in found["key"].remedy
    assert found["answer"].status == "skipped"


@pytest.mark.parametrize(
    "options",
    [{"engine": "opnai"}, {"timeout": 0}, {"timeout": "1"}, {"api_key": 5}, {"model": ""}, {"headers": 3}],
)
def test_a_wrong_value_raises_at_once(options: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        check(**options)  # type: ignore[arg-type]


def bundle_of(found: Check) -> dict[str, str]:
    bundle = found._repr_mimebundle_()
    return bundle[0] if isinstance(bundle, tuple) else bundle


def test_a_display_brings_its_text_along() -> None:
    with ScriptedEngine() as engine:
        found = check(engine.url)
        assert found.ok
        bundle = bundle_of(found)
        assert found.widget is found.widget
    assert bundle["application/vnd.jupyter.widget-view+json"]
    assert "✓ Engine answers" in bundle["text/plain"]
    assert "<table>" in bundle["text/html"]


def test_without_a_front_end_the_text_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front_end, "STATIC", front_end.STATIC / "nowhere")
    bundle = bundle_of(check("local"))
    assert set(bundle) == {"text/plain", "text/html"}
    assert "make build" in bundle["text/plain"]
