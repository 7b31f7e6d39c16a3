import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { PlayedItem } from "../messages";
import { installAudio } from "../testing/audio";
import { AudioEngine } from "./engine";
import { Player } from "./playback";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

async function setup() {
  const audio = installAudio();
  const player = new Player(new AudioEngine());
  const played: { items: PlayedItem[]; clear_id: number | null }[] = [];
  const playing: boolean[] = [];
  player.onplayed = (items, clear_id) => played.push({ items, clear_id });
  player.onplaying = (value) => playing.push(value);
  await player.prepare();
  const push = (item_id: string, seq: number) => player.push(item_id, 0, seq, new Int16Array(2400));
  return { player, played, playing, push, port: audio.playback() };
}

const counts = (items: PlayedItem[]) =>
  items.map((item) => [item.item_id, item.played_samples, item.finished]);

it("hands chunks to the audio thread as parts", async () => {
  const { player, push, port } = await setup();
  push("a", 0);
  push("b", 0);
  push("a", 1);
  player.end("a", 0);
  expect(port.posted.map(({ kind, part }) => [kind, part])).toEqual([
    ["push", 0],
    ["push", 1],
    ["push", 0],
    ["end", 0],
  ]);
});

it("keeps what comes before the worklet is loaded", async () => {
  const audio = installAudio();
  const player = new Player(new AudioEngine());
  player.push("a", 0, 0, new Int16Array(2400));
  player.end("a", 0);
  await vi.advanceTimersByTimeAsync(1);
  expect(audio.playback().posted.map(({ kind }) => kind)).toEqual(["push", "end"]);
});

it("drops a chunk that comes twice", async () => {
  const { push, port } = await setup();
  push("a", 0);
  push("a", 0);
  expect(port.posted.length).toBe(1);
});

it("reports played samples every 100 ms and when a part is finished", async () => {
  const { played, playing, push, port } = await setup();
  push("a", 0);
  port.say({ kind: "started", part: 0, time: 0 });
  for (const samples of [1200, 2400, 3600, 4800]) {
    await vi.advanceTimersByTimeAsync(50);
    port.say({ kind: "tick", played: [[0, samples]], peak: 0.5 });
  }
  expect(played.length).toBe(2);
  port.say({ kind: "finished", part: 0, played_samples: 5000 });
  expect(counts(played.at(-1)!.items)).toEqual([["a", 5000, true]]);
  expect(played.at(-1)!.items[0]!.started_ms).toBeGreaterThan(0);
  expect(playing).toEqual([true, false]);
});

it("knows how much of what came of an item was played", async () => {
  const { player, push, port } = await setup();
  expect(player.progress("a")).toBeNull();
  push("a", 0);
  push("a", 1);
  expect(player.progress("a")).toBe(0);
  port.say({ kind: "tick", played: [[0, 1200]], peak: 0.5 });
  expect(player.progress("a")).toBe(0.25);
  port.say({ kind: "finished", part: 0, played_samples: 4800 });
  expect(player.progress("a")).toBe(1);
});

it("answers a clear with what was heard, and ignores late chunks of what it cut", async () => {
  const { player, played, push, port } = await setup();
  push("a", 0);
  push("b", 0);
  player.clear(5);
  port.say({
    kind: "cleared",
    id: 0,
    played: [
      [0, 777],
      [1, 0],
    ],
  });
  expect(played.at(-1)!.clear_id).toBe(5);
  expect(counts(played.at(-1)!.items)).toEqual([
    ["a", 777, false],
    ["b", 0, false],
  ]);
  const before = port.posted.length;
  push("a", 1);
  player.end("a", 0);
  expect(port.posted.length).toBe(before);
  push("c", 0);
  expect(port.posted.length).toBe(before + 1);
});

it("falls silent before it tells anybody, and before the panel is redrawn", async () => {
  const { player, push, port } = await setup();
  push("a", 0);
  const seen: [string, unknown][] = [];
  player.onplaying = () => seen.push(["playing", port.posted.at(-1)?.kind]);
  player.onlevel = () => seen.push(["level", port.posted.at(-1)?.kind]);
  player.onplayed = () => seen.push(["played", port.posted.at(-1)?.kind]);
  player.clear(1);
  port.say({ kind: "cleared", id: 0, played: [[0, 12]] });
  expect(seen.map(([what]) => what)).toEqual(["playing", "level", "played"]);
  expect(seen.every(([, last]) => last === "clear")).toBe(true);
});

it("reports each part of several items once, to the sample", async () => {
  const { player, played, push, port } = await setup();
  push("heard", 0);
  player.end("heard", 0);
  port.say({ kind: "finished", part: 0, played_samples: 2400 });
  player.push("playing", 0, 0, new Int16Array(2400));
  player.push("playing", 1, 0, new Int16Array(2400));
  push("waiting", 0);
  player.clear(3);
  const counts_now = [
    [1, 2400],
    [2, 1207],
    [3, 0],
  ] as [number, number][];
  port.say({ kind: "cleared", id: 0, played: counts_now });
  const { items, clear_id } = played.at(-1)!;
  expect(clear_id).toBe(3);
  expect(
    items.map(({ item_id, content_index, played_samples }) => [item_id, content_index, played_samples]),
  ).toEqual([
    ["playing", 0, 2400],
    ["playing", 1, 1207],
    ["waiting", 0, 0],
  ]);
});

it("tells a part that ended while the clear was on its way as heard to its end", async () => {
  const { player, played, push, port } = await setup();
  push("a", 0);
  player.end("a", 0);
  player.clear(1);
  port.say({ kind: "finished", part: 0, played_samples: 2400 });
  port.say({ kind: "cleared", id: 0, played: [] });
  expect(played.map(({ clear_id, items }) => [clear_id, counts(items)])).toEqual([
    [null, [["a", 2400, true]]],
    [1, []],
  ]);
});

it("holds back what comes after the user's own interruption until the kernel has answered it", async () => {
  const { player, played, playing, push, port } = await setup();
  push("a", 0);
  player.clear(null);
  port.say({ kind: "cleared", id: 0, played: [[0, 500]] });
  push("b", 0); // of the same answer, and on its way when the user interrupted
  expect(port.posted.map(({ kind }) => kind)).toEqual(["push", "clear"]);
  player.clear(4);
  port.say({ kind: "cleared", id: 1, played: [] });
  expect(counts(played.at(-1)!.items)).toEqual([
    ["a", 500, false],
    ["b", 0, false],
  ]);
  push("c", 0);
  expect(port.posted.map(({ kind, part }) => [kind, part]).at(-1)).toEqual(["push", 2]);
  expect(playing).toEqual([true, false, true]);
});

it("plays what it held back when the kernel has nothing to answer", async () => {
  const { player, playing, push, port } = await setup();
  push("a", 0);
  player.clear(null);
  push("b", 0);
  player.end("b", 0);
  await vi.advanceTimersByTimeAsync(500);
  expect(port.posted.map(({ kind }) => kind)).toEqual(["push", "clear", "push", "end"]);
  expect(playing.at(-1)).toBe(true);
});

it("tells what was played so far when it is asked", async () => {
  const { player, played, push, port } = await setup();
  push("a", 0);
  port.say({ kind: "tick", played: [[0, 1200]], peak: 0 });
  const before = played.length;
  player.tell();
  expect(played.length).toBe(before + 1);
  expect(counts(played.at(-1)!.items)).toEqual([["a", 1200, false]]);
});

it("tells the kernel's clear what the user has cut before", async () => {
  const { player, played, push, port } = await setup();
  push("a", 0);
  player.clear(null);
  port.say({ kind: "cleared", id: 0, played: [[0, 500]] });
  player.clear(8);
  port.say({ kind: "cleared", id: 1, played: [] });
  expect(played.map(({ clear_id, items }) => [clear_id, counts(items)])).toEqual([
    [null, [["a", 500, false]]],
    [8, [["a", 500, false]]],
  ]);
  expect(player.hasOpenParts).toBe(false);
});

it("answers a clear although the audio thread sleeps", async () => {
  const { player, played, push } = await setup();
  push("a", 0);
  player.clear(2);
  await vi.advanceTimersByTimeAsync(300);
  expect(played).toHaveLength(1);
  expect(played[0]!.clear_id).toBe(2);
});

it("answers a clear before anything was ever played", () => {
  installAudio();
  const player = new Player(new AudioEngine());
  const played = vi.fn();
  player.onplayed = played;
  player.clear(1);
  expect(played.mock.calls).toEqual([[[], 1]]);
});

it("does not call a stalled voice playing for ever", async () => {
  const { playing, push, port } = await setup();
  push("a", 0);
  port.say({ kind: "idle" });
  expect(playing).toEqual([true]);
  await vi.advanceTimersByTimeAsync(2000);
  expect(playing).toEqual([true, false]);
});
