import { expect, it } from "vitest";
import { floatToInt16, meterScale } from "./pcm";

it("clips instead of wrapping", () => {
  expect([-2, -1, 0, 0.5, 1, 2].map(floatToInt16)).toEqual([-32768, -32768, 0, 16384, 32767, 32767]);
});

it("shows levels on a scale of 60 dB", () => {
  expect(meterScale(0)).toBe(0);
  expect(meterScale(1)).toBe(1);
  expect(meterScale(0.0316)).toBeCloseTo(0.5, 2);
  expect(meterScale(2)).toBe(1);
});
