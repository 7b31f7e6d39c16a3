import { expect, it } from "vitest";
import { toInt16 } from "./buffers";

it("reads a view at an odd offset and drops half a sample", () => {
  const bytes = new Uint8Array([9, 1, 0, 255, 255, 7]);
  expect([...toInt16(new DataView(bytes.buffer, 1, 5))!]).toEqual([1, -1]);
});

it("reads every kind of buffer that a host hands over, as a copy", () => {
  const samples = new Int16Array([1, 2, 3]);
  for (const buffer of [
    samples.buffer,
    new Uint8Array(samples.buffer),
    samples,
    new DataView(samples.buffer),
    btoa(String.fromCharCode(...new Uint8Array(samples.buffer))),
  ]) {
    const copy = toInt16(buffer)!;
    expect([...copy]).toEqual([1, 2, 3]);
    expect(copy.buffer).not.toBe(samples.buffer);
  }
});

it("refuses what is no buffer", () => {
  expect(toInt16("not base64!")).toBeNull();
  expect(toInt16([1, 2])).toBeNull();
  expect(toInt16(undefined)).toBeNull();
});
