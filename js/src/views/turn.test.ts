import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { turn } from "../testing/model";
import { openPanel } from "../testing/panel";
import { splitHeard } from "./turn";

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  document.body.replaceChildren();
});

it("shows calls where they were made: above the answer made from them, or below the words that announced them", () => {
  const call = { call_id: "1", name: "rows", arguments: "{}", output: null, error: null } as const;
  const made = { ...call, status: "running" as const, duration_ms: null, version: 1 };
  const { model, all } = openPanel();
  const calls = [
    { ...made, leads: true },
    { ...made, call_id: "2", name: "later", leads: false },
  ];
  model.turns([turn("a", { text: "Words", calls })]);
  const text = all("turn")[0]!.textContent!;
  expect(text.indexOf("rows")).toBeLessThan(text.indexOf("Words"));
  expect(text.indexOf("later")).toBeGreaterThan(text.indexOf("Words"));
});

it("splits an interrupted answer where it was heard to", () => {
  expect(splitHeard(turn("a", { text: "one two", heard_text: "one" }))).toEqual(["one ", "two"]);
  expect(splitHeard(turn("a", { text: "one two", heard_text: "" }))).toEqual(["", "one two"]);
  expect(splitHeard(turn("a", { text: "one two", heard_text: "other" }))).toEqual(["other", ""]);
  expect(splitHeard(turn("a", { text: "one two" }))).toEqual(["one two", ""]);
});
