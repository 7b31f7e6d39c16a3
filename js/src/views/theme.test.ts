import { expect, it } from "vitest";
import { parseLuminance } from "./theme";

it("reads the luminance of a page", () => {
  expect(parseLuminance("rgb(255, 255, 255)")).toBeCloseTo(1);
  expect(parseLuminance("rgb(0 0 0 / 0.9)")).toBe(0);
  expect(parseLuminance("rgba(0, 0, 0, 0)")).toBeNull();
  expect(parseLuminance("oklch(0.5 0 0)")).toBeNull();
});
