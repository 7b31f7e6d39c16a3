import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { turn } from "../testing/model";
import { isShown, openPanel } from "../testing/panel";

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  document.body.replaceChildren();
});

describe("kinds of sessions", () => {
  it("offers nothing to write to and no answer where a person is only written down", () => {
    const { model, find, all, el } = openPanel({ kind: "transcription" });
    for (const hook of ["text", "settings", "interrupt"]) expect(isShown(find(hook))).toBe(false);
    expect(isShown(el.querySelector("[aria-label='Voice level']"))).toBe(false);
    expect(el.textContent).not.toContain("type below");
    model.turns([turn("a", { role: "user", text: "so the", status: "in_progress" })]);
    expect(all("turn")[0]!.textContent).toContain("so the");
    model.state({ kind: "translation", status: "connected", running: true });
    expect(isShown(el.querySelector("[aria-label='Voice level']"))).toBe(true);
    expect(isShown(find("text"))).toBe(false);
    expect(el.textContent).toContain("Translation");
    model.turns([turn("b", { text: "así", status: "in_progress" })]);
    expect(all("turn")[1]!.textContent).toContain("translating…");
    model.state({ kind: "realtime", status: "connected", running: true });
    for (const hook of ["text", "settings", "interrupt"]) expect(isShown(find(hook))).toBe(true);
  });
});
