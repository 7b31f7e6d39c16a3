import { describe, expect, it } from "vitest";
import { Voice, type VoiceReport } from "./voice";

const RATE = 48_000;

function setup(rate = RATE) {
  const reports: VoiceReport[] = [];
  const voice = new Voice(rate, (report) => reports.push(report));
  let blocks = 0;
  const render = (ms: number): Float32Array => {
    const count = Math.ceil((ms * rate) / 1000 / 128);
    const output = new Float32Array(count * 128);
    for (let i = 0; i < count; i++) {
      voice.render(output.subarray(i * 128, (i + 1) * 128), (blocks++ * 128) / rate);
    }
    return output;
  };
  const of = <K extends VoiceReport["kind"]>(kind: K) =>
    reports.filter((report): report is Extract<VoiceReport, { kind: K }> => report.kind === kind);
  return { voice, reports, render, of };
}

function tone(samples: number, from = 0): Int16Array {
  return Int16Array.from({ length: samples }, (_, i) =>
    Math.round(10_000 * Math.sin((2 * Math.PI * 500 * (from + i)) / 24_000)),
  );
}

const loudest = (signal: Float32Array) => signal.reduce((max, value) => Math.max(max, Math.abs(value)), 0);

it("is silent and quiet before the first sample", () => {
  const { render, reports } = setup();
  expect(loudest(render(100))).toBe(0);
  expect(reports).toEqual([]);
});

describe.each([44_100, 48_000, 16_000])("at %i Hz", (rate) => {
  it("plays every sample once, without a break between chunks", () => {
    const { voice, render, of } = setup(rate);
    for (let i = 0; i < 10; i++) voice.push(0, tone(2400, i * 2400));
    voice.end(0);
    const output = render(1100);
    expect(of("finished")).toEqual([{ kind: "finished", part: 0, played_samples: 24_000 }]);
    // A sine never moves by more than its steepest step; a click would.
    const limit = ((2 * Math.PI * 500) / rate) * (10_000 / 32_768) * 1.1;
    const start = Math.ceil(rate * 0.01);
    for (let i = start; i < rate * 0.98; i++) {
      expect(Math.abs(output[i]! - output[i - 1]!)).toBeLessThan(limit);
    }
    expect(loudest(output)).toBeCloseTo(10_000 / 32_768, 2);
  });
});

it("reports the count of played samples while it plays", () => {
  const { voice, render, of } = setup();
  voice.push(0, tone(24_000));
  render(500);
  const counts = of("tick").map((tick) => tick.played[0]![1]);
  expect(counts.length).toBeGreaterThanOrEqual(9);
  expect(counts.at(-1)! / 24_000).toBeCloseTo(0.5, 1);
  expect([...counts].sort((a, b) => a - b)).toEqual(counts);
});

it("says when a part starts", () => {
  const { voice, render, of } = setup();
  render(100);
  voice.push(3, tone(2400));
  render(20);
  expect(of("started")).toHaveLength(1);
  expect(of("started")[0]!.time).toBeCloseTo(0.1, 2);
});

it("plays parts one after another", () => {
  const { voice, render, of } = setup();
  voice.push(0, tone(2400));
  voice.push(1, tone(2400));
  voice.push(0, tone(2400));
  voice.end(0);
  voice.end(1);
  render(400);
  expect(of("finished").map((report) => [report.part, report.played_samples])).toEqual([
    [0, 4800],
    [1, 2400],
  ]);
});

it("falls silent within milliseconds and tells what was played", () => {
  const { voice, render, of } = setup();
  voice.push(0, tone(24_000));
  voice.push(1, tone(2400));
  render(250);
  voice.clear(9);
  const cleared = of("cleared")[0]!;
  expect(cleared.id).toBe(9);
  const [first, second] = cleared.played;
  expect(first![0]).toBe(0);
  expect(first![1] / 24_000).toBeGreaterThan(0.24);
  expect(first![1] / 24_000).toBeLessThan(0.265);
  expect(second).toEqual([1, 0]);
  const after = render(50);
  expect(loudest(after.subarray(Math.ceil(RATE * 0.006)))).toBe(0);
  // Faded, not cut: the first sample after the clear still belongs to the tone.
  expect(Math.abs(after[0]! - after[1]!)).toBeLessThan(0.03);
});

it("plays what comes after a clear", () => {
  const { voice, render, of } = setup();
  voice.push(0, tone(24_000));
  render(100);
  voice.clear(1);
  voice.push(1, tone(2400));
  voice.end(1);
  expect(loudest(render(150).subarray(500))).toBeGreaterThan(0.2);
  expect(of("finished").map((report) => report.part)).toEqual([1]);
});

it("waits for a little more before it starts, and plays a short part that has ended at once", () => {
  const { voice, render, of } = setup();
  voice.push(0, tone(480));
  expect(loudest(render(100))).toBe(0);
  voice.end(0);
  expect(loudest(render(30))).toBeGreaterThan(0.2);
  expect(of("finished")[0]!.played_samples).toBe(480);
});

it("does not wait for ever for a short piece without an end", () => {
  const { voice, render } = setup();
  voice.push(0, tone(480));
  expect(loudest(render(600))).toBeGreaterThan(0.2);
});

it("starts with the first 40 ms, and goes idle and gathers more when the stream stalls", () => {
  const { voice, render, of } = setup();
  voice.push(0, tone(960));
  expect(loudest(render(20))).toBeGreaterThan(0.2);
  render(100);
  expect(of("idle")).toHaveLength(1);
  voice.push(0, tone(1440));
  expect(loudest(render(50))).toBe(0);
  voice.push(0, tone(1440));
  expect(loudest(render(50))).toBeGreaterThan(0.2);
});

/** Feed pieces at a pace; `slack_ms` is how irregularly they come. Returns what is heard. */
function stream(
  { voice, render }: ReturnType<typeof setup>,
  part: number,
  {
    pieces,
    piece_ms,
    every_ms,
    slack_ms = 0,
  }: Record<"pieces" | "piece_ms" | "every_ms", number> & {
    slack_ms?: number;
  },
): Float32Array {
  const heard: Float32Array[] = [];
  for (let i = 0; i < pieces; i++) {
    voice.push(part, tone(24 * piece_ms, 24 * piece_ms * i));
    heard.push(render(every_ms + (i % 2 === 0 ? slack_ms : -slack_ms)));
  }
  voice.end(part);
  heard.push(render(600));
  return Float32Array.from(heard.flatMap((block) => [...block]));
}

it("never waits again for a stream that is faster than time", () => {
  const opened = setup();
  stream(opened, 0, { pieces: 12, piece_ms: 40, every_ms: 30, slack_ms: 4 });
  expect(opened.of("idle")).toHaveLength(1);
});

it("learns from one stall what a stream needs that is as slow as time, and keeps that for the next", () => {
  const opened = setup();
  const paced = { pieces: 14, piece_ms: 40, every_ms: 40, slack_ms: 15 };
  stream(opened, 0, paced);
  expect(opened.of("idle").length).toBeGreaterThan(1);
  const before = opened.of("idle").length;
  opened.voice.clear(1);
  stream(opened, 1, paced);
  expect(opened.of("idle").length - before).toBe(1);
});

it("waits less again when several parts went well", () => {
  const { voice, render } = setup();
  voice.push(0, tone(960));
  render(200);
  voice.end(0);
  const starts = (part: number) => {
    voice.push(part, tone(960));
    const heard = loudest(render(30)) > 0.2;
    voice.end(part);
    render(300);
    return heard;
  };
  expect([1, 2, 3, 4, 5].map(starts)).toEqual([false, false, true, true, true]);
});

it("fades where a stream runs dry and where it goes on, so that no stall clicks", () => {
  const opened = setup();
  const heard = stream(opened, 0, { pieces: 5, piece_ms: 90, every_ms: 200 });
  expect(opened.of("idle").length).toBeGreaterThan(2);
  // Twice the steepest step of the tone itself; a cut would be ten times that.
  const limit = ((2 * Math.PI * 500) / RATE) * (10_000 / 32_768) * 2;
  for (let i = Math.ceil(RATE * 0.01); i < heard.length; i++) {
    expect(Math.abs(heard[i]! - heard[i - 1]!)).toBeLessThan(limit);
  }
});

it("finishes a part that was empty, and one whose end comes late", () => {
  const { voice, render, of } = setup();
  voice.end(5);
  voice.push(6, tone(2400));
  render(300);
  voice.end(6);
  expect(of("finished").map((report) => [report.part, report.played_samples])).toEqual([
    [5, 0],
    [6, 2400],
  ]);
});
