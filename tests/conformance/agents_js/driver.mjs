// Talk through npm `@openai/agents-realtime`: its session holds the history, runs tools and interrupts.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { RealtimeAgent, RealtimeSession, tool } from "@openai/agents-realtime";
import { z } from "zod";

const TURN_TIMEOUT_MS = 90_000;
const BYTES_PER_MS = 48;
const CHUNK_MS = 40;

const { values: options } = parseArgs({
  options: { "base-url": { type: "string" }, speech: { type: "string" } },
});
const spoken = (name) => readFileSync(join(options.speech, `${name}.pcm`));
const texts = JSON.parse(readFileSync(join(options.speech, "texts.json"), "utf8"));

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Deliver silence, and what is said, in real time, as a microphone that stays open does. */
class Microphone {
  waiting = Buffer.alloc(0);
  open = true;

  constructor(session) {
    this.pump(session);
  }

  say(pcm) {
    this.waiting = Buffer.concat([this.waiting, pcm]);
  }

  async pump(session) {
    const size = CHUNK_MS * BYTES_PER_MS;
    const began = performance.now();
    for (let sent = 1; this.open; sent++) {
      const chunk = new Uint8Array(size);
      chunk.set(this.waiting.subarray(0, size));
      this.waiting = this.waiting.subarray(size);
      session.sendAudio(chunk.buffer);
      await sleep(Math.max(0, began + sent * CHUNK_MS - performance.now()));
    }
  }
}

/** A session, and what its events told. */
class Talk {
  audioBytes = 0;
  interruptions = 0;
  answers = 0;
  complete = 0;
  history = [];
  errors = [];
  isOver = false;

  constructor(tools, config) {
    const agent = new RealtimeAgent({
      name: "assistant",
      instructions: "You are a helpful voice assistant.",
      tools,
    });
    this.session = new RealtimeSession(agent, { transport: "websocket", config });
    this.session.on("audio", (event) => {
      this.audioBytes += event.data.byteLength;
    });
    this.session.on("audio_interrupted", () => {
      this.interruptions += 1;
    });
    this.session.on("agent_end", () => {
      this.answers += 1;
    });
    this.session.on("transport_event", (event) => {
      if (event.type === "response.done" && event.response.status === "completed") this.complete += 1;
    });
    this.session.on("history_updated", (history) => {
      this.history = history;
    });
    this.session.on("error", (event) => this.errors.push(event.error));
  }

  /** What one side said, turn by turn. */
  said(role) {
    const items = this.history.filter((item) => item.type === "message" && item.role === role);
    const words = (item) => item.content.map((part) => part.transcript ?? part.text ?? "").join("");
    return items.map(words).filter(Boolean);
  }

  get audioMs() {
    return Math.floor(this.audioBytes / BYTES_PER_MS);
  }

  async until(condition) {
    while (!condition()) {
      if (this.errors.length) throw new Error(JSON.stringify(this.errors));
      if (this.isOver) throw new Error(`gave up; the history is ${JSON.stringify(this.history)}`);
      await sleep(20);
    }
  }
}

/** Connect, let `work` talk, and hang up whatever happens. */
async function talk(work, { tools = [], config } = {}) {
  const talking = new Talk(tools, config);
  const limit = setTimeout(() => {
    talking.isOver = true;
  }, TURN_TIMEOUT_MS);
  let microphone;
  const listen = () => {
    microphone = new Microphone(talking.session);
    return microphone;
  };
  // Another model than the client's own default, which it repeats in every update.
  const url = `${options["base-url"].replace(/^http/, "ws")}/realtime?model=demo`;
  try {
    await talking.session.connect({ apiKey: "local", url });
    return await work(talking, listen);
  } finally {
    clearTimeout(limit);
    if (microphone) microphone.open = false;
    talking.session.close();
  }
}

/** Ask for a long answer, speak when it is time, and hear the next answer. */
const interrupt = (text, isTime) =>
  talk(async (talking, listen) => {
    const microphone = listen();
    talking.session.sendMessage(text);
    await talking.until(() => isTime(talking));
    microphone.say(spoken("interjection"));
    await talking.until(() => talking.interruptions);
    const before = { ms: talking.audioMs, complete: talking.complete };
    await talking.until(() => talking.said("user").length > 1 && talking.complete > before.complete);
    return {
      interrupted: talking.interruptions === 1,
      heard: talking.said("user").at(-1),
      answer: talking.said("assistant").at(-1),
      audio_ms: talking.audioMs - before.ms,
    };
  });

const TURNS = {
  text: () =>
    talk(
      async (talking) => {
        talking.session.sendMessage(texts.question);
        await talking.until(() => talking.answers && talking.said("assistant").length);
        return { answer: talking.said("assistant")[0] };
      },
      { config: { outputModalities: ["text"] } },
    ),

  voice: () =>
    talk(async (talking, listen) => {
      listen().say(spoken("question"));
      await talking.until(() => talking.answers && talking.said("user").length);
      return {
        heard: talking.said("user")[0],
        answer: talking.said("assistant")[0],
        audio_ms: talking.audioMs,
      };
    }),

  tool: () => {
    const cities = [];
    const getWeather = tool({
      name: "get_weather",
      description: "Get the weather of a city.",
      parameters: z.object({ city: z.string() }),
      execute: async ({ city }) => {
        cities.push(city);
        return JSON.stringify({ city, sky: "drizzle", degrees: 17 });
      },
    });
    return talk(
      async (talking) => {
        talking.session.sendMessage(texts.weather);
        await talking.until(() => talking.said("assistant").at(-1)?.includes("drizzle"));
        return { cities, answer: talking.said("assistant").at(-1), audio_ms: talking.audioMs };
      },
      { tools: [getWeather] },
    );
  },

  barge_in: () => interrupt(texts.long, (talking) => talking.audioMs),

  barge_in_late: () => interrupt(texts.shorter, (talking) => talking.answers),
};

for (const [turn, run] of Object.entries(TURNS)) {
  const began = performance.now();
  const report = { turn };
  try {
    report.facts = await run();
  } catch (error) {
    report.error = error.stack ?? String(error);
  }
  report.seconds = Math.round((performance.now() - began) / 100) / 10;
  process.stdout.write(`${JSON.stringify(report)}\n`);
}
process.exit(0);
