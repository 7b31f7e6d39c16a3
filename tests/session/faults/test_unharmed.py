"""Without any fault the faulty server is a good one; and a client that breaks the rules is told so."""

from .scene import AGAIN, hummed, scene


def test_a_conversation_of_all_kinds_without_a_fault() -> None:
    with scene() as s:
        s.ask("first")
        s.ask("use alpha beta")
        s.say(500)
        s.ask("use beta")
        s.say(800)
        s.unbroken()
        spoken = [turn.text for turn in s.session.transcript if turn.role == "user"]
        assert spoken == [
            "first", "use alpha beta", hummed(500), "use beta",
            hummed(800), AGAIN,
        ]  # fmt: skip
        assert len(s.complete) == 12
