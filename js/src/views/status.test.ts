import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { State } from "../messages";
import { openPanel } from "../testing/panel";

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  document.body.replaceChildren();
});

it("says every status in words and in its own shape", () => {
  const { model, find } = openPanel();
  const seen = new Set<string>();
  const states: Partial<State>[] = [
    { status: "disconnected" },
    { status: "connecting" },
    { status: "connected", listening: true },
    { status: "connected", thinking: true },
    { status: "connected", speaking: true },
    { status: "connected" },
    { status: "reconnecting" },
    { status: "error" },
  ];
  for (const state of states) {
    model.state(state);
    const words = find("status").querySelector(".rtw-status-words")!.textContent;
    seen.add(`${words}|${find("orb").querySelector("path")!.getAttribute("d")}`);
    expect(words).not.toBe("");
  }
  expect(seen.size).toBe(states.length);
});
