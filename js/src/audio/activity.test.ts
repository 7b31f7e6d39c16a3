import { expect, it } from "vitest";
import { Activity } from "./activity";

const RATE = 24_000;

function listen() {
  const activity = new Activity(RATE);
  let seed = 1;
  /** So many ms of noise of an amplitude; returns the ms at which activity first was as asked, else null. */
  const hear = (ms: number, amplitude: number, wanted = true): number | null => {
    let found: number | null = null;
    for (let i = 0; i < (ms * RATE) / 1000; i++) {
      seed = (seed * 48_271) % 2_147_483_647;
      activity.put(amplitude * ((2 * seed) / 2_147_483_647 - 1));
      if (found === null && activity.active === wanted) found = (i * 1000) / RATE;
    }
    return found;
  };
  return { activity, hear };
}

it("notices speech within two windows, and stays with it over the pauses between words", () => {
  const { activity, hear } = listen();
  expect(hear(2000, 0.001)).toBeNull();
  expect(hear(300, 0.2)!).toBeLessThan(20);
  for (let i = 0; i < 10; i++) {
    expect(hear(700, 0.001, false)).toBeNull();
    hear(300, 0.2);
  }
  expect(hear(3000, 0.001, false)!).toBeGreaterThan(1000);
  expect(activity.active).toBe(false);
});

it("takes a steady noise for the room, after a while, and still hears speech above it", () => {
  const { activity, hear } = listen();
  hear(15_000, 0.02);
  expect(activity.active).toBe(false);
  expect(hear(300, 0.3)!).toBeLessThan(20);
});

it("takes digital silence and what comes after it for what they are", () => {
  const { activity, hear } = listen();
  expect(hear(5000, 0)).toBeNull();
  expect(hear(1000, 0.0005)).toBeNull();
  expect(hear(100, 0.1)).not.toBeNull();
  expect(activity.active).toBe(true);
});
