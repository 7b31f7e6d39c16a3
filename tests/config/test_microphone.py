from dataclasses import FrozenInstanceError

import pytest

from realtime_widget import ConfigError, Microphone


def test_asks_the_browser_for_all_its_help_unless_told_otherwise() -> None:
    assert Microphone().to_page() == {
        "device": None,
        "echo_cancellation": True,
        "noise_suppression": True,
        "auto_gain_control": True,
    }
    told = Microphone(device="USB", echo_cancellation=False).to_page()
    assert (told["device"], told["echo_cancellation"], told["noise_suppression"]) == ("USB", False, True)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"device": ""}, "device must not be empty"),
        ({"device": "  "}, "device must not be empty"),
        ({"device": 3}, "device must be a string"),
        ({"echo_cancellation": 1}, "echo_cancellation must be True or False"),
        ({"noise_suppression": "off"}, "noise_suppression must be True or False"),
        ({"auto_gain_control": None}, "auto_gain_control must be True or False"),
    ],
)
def test_refuses_wrong_values(options: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Microphone(**options)  # type: ignore[arg-type]


def test_is_frozen_and_takes_keywords_only() -> None:
    microphone = Microphone()
    with pytest.raises(FrozenInstanceError):
        microphone.device = "USB"  # type: ignore[misc]
    with pytest.raises(TypeError):
        Microphone("USB")  # type: ignore[misc]
    assert Microphone() == microphone
    assert hash(Microphone()) == hash(microphone)
