from realtime_widget.data import About
from realtime_widget.data.report.settings import setting_rows


def test_settings_are_lines_without_secrets() -> None:
    about = About(
        id="1" * 32,
        settings={
            "type": "realtime",
            "instructions": "Be <b>brief</b>\u202e",
            "output_modalities": ["audio"],
            "audio": {
                "input": {
                    "format": {"rate": 24000},
                    "transcription": {"model": "m"},
                    "noise_reduction": None,
                },
                "output": {"voice": {"id": "voice_1"}},
            },
            "tools": [{"type": "function", "name": "rows"}, {"type": "mcp", "server_label": "s"}],
            "prompt": {"variables": [{"authorization": "SECRET"}]},
            "headers": {"x": "SECRET"},
        },
        metadata={"who": "me", "n": 3, "token": "SECRET"},
        version="1.2",
    )
    rows = dict(setting_rows(about))
    assert (
        rows["output"] == "audio" and rows["input.transcription.model"] == "m" and rows["tools"] == "rows, s"
    )
    assert rows["metadata: n"] == "3" and rows["headers"] == "<hidden>" and rows["realtime-widget"] == "1.2"
    assert "SECRET" not in str(rows) and "input.noise_reduction" not in rows and "type" not in rows


def test_a_long_value_is_cut_and_says_so() -> None:
    rows = dict(setting_rows(About(id="", settings={"instructions": "x" * 5000})))
    assert rows["instructions"].endswith("… (1000 more characters)")
