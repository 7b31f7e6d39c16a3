/** States of the panel worth looking at. */

export function state(patch = {}) {
  return {
    status: "disconnected",
    engine: { kind: "local", name: "Offline engine", model: "demo", note: "a demo, no language model" },
    elapsed_ms: 0,
    running: false,
    listening: false,
    speaking: false,
    thinking: false,
    muted: false,
    error: null,
    notice: null,
    settings: {
      voice: "en-us",
      turn_detection: "semantic_vad",
      instructions: "You are a terse data analyst.",
      output: "audio",
    },
    choices: {
      voices: [
        { id: "en-us", label: "English (US)" },
        { id: "en-gb", label: "English (UK)" },
      ],
      turn_detection: [
        { id: "semantic_vad", label: "By meaning" },
        { id: "server_vad", label: "By pauses" },
        { id: "none", label: "Push to talk" },
      ],
    },
    locks: { voice: null, turn_detection: null, instructions: null },
    suggestions: [
      "what can you do",
      "how many rows for Bern",
      "mean temperature in Basel",
      "tell me a number",
      "what time is it",
      "stop",
    ],
    tools: [
      { name: "rows", description: "Number of rows for a city.", version: 2 },
      { name: "mean_temperature", description: "Mean temperature of a city.", version: 1 },
    ],
    owner: null,
    chunk_ms: 40,
    title: "City data",
    ...patch,
  };
}

export function turn(id, role, text, patch = {}) {
  return {
    id,
    role,
    text,
    heard_text: null,
    status: "completed",
    uncertain: false,
    start_ms: null,
    calls: [],
    ...patch,
  };
}

const TALK = [
  turn("t1", "user", "what can you do", { start_ms: 1200 }),
  turn(
    "t2",
    "assistant",
    "I can count rows for a city and tell you its mean temperature. Ask me for Bern, Basel or Geneva, and I will look it up in your dataframe.",
    {
      start_ms: 2900,
      status: "interrupted",
      heard_text: "I can count rows for a city and tell you its mean temperature.",
    },
  ),
  turn("t3", "user", "how many rows for bern", { start_ms: 7400, uncertain: true }),
  turn("t4", "assistant", "There are 1248 rows for Bern.", {
    start_ms: 8800,
    calls: [
      {
        call_id: "c1",
        name: "rows",
        arguments: '{"city":"Bern"}',
        output: "1248",
        error: null,
        status: "done",
        duration_ms: 12.4,
        version: 2,
      },
    ],
  }),
  turn("t5", "user", "And the mean temperature in Atlantis?", { start_ms: 14_000 }),
  turn("t6", "assistant", "I could not find", {
    start_ms: 15_800,
    status: "in_progress",
    calls: [
      {
        call_id: "c2",
        name: "mean_temperature",
        arguments: '{"city":"Atlantis","since":2020}',
        output: null,
        error: "KeyError: 'Atlantis' is not a city of the table",
        status: "failed",
        duration_ms: 1830,
        version: 1,
      },
      {
        call_id: "c3",
        name: "rows",
        arguments: '{"city":"Atlantis"}',
        output: null,
        error: null,
        status: "running",
        duration_ms: null,
        version: 2,
      },
    ],
  }),
];

const connected = (patch = {}) => state({ status: "connected", running: true, elapsed_ms: 17_300, ...patch });

function say(harness, message) {
  harness.receive(message, []);
}

function talk(harness, patch = {}) {
  say(harness, { type: "state", state: connected({ speaking: true, owner: harness.page, ...patch }) });
  say(harness, { type: "turns", reset: true, order: null, turns: TALK, removed: [] });
}

export const SCENES = {
  waiting() {},
  disconnected: (harness) => say(harness, { type: "state", state: state() }),
  connecting: (harness) => say(harness, { type: "state", state: state({ status: "connecting" }) }),
  ready: (harness) => say(harness, { type: "state", state: connected() }),
  talk,
  locked: (harness) =>
    talk(harness, {
      locks: {
        voice: "The voice cannot change once the assistant has spoken.",
        turn_detection: null,
        instructions: null,
      },
    }),
  ptt: (harness) =>
    talk(harness, {
      speaking: false,
      settings: { voice: "en-us", turn_detection: "none", instructions: "", output: "audio" },
    }),
  error(harness) {
    talk(harness, {});
    say(harness, {
      type: "state",
      state: state({
        status: "error",
        elapsed_ms: 61_000,
        error: {
          code: "engine_unreachable",
          message: "The engine at ws://127.0.0.1:9000/v1 does not answer.",
          remedy: 'Start it, or choose engine="local" to talk offline.',
          fatal: true,
        },
      }),
    });
  },
  notice: (harness) =>
    talk(harness, {
      speaking: false,
      listening: true,
      muted: false,
      error: {
        code: "rate",
        message: "A tool call took longer than 30 s.",
        remedy: "The model was told so.",
        fatal: false,
      },
      notice: "A busy cell delays the microphone with this kernel.",
    }),
  dead(harness) {
    talk(harness, {});
    harness.model.die();
  },
};
