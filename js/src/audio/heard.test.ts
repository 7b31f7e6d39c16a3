import { expect, test } from "vitest";
import { heardAt, latency_ms, type Output } from "./heard";

const T = performance.timeOrigin;

function output(fields: Partial<Output> & { stamp?: AudioTimestamp }): Output {
  const { stamp, ...rest } = fields;
  return { currentTime: 10, ...(stamp ? { getOutputTimestamp: () => stamp } : {}), ...rest };
}

test("the output's own stamp tells when a sample is heard", () => {
  const context = output({ stamp: { contextTime: 9.95, performanceTime: 4990 }, outputLatency: 0.2 });
  expect(heardAt(context, 10, 5000) - T).toBeCloseTo(5040, 3);
  expect(heardAt(context, 9.9, 5000) - T).toBeCloseTo(4940, 3);
});

test("without one, or with one that can't be, the latency is added", () => {
  const late = { outputLatency: 0.03, baseLatency: 0.01 };
  for (const stamp of [
    undefined,
    { contextTime: 0, performanceTime: 0 },
    { contextTime: 9.9, performanceTime: 100 },
    { contextTime: 12, performanceTime: 5000 },
    { contextTime: 3, performanceTime: 5000 },
  ]) {
    const context = output({ ...late, ...(stamp ? { stamp } : {}) });
    expect(heardAt(context, 10.02, 5000) - T).toBeCloseTo(5050, 3);
  }
});

test("a browser may tell only a part of its latency, or nothing", () => {
  expect(latency_ms(output({ baseLatency: 0.01 }))).toBeCloseTo(10);
  expect(latency_ms(output({}))).toBe(0);
});
