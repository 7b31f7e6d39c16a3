/** A session's state and a conversation about some city data, as the kernel would send them. */

const TURN_DETECTION = [
  { id: "semantic_vad", label: "By meaning" },
  { id: "server_vad", label: "By pauses" },
  { id: "none", label: "Push to talk" },
];

export const ENGINES = {
  local: {
    kind: "local",
    name: "Offline engine",
    model: "",
    note: "no API key was found; it knows a few phrases, no language model",
  },
  openai: { kind: "openai", name: "OpenAI", model: "gpt-realtime-2.1", note: null },
};

export function state(patch = {}) {
  return {
    status: "disconnected",
    kind: "realtime",
    engine: ENGINES.openai,
    elapsed_ms: 0,
    running: false,
    listening: false,
    speaking: false,
    thinking: false,
    muted: false,
    error: null,
    notice: null,
    settings: {
      voice: "marin",
      turn_detection: "semantic_vad",
      instructions: "You are a terse data analyst.",
      output: "audio",
    },
    choices: {
      voices: [
        { id: "marin", label: "Marin" },
        { id: "cedar", label: "Cedar" },
      ],
      turn_detection: TURN_DETECTION,
    },
    locks: { voice: null, turn_detection: null, instructions: null },
    suggestions: [],
    tools: [
      { name: "rows", description: "Number of rows for a city.", version: 2 },
      { name: "mean_temperature", description: "Mean temperature of a city, in °C.", version: 1 },
    ],
    owner: null,
    chunk_ms: 60,
    title: "City data",
    session_id: "harness",
    on_close: "mute",
    route: { kind: "subshell", note: "You can talk while a cell runs." },
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
    connection: 1,
    heard_estimated: false,
    calls: [],
    ...patch,
  };
}

export function call(call_id, name, args, patch = {}) {
  return {
    call_id,
    name,
    arguments: JSON.stringify(args),
    output: null,
    error: null,
    status: "done",
    duration_ms: 12.4,
    version: 1,
    leads: true,
    ...patch,
  };
}

const INTRODUCTION =
  "I can count rows for a city and tell you its mean temperature. Ask me for Bern, Basel or Geneva, " +
  "and I will look it up in your dataframe.";
const HEARD = "I can count rows for a city and tell you its mean temperature.";

/** The conversation up to a question that is being answered. */
export function turns() {
  return [
    turn("t1", "user", "What can you do?", { start_ms: 1200 }),
    turn("t2", "assistant", INTRODUCTION, {
      start_ms: 2900,
      status: "interrupted",
      heard_text: HEARD,
      heard_estimated: true,
    }),
    turn("t3", "user", "How many rows for Bern?", { start_ms: 7400 }),
    turn("t4", "assistant", "There are 1248 rows for Bern.", {
      start_ms: 8800,
      calls: [call("c1", "rows", { city: "Bern" }, { output: "1248", version: 2 })],
    }),
    turn("t5", "user", "And the mean temperature there?", { start_ms: 14_000 }),
  ];
}

export const ANSWER = turn(
  "t6",
  "assistant",
  "The mean temperature in Bern is 9.3 degrees, about one degree below",
  {
    start_ms: 15_800,
    status: "in_progress",
    calls: [call("c2", "mean_temperature", { city: "Bern" }, { output: "9.3", duration_ms: 38 })],
  },
);

export const RUNNING = turn("t6", "assistant", "", {
  start_ms: 15_800,
  status: "in_progress",
  calls: [call("c2", "mean_temperature", { city: "Bern" }, { status: "running", duration_ms: null })],
});

export const FAILED = turn("t6", "assistant", "I could not find Atlantis in the table.", {
  start_ms: 15_800,
  calls: [
    call(
      "c2",
      "mean_temperature",
      { city: "Atlantis", since: 2020 },
      { status: "failed", error: "KeyError: 'Atlantis' is not a city of the table", duration_ms: 1830 },
    ),
  ],
});

/** Many turns, for the eye and for the clock. */
export function longTalk(count) {
  return Array.from({ length: count }, (_, i) =>
    i % 2 === 0
      ? turn(`l${i}`, "user", `Question ${i / 2 + 1}: how many rows has city number ${i}?`, {
          start_ms: i * 4000,
        })
      : turn(`l${i}`, "assistant", `City number ${i - 1} has ${(i * 137) % 1000} rows.`, {
          start_ms: i * 4000,
        }),
  );
}
