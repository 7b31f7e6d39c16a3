import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { MIN_HOLD_MS, PushToTalk, TAIL_MS } from "./ptt";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function setup() {
  const log: string[] = [];
  const ptt = new PushToTalk({
    press: (id) => log.push(`press ${id}`),
    release: (id) => log.push(`release ${id}`),
    cancel: (id) => log.push(`cancel ${id}`),
    flush: async () => {
      log.push("flush");
    },
    changed: () => {},
  });
  const hold = () => {
    ptt.down();
    vi.advanceTimersByTime(MIN_HOLD_MS);
  };
  return { ptt, log, hold };
}

it("releases once, after the tail and the flush", async () => {
  const { ptt, log, hold } = setup();
  hold();
  ptt.up();
  await vi.advanceTimersByTimeAsync(TAIL_MS - 1);
  expect(log).toEqual(["press 1"]);
  await vi.advanceTimersByTimeAsync(2);
  expect(log).toEqual(["press 1", "flush", "release 1"]);
  expect(ptt.state).toBe("idle");
});

it("takes repeated presses and releases for one", async () => {
  const { ptt, log, hold } = setup();
  hold();
  ptt.down();
  for (const _ of ["pointerup", "lostpointercapture", "blur", "visibilitychange"]) ptt.up();
  await vi.advanceTimersByTimeAsync(1000);
  ptt.up();
  await vi.advanceTimersByTimeAsync(1000);
  expect(log).toEqual(["press 1", "flush", "release 1"]);
});

it("ends the first press before a second one within the tail", async () => {
  const { ptt, log, hold } = setup();
  hold();
  ptt.up();
  await vi.advanceTimersByTimeAsync(50);
  ptt.down();
  await vi.advanceTimersByTimeAsync(1000);
  expect(log).toEqual(["press 1", "release 1", "press 2"]);
  ptt.up();
  await vi.advanceTimersByTimeAsync(1000);
  expect(log).toEqual(["press 1", "release 1", "press 2", "flush", "release 2"]);
});

it("cancels a held press without a release", async () => {
  const { ptt, log } = setup();
  ptt.down();
  ptt.cancel();
  ptt.up();
  await vi.advanceTimersByTimeAsync(1000);
  expect(log).toEqual(["press 1", "cancel 1"]);
});

it("cancels within the tail, and nothing when idle", async () => {
  const { ptt, log, hold } = setup();
  ptt.cancel();
  hold();
  ptt.up();
  ptt.cancel();
  await vi.advanceTimersByTimeAsync(1000);
  expect(log).toEqual(["press 1", "cancel 1"]);
});

it("takes a mere tap for no turn", async () => {
  const { ptt, log } = setup();
  ptt.down();
  vi.advanceTimersByTime(MIN_HOLD_MS - 1);
  ptt.up();
  await vi.advanceTimersByTimeAsync(1000);
  expect(log).toEqual(["press 1", "cancel 1"]);
});
