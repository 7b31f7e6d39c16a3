import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { isShown, openPanel } from "../testing/panel";

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  document.body.replaceChildren();
});

it("opens one drawer at a time, and Escape closes it and gives the focus back", () => {
  const { find } = openPanel({ tools: [{ name: "rows", description: "Counts.", version: 1 }] });
  expect(find("settings").getAttribute("aria-expanded")).toBe("false");
  find("settings").click();
  expect(isShown(find("instructions"))).toBe(true);
  find("tools-list").click();
  expect(find("instructions")).toBeNull();
  expect(find("tools").textContent).toContain("Counts.");
  const key = new KeyboardEvent("keydown", { key: "Escape", bubbles: true });
  find("tools-list-drawer").dispatchEvent(key);
  expect(find("tools-list").getAttribute("aria-expanded")).toBe("false");
  expect(document.activeElement).toBe(find("tools-list"));
});

it("closes a drawer that has nothing in it any more", () => {
  const { find, model } = openPanel();
  find("settings").click();
  model.state({ status: "connected", running: true, kind: "transcription" });
  expect(isShown(find("settings"))).toBe(false);
  expect(isShown(find("settings-drawer"))).toBe(false);
});
