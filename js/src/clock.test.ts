import { expect, test } from "vitest";
import { pageNow, pageTime } from "./clock";

test("the page's clock goes on from the date at which the page began", () => {
  const before = pageTime(performance.now());
  const now = pageNow();
  expect(now).toBeGreaterThanOrEqual(before);
  expect(now).toBeLessThanOrEqual(pageTime(performance.now()));
  expect(Math.abs(now - Date.now())).toBeLessThan(60_000);
});
