import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { turn } from "../testing/model";
import { openPage } from "../testing/page";
import { captionText } from "./captions";

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  document.body.replaceChildren();
});

const lines = (root: Element) =>
  [...root.querySelectorAll(".rtw-caption")].map((line) => line.textContent?.replace(/\s+/g, " "));

it("shows the latest turns of both sides while they are said, and what was heard of a cut one", () => {
  const { model, find } = openPage({ traits: { parts: ["captions"] } });
  expect(find("caption-lines").textContent).toContain("appears here");
  model.turns([
    turn("a", { role: "user", text: "one" }),
    turn("s", { role: "system", text: "be brief" }),
    turn("b", { text: "two three", heard_text: "two", status: "interrupted" }),
    turn("c", { role: "user", text: "and fo", status: "in_progress" }),
    turn("d", { status: "in_progress" }),
  ]);
  expect(lines(find("caption-lines"))).toEqual(["You one", "Assistant two", "You and fo"]);
  model.turns([turn("c", { role: "user", text: "and four" })]);
  model.turns([turn("d", { text: "five", status: "in_progress" })]);
  expect(lines(find("caption-lines"))).toEqual(["Assistant two", "You and four", "Assistant five"]);
});

it("keeps up with the voice, not with the words that come ahead of it", () => {
  const long = turn("a", { text: "one two three four" });
  expect(captionText(long, null)).toBe("one two three four");
  expect(captionText(long, 0)).toBe("");
  expect(captionText(long, 0.3)).toBe("one two");
  expect(captionText(long, 1)).toBe("one two three four");
  const cut = { ...long, heard_text: "one", status: "interrupted" } as const;
  expect(captionText(cut, 0.9)).toBe("one");
});

it("lays out only the end of a long turn", () => {
  const words = Array.from({ length: 500 }, (_, i) => `word${i}`).join(" ");
  const text = captionText(turn("a", { text: words }), null);
  expect(text.length).toBeLessThan(420);
  expect(text).toMatch(/^… word\d+ .* word499$/);
});

it("says the last words in the compact bar, which keeps the buttons of a conversation", async () => {
  const page = openPage({ traits: { compact: true } });
  await page.connect();
  page.model.turns([turn("a", { role: "user", text: "one" }), turn("b", { text: "two" })]);
  expect(lines(page.find("last-caption"))).toEqual(["Assistant two"]);
  expect(page.find("transcript")).toBeNull();
  for (const hook of ["orb", "status", "live", "mute", "end"]) expect(page.find(hook)).not.toBeNull();
});
