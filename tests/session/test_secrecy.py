"""What is hidden in what a server sends back, and what isn't; `test_keys.py` looks everywhere for a key."""

from realtime_widget.engines import Endpoint
from realtime_widget.session.secrecy import Secrets


def test_names_of_projects_and_people_are_no_secrets() -> None:
    headers = {"OpenAI-Project": "session", "openai-organization": "response", "X-Key": "abcdef-1"}
    assert (
        Secrets(Endpoint("ws://h", headers)).hide("session response abcdef-1") == "session response <hidden>"
    )
