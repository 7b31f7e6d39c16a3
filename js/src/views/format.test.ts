import { expect, it } from "vitest";
import { brief, callArguments, clock, duration } from "./format";

it("formats times and calls", () => {
  expect([0, 59_999, 75_000, 3_723_000].map(clock)).toEqual(["0:00", "0:59", "1:15", "1:02:03"]);
  expect([0.2, 12.4, 1834].map(duration)).toEqual(["<1 ms", "12 ms", "1.8 s"]);
  expect(callArguments('{"a":1,"b":"x"}')).toBe('a=1, b="x"');
  expect(callArguments('{"a":')).toBe('{"a":');
  expect(brief("one\ntwo")).toBe("one…");
});
