import { expect, it } from "vitest";
import { CHIME_S, chime } from "./chime";

it.each([44_100, 48_000, 96_000])(
  "sounds the same at %i Hz: soft, without clicks, over in a second",
  (rate) => {
    const samples = chime(rate);
    expect(samples.length).toBe(Math.round(CHIME_S * rate));
    const loudest = samples.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    expect(loudest).toBeGreaterThan(0.15);
    expect(loudest).toBeLessThan(0.5);
    expect(Math.abs(samples[0]!)).toBeLessThan(0.001);
    expect(Math.abs(samples.at(-1)!)).toBeLessThan(0.001);
    let step = 0;
    for (let i = 1; i < samples.length; i++) step = Math.max(step, Math.abs(samples[i]! - samples[i - 1]!));
    expect(step * rate).toBeLessThan(2 * Math.PI * 1600 * loudest);
  },
);
