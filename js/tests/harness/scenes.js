/** States of the panel worth looking at: `play` brings one about, `before` changes the browser before the panel is there. */

import { ANSWER, ENGINES, FAILED, longTalk, RUNNING, turn, turns } from "./talk.js";

const SUGGESTIONS = [
  "what can you do",
  "how many rows for Bern",
  "mean temperature in Basel",
  "tell me a number",
  "what time is it",
  "stop",
];

function deny(name, message) {
  navigator.mediaDevices.getUserMedia = async () => {
    throw new DOMException(message, name);
  };
}

function fail(code, message, remedy) {
  return (harness) =>
    harness.say({ status: "error", elapsed_ms: 0, error: { code, message, remedy, fatal: true } });
}

const speaking = async (harness) => {
  await harness.talk({ speaking: true });
  harness.turns([ANSWER], false);
  harness.voice("t6");
};

/** Speaking, once the captions have come that far. */
const captioned = async (harness) => {
  await harness.talk({ speaking: true });
  harness.turns([ANSWER], false);
  harness.voice("t6", 9);
  await harness.until(() => document.querySelector(".rtw-caption:last-child").textContent.includes("9.3"));
};

const written = (kind, list) => async (harness) => {
  harness.say({ kind, suggestions: [], tools: [] });
  await harness.talk({ listening: true, kind });
  harness.turns(list);
};

/** A saved conversation, in the middle of its player's way. */
function replayed(harness, player) {
  const at = { playing: false, speed: 1, position_ms: 41_000, duration_ms: 95_000, begun: true, course: 1 };
  const created_at = "2026-11-21T12:00:00+00:00";
  harness.say({ speaking: player.playing === true, player: { ...at, created_at, ...player } });
  harness.turns(turns());
  if (player.playing) harness.turns([turn("t6", "assistant", "Basel was", { status: "in_progress" })], false);
  const marks = [];
  for (let ms = 1000, side = 0; ms < 90_000; ms += 6000 + 2500 * side, side = 1 - side) {
    marks.push([ms, ms + 3500 + 1500 * side, side]);
    if (side === 0) marks.push([ms + 4000, ms + 4400, 3]);
  }
  const levels = new Uint8Array(4000).map((_, i) => 90 + 80 * Math.sin(i / 3));
  const score = { type: "player.score", page: harness.page, marks, step_ms: 50 };
  harness.model.receive(score, [new DataView(levels.buffer)]);
}

const PTT = { voice: "marin", turn_detection: "none", instructions: "", output: "audio" };

export const SCENES = {
  waiting: { play() {} },
  idle: { play: (harness) => harness.say({}) },
  offline: { play: (harness) => harness.say({ engine: ENGINES.local, suggestions: SUGGESTIONS }) },
  connecting: {
    async play(harness) {
      await harness.talk();
      harness.turns([]);
      harness.say({ status: "connecting", running: false, elapsed_ms: 0 });
    },
  },
  ready: {
    async play(harness) {
      await harness.talk({ elapsed_ms: 2300 });
      harness.turns([]);
    },
  },
  listening: {
    async play(harness) {
      await harness.talk({ listening: true });
      harness.turns([turn("t6", "user", "And compared with the", { status: "in_progress" })], false);
    },
  },
  thinking: { play: (harness) => harness.talk({ thinking: true }) },
  "tool-running": {
    async play(harness) {
      await harness.talk({ thinking: true });
      harness.turns([RUNNING], false);
    },
  },
  "tool-failed": {
    async play(harness) {
      await harness.talk();
      harness.turns([FAILED], false);
      harness.hook("transcript").querySelectorAll("details")[1].open = true;
    },
  },
  sound: {
    async play(harness) {
      await harness.talk();
      harness.hook("sound").click();
    },
  },
  speaking: { play: speaking },
  muted: { play: (harness) => harness.talk({ muted: true }) },
  stored: {
    play: (harness) => harness.talk({ store: { place: "/home/ada/notebooks/july/talks.db", problem: null } }),
  },
  unstored: {
    play: (harness) =>
      harness.talk({
        store: {
          place: "/home/ada/talks.db",
          problem: "There is no room left on the disk of /home/ada/talks.db. Make room there.",
        },
      }),
  },
  "push-to-talk": { play: (harness) => harness.talk({ settings: PTT }) },
  "push-to-talk-held": {
    async play(harness) {
      await harness.talk({ settings: PTT });
      harness.hook("ptt").dispatchEvent(new PointerEvent("pointerdown", { button: 0, pointerId: 1 }));
    },
  },
  elsewhere: {
    play(harness) {
      harness.say({ status: "connected", running: true, elapsed_ms: 17_300, owner: "another page" });
      harness.turns(turns());
    },
  },
  reconnecting: {
    async play(harness) {
      await harness.talk();
      const message = "The connection ended without a reason.";
      const remedy = "It is being made again; what is said meanwhile is kept.";
      harness.say({
        status: "reconnecting",
        error: { code: "connection_lost", message, remedy, fatal: false },
      });
    },
  },
  resumed: {
    async play(harness) {
      await harness.talk();
      const later = { connection: 2 };
      harness.turns(
        [turn("t6", "user", "Are you still there?", later), turn("t7", "assistant", "Yes.", later)],
        false,
      );
    },
  },
  notice: {
    async play(harness) {
      await harness.talk();
      const note =
        "A busy cell holds back what you say until it ends: this kernel has one thread for everything.";
      harness.say({ notice: note, route: { kind: "main", note } });
    },
  },
  denied: {
    before: () => deny("NotAllowedError", "Permission denied"),
    play: (harness) => harness.talk({ owner: null }),
  },
  "no-device": {
    before: () => deny("NotFoundError", "Requested device not found"),
    play: (harness) => harness.talk({ owner: null }),
  },
  "no-key": {
    play: fail(
      "missing_key",
      "No API key for OpenAI was found.",
      'Set the environment variable OPENAI_API_KEY, pass api_key="…", or talk offline with engine="local".',
    ),
  },
  "refused-key": {
    play: fail(
      "invalid_api_key",
      "The server at api.openai.com refused the key (401).",
      "Check OPENAI_API_KEY or api_key=, and that the project may use this model.",
    ),
  },
  "dead-engine": {
    play: fail(
      "connection_refused",
      "Nobody listens at ws://127.0.0.1:9000/v1.",
      'Check the address and that the server runs, or use engine="local".',
    ),
  },
  "kernel-gone": {
    async play(harness) {
      await harness.talk();
      harness.model.die();
    },
  },
  transcription: {
    play: written("transcription", [
      turn("a", "user", "The first thing to say is that nobody expected the river to rise that fast.", {
        start_ms: 900,
      }),
      turn("b", "user", "By noon the bridge was closed, and", { start_ms: 6200, status: "in_progress" }),
    ]),
  },
  translation: {
    play: written("translation", [
      turn("a", "user", "Der Fluss stieg schneller, als irgendjemand erwartet hatte.", { start_ms: 900 }),
      turn("b", "assistant", "The river rose faster than anyone", { start_ms: 1700, status: "in_progress" }),
    ]),
  },
  captions: { parts: "captions", play: captioned },
  compact: { compact: true, play: captioned },
  "compact-idle": { compact: true, play: (harness) => harness.say({}) },
  "compact-push-to-talk": { compact: true, play: (harness) => harness.talk({ settings: PTT }) },
  "part-controls": { parts: "controls", play: speaking },
  "part-transcript": { parts: "transcript", play: speaking },
  "part-tools": { parts: "tools", play: speaking },
  "part-meters": { parts: "meters", play: speaking },
  "parts-controls-captions": { parts: "controls,captions", play: captioned },
  settings: {
    async play(harness) {
      await harness.talk({
        locks: {
          voice: "The voice is fixed once the model has spoken; end the session to change it.",
          turn_detection: null,
          instructions: null,
        },
      });
      harness.hook("settings").click();
    },
  },
  tools: {
    async play(harness) {
      await harness.talk();
      harness.hook("tools-list").click();
    },
  },
  saved: { play: (harness) => replayed(harness, { begun: false, position_ms: 0 }) },
  playing: { play: (harness) => replayed(harness, { playing: true }) },
  "playing-compact": { compact: true, play: (harness) => replayed(harness, { playing: true }) },
  long: {
    async play(harness) {
      await harness.talk();
      harness.turns(longTalk(400));
    },
  },
};
