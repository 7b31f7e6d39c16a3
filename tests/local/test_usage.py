from realtime_widget.local.conversation import Entry
from realtime_widget.local.usage import TokenCount, audio_tokens, context_tokens, text_tokens, usage_object
from realtime_widget.protocol.objects import ContentPart, Item


def message(role: str, *parts: ContentPart, audio_ms: int = 0) -> Entry:
    audio = {0: bytearray(audio_ms * 48)} if audio_ms else {}
    return Entry(Item(type="message", id="a", role=role, content=list(parts)), audio=audio)


def test_time_is_counted_by_speaker() -> None:
    assert audio_tokens(1000, assistant=False) == 10
    assert audio_tokens(1000, assistant=True) == 20
    assert audio_tokens(1, assistant=True) == 1
    assert [text_tokens(text) for text in ("", "a", "abcde")] == [0, 1, 2]


def test_context_counts_each_modality() -> None:
    entries = [
        message("user", ContentPart(type="input_audio"), audio_ms=1000),
        message("assistant", ContentPart(type="output_audio", transcript="x"), audio_ms=1000),
        message(
            "user", ContentPart(type="input_text", text="abcd"), ContentPart(type="input_image", detail="low")
        ),
    ]
    count = context_tokens("abcd", [], entries)
    assert count == TokenCount(text=1 + 3 * 4 + 1, audio=30, image=85)
    assert context_tokens("", [{"name": "f"}], []).text > 0


def test_totals_add_up() -> None:
    usage = usage_object(TokenCount(200, 100, 0), TokenCount(150, 300, 0), TokenCount(5, 7))
    assert usage["total_tokens"] == 312
    assert usage["input_token_details"]["cached_tokens"] == 128 + 64
    assert usage["input_token_details"]["cached_tokens_details"] == {
        "text_tokens": 128,
        "audio_tokens": 64,
        "image_tokens": 0,
    }
    assert usage["output_token_details"] == {"text_tokens": 5, "audio_tokens": 7}
