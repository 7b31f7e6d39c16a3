import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { openPanel } from "../testing/panel";

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  document.body.replaceChildren();
});

it("lets one hold to talk while the connection is made again", () => {
  const settings = { voice: "", turn_detection: "none", instructions: "", output: "audio" } as const;
  const { model, find } = openPanel({ settings });
  model.state({ status: "reconnecting", running: true, settings });
  expect(find("ptt").textContent).toBe("Microphone is off");
});
