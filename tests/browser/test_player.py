"""A saved conversation in a notebook: it is loaded and played without a key, a microphone or a network."""

from pathlib import Path

from playwright.sync_api import expect

from realtime_widget.data import Conversation
from realtime_widget.data.archive import write_archive
from tests.browser.conftest import OpenNotebook
from tests.browser.talk import probe
from tests.data.talk import Talk
from tests.session.saved import ABOUT

LOAD = """
import os, socket, sys
os.environ.pop("OPENAI_API_KEY", None)
def refuse(*args): raise OSError("the network is off")
socket.socket.connect = socket.create_connection = refuse
from realtime_widget import RealtimeSession
session = RealtimeSession.load({path!r})
told = []
session.on("turn", lambda turn: told.append(turn.id))
session.on("tool_call", lambda call: told.append(call.call_id))
"""
# What is shown passes by, and a busy machine may look too late: the page itself keeps what there was.
WATCH = """() => {
  const play = HTMLMediaElement.prototype.play;
  HTMLMediaElement.prototype.play = function () { window.replayed = this; return play.call(this); };
  window.shown = []; window.said = [];
  const note = (list, value) => { if (list.at(-1) !== value) list.push(value); };
  new MutationObserver(() => {
    note(shown, [...document.querySelectorAll('[data-rtw=turn]')].map(turn => turn.dataset.id).join(' '));
    note(said, document.querySelector('.rtw-status-words').textContent);
  }).observe(document.body, { childList: true, subtree: true, characterData: true });
}"""
SOON_MS = 30_000
SOUND = "() => [replayed.currentTime, replayed.paused, replayed.webkitAudioDecodedByteCount]"


def a_talk() -> Conversation:
    talk = Talk()
    talk.spoken(0, "u1", n_ms=1500, words="How many rows has Rome?")
    talk.called(2000, "r1", "call_1")
    talk.answered(2200, "call_1")
    talk.said(2700, "r2", "a1", "Rome has three of them", n_ms=3000)
    talk.typed(60_000, "u2", "Thanks")
    return Conversation.of(talk.data, ABOUT)


def test_a_saved_conversation_takes_place_again(open_notebook: OpenNotebook, tmp_path: Path) -> None:
    path = tmp_path / "talk.rtw"
    write_archive(a_talk(), path)
    notebook = open_notebook(LOAD.format(path=str(path)), "session", "session.panel(compact=True)")
    notebook.run_all()
    page, kernel = notebook.page, notebook.kernel
    turns, play = notebook.hook("turn"), notebook.hook("play").first
    expect(turns).to_have_count(3, timeout=SOON_MS)
    expect(play).to_have_text("Play", timeout=SOON_MS)

    # It is played: turns appear in their order, with the sound of both sides.
    page.evaluate(WATCH)
    play.click()
    expect(turns).to_have_count(1, timeout=SOON_MS)
    expect(notebook.hook("play").last).to_have_text(
        "Pause", timeout=SOON_MS
    )  # the slim bar follows the same player
    page.wait_for_function("() => window.replayed?.currentTime > 0.5", timeout=SOON_MS)
    expect(turns.nth(1)).to_contain_text("Rome has", timeout=SOON_MS)
    expect(notebook.hook("call")).to_contain_text("rows", timeout=SOON_MS)
    play.click()
    kernel.wait_for("not session.player.playing")
    expect(notebook.hook("status").first).to_contain_text("Paused", timeout=SOON_MS)
    seconds, paused, n_decoded = page.evaluate(SOUND)
    assert paused and n_decoded > 0 and seconds > 0.5
    assert page.evaluate("shown.slice(-3)") == ["u1", "u1 call:call_1", "u1 a1"]
    assert {"Listening", "Thinking", "Speaking"} <= set(page.evaluate("said"))
    assert kernel.value("told[:2]") == ["u1", "call_1"] and "u2" not in kernel.value("told")

    # Somewhere else: by keyboard, by step, from Python; and faster.
    notebook.hook("seek").press("Home")
    expect(turns).to_have_count(1, timeout=SOON_MS)
    notebook.hook("seek").press("ArrowRight")
    kernel.wait_for("session.player.position_ms == 5000")
    expect(turns).to_have_count(2, timeout=SOON_MS)
    notebook.hook("step-back").click()
    kernel.wait_for("session.player.position_ms == 3000")
    kernel.value("session.player.seek(58_000)")
    expect(turns.last).to_contain_text("Rome has three of them", timeout=SOON_MS)
    expect(notebook.hook("position")).to_have_text("0:58", timeout=SOON_MS)
    notebook.hook("speed").select_option("4")
    play.click()
    expect(notebook.hook("status").first).to_contain_text("At the end", timeout=SOON_MS)
    expect(turns).to_have_count(3, timeout=SOON_MS)
    assert kernel.value("[told[-1], told.count('u2')]") == ["u2", 1]

    assert probe(notebook, "asked") == 0
    assert kernel.value("'realtime_widget.local' in sys.modules") is False
    assert kernel.value("[len(session.transcript), session.status]") == [3, "disconnected"]
