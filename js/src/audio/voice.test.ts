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

it("goes idle when the stream stalls and gathers more before it goes on", () => {
  const { voice, render, of } = setup();
  voice.push(0, tone(2400));
  render(200);
  expect(of("idle")).toHaveLength(1);
  voice.push(0, tone(2400));
  expect(loudest(render(50))).toBe(0);
  voice.push(0, tone(2400));
  expect(loudest(render(50))).toBeGreaterThan(0.2);
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
