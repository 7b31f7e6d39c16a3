import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { turn } from "../testing/model";
import { openPage } from "../testing/page";
import { isShown, openPanel } from "../testing/panel";
import { PARTS } from "./panel";

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  document.body.replaceChildren();
});

describe("parts", () => {
  const HOOKS: Record<string, string> = {
    controls: "start",
    transcript: "transcript",
    tools: "tools-part",
    meters: "meters",
    captions: "caption-lines",
    inspector: "events",
  };

  it("shows what is asked for and nothing else, whatever the order of the names", () => {
    for (const part of PARTS) {
      document.body.replaceChildren();
      const { find } = openPage({ traits: { parts: [part] } });
      for (const [other, hook] of Object.entries(HOOKS)) {
        expect(find(hook) !== null, `${hook} in ${part}`).toBe(other === part);
      }
      expect(find("status")).not.toBeNull();
    }
    document.body.replaceChildren();
    const { el, find } = openPage({ traits: { parts: ["captions", "transcript", "unknown"] } });
    const order = find("transcript").compareDocumentPosition(find("caption-lines"));
    expect(order & Node.DOCUMENT_POSITION_FOLLOWING).toBeTruthy();
    expect(el.querySelector<HTMLElement>(".rtw")!.dataset.parts).toBe("transcript captions");
  });
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
