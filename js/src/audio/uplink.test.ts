import { expect, it } from "vitest";
import type { PageMessage } from "../messages";
import { type Fate, Uplink } from "./uplink";

function setup() {
  const sent: Extract<PageMessage, { type: "audio" }>[] = [];
  const gate = { open: true, closed: "keep" as Fate };
  const uplink = new Uplink(
    (message) => sent.push(message as (typeof sent)[number]),
    () => (gate.open ? "send" : gate.closed),
  );
  let next = 0;
  const take = (count: number, samples = 960) => {
    for (let i = 0; i < count; i++) {
      uplink.take({ pcm: new ArrayBuffer(samples * 2), samples, first_sample: next, captured_ms: next / 24 });
      next += samples;
    }
  };
  return { sent, gate, uplink, take };
}

it("numbers what it sends and keeps the sample index", () => {
  const { sent, take } = setup();
  take(3);
  expect(sent.map((message) => [message.seq, message.first_sample])).toEqual([
    [0, 0],
    [1, 960],
    [2, 1920],
  ]);
});

it("leaves a visible gap where nothing was sent", () => {
  const { sent, gate, take } = setup();
  take(1);
  gate.open = false;
  take(5);
  gate.open = true;
  take(1);
  expect(sent.map((message) => [message.seq, message.first_sample])).toEqual([
    [0, 0],
    [1, 5760],
  ]);
});

it("sends the 300 ms before a press", () => {
  const { sent, gate, uplink, take } = setup();
  gate.open = false;
  take(50);
  gate.open = true;
  uplink.preroll();
  const first = sent[0]!.first_sample;
  expect(50 * 960 - first).toBeGreaterThanOrEqual(7200);
  expect(50 * 960 - first).toBeLessThan(7200 + 960);
  take(1);
  expect(sent.map((message) => message.first_sample)).toEqual(sent.map((_, i) => first + i * 960));
});

it("does not send a moment twice when two presses follow each other closely", () => {
  const { sent, gate, uplink, take } = setup();
  take(5);
  gate.open = false;
  take(1);
  gate.open = true;
  uplink.preroll();
  take(1);
  expect(sent.map((message) => message.first_sample)).toEqual([0, 960, 1920, 2880, 3840, 4800, 5760]);
});

it("forgets what was said while muted", () => {
  const { sent, gate, uplink, take } = setup();
  gate.open = false;
  take(10);
  uplink.forget();
  uplink.preroll();
  expect(sent).toEqual([]);
});

it("counts from zero for each opening", () => {
  const { sent, uplink, take } = setup();
  take(2);
  uplink.opened();
  take(1);
  expect(sent[2]!.seq).toBe(0);
});

it("says where it held something back, and not where something was lost before it", () => {
  const { sent, gate, uplink, take } = setup();
  take(1);
  gate.open = false;
  take(2);
  gate.open = true;
  take(2);
  uplink.take({ pcm: new ArrayBuffer(2), samples: 1, first_sample: 9600, captured_ms: 0 });
  expect(sent.map((message) => message.resumed)).toEqual([false, true, false, false]);
});

it("has lost nothing where a press brings back all that was held back", () => {
  const { sent, gate, uplink, take } = setup();
  take(1);
  gate.open = false;
  take(2);
  uplink.preroll();
  expect(sent.map((message) => message.resumed)).toEqual([false, false, false]);
});

it("forgets what holds the voice, for a press too", () => {
  const { sent, gate, uplink, take } = setup();
  gate.open = false;
  take(2);
  gate.closed = "drop";
  take(1);
  uplink.preroll();
  gate.open = true;
  take(1);
  expect(sent.map((message) => [message.first_sample, message.resumed])).toEqual([[2880, true]]);
});
