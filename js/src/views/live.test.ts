import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { openPage } from "../testing/page";
import { isShown } from "../testing/panel";

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  document.body.replaceChildren();
});

const settings = { voice: "", turn_detection: "none", instructions: "", output: "audio" } as const;

it("is on exactly while a microphone of this page is open, and says what that means", async () => {
  const { find, connect, model, page } = openPage();
  expect(isShown(find("live"))).toBe(false);
  await connect();
  expect(isShown(find("live"))).toBe(true);
  expect(find("live").textContent).toMatch(/^Live: .*what you say is sent/);
  find("mute").click();
  expect(find("live").textContent).toMatch(/^Muted: .*nothing/);
  model.state({ status: "connected", running: true, owner: page, muted: true });
  expect(find("live").dataset.live).toBe("muted");
  find("end").click();
  expect(isShown(find("live"))).toBe(false);
});

it("tells that an open microphone is held back until one holds to talk", async () => {
  const { find, connect } = openPage();
  await connect({ settings });
  expect(find("live").dataset.live).toBe("held");
  find("ptt").dispatchEvent(new PointerEvent("pointerdown", { button: 0 }));
  expect(find("live").dataset.live).toBe("live");
  find("ptt").dispatchEvent(new PointerEvent("pointerup"));
});

it("stands above every part that is alone", async () => {
  for (const part of ["transcript", "tools", "meters", "captions", "inspector"]) {
    document.body.replaceChildren();
    const { find } = openPage({ traits: { parts: [part] } });
    expect(find("live"), part).not.toBeNull();
  }
});
