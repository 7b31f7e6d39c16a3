import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { State } from "../messages";
import { isShown, openPanel } from "../testing/panel";

beforeEach(() => {
  vi.useFakeTimers();
  localStorage.clear();
});
afterEach(() => {
  vi.useRealTimers();
  document.body.replaceChildren();
});

function openDrawer(state: Partial<State> = {}) {
  const opened = openPanel(state);
  opened.find("sound").click();
  return opened;
}

it("names every control, by a label or in words for those who do not see it", () => {
  const { find } = openDrawer();
  const controls = find("devices").querySelectorAll<HTMLElement>("select, input, button");
  expect(controls.length).toBe(9);
  for (const control of controls) {
    const label = control.id === "" ? null : find("devices").querySelector(`label[for="${control.id}"]`);
    const name = label?.textContent || control.getAttribute("aria-label") || control.textContent;
    expect(name, control.outerHTML).not.toBe("");
    const hint = control.getAttribute("aria-describedby");
    if (hint !== null) expect(document.getElementById(hint), hint).not.toBeNull();
  }
});

it("shows what the kernel says", () => {
  const microphone = {
    device: null,
    echo_cancellation: false,
    noise_suppression: true,
    auto_gain_control: false,
  };
  const { find, model } = openDrawer({ microphone, half_duplex: true });
  const on = () =>
    ["echo-cancellation", "noise-suppression", "auto-gain-control", "half-duplex"].map(
      (hook) => find<HTMLInputElement>(hook).checked,
    );
  expect(on()).toEqual([false, true, false, true]);
  model.state({ status: "connected", running: true });
  expect(on()).toEqual([true, true, true, false]);
});

it("offers nothing of a voice where there is none", () => {
  const { find } = openDrawer({ kind: "transcription" });
  for (const hook of ["volume", "test-sound", "half-duplex", "output-device"]) {
    expect(isShown(find(hook)), hook).toBe(false);
  }
  expect(isShown(find("input-device"))).toBe(true);
});

it("offers no microphone where sound comes from elsewhere", () => {
  const shown = (kind: "stream" | "kernel") => {
    const { find } = openDrawer({ audio_in: { kind, label: "file", model_id: null } });
    const hooks = ["input-device", "echo-cancellation", "half-duplex", "volume"];
    return hooks.filter((hook) => isShown(find(hook)));
  };
  expect(shown("stream")).toEqual(["half-duplex", "volume"]);
  expect(shown("kernel")).toEqual(["volume"]);
});

it("keeps a device in the list that was chosen and is not named yet", () => {
  localStorage.setItem(
    "realtime-widget.sound",
    JSON.stringify({ input: { value: { id: "x1", label: "USB" }, over: null } }),
  );
  const { find } = openDrawer();
  const picker = find<HTMLSelectElement>("input-device");
  expect([picker.value, picker.selectedOptions[0]!.text]).toEqual(["x1", "USB"]);
});

it("says how loud it is, and keeps what has the focus while it draws anew", () => {
  const { find, model } = openDrawer();
  const range = find<HTMLInputElement>("volume");
  range.focus();
  range.value = "0";
  range.dispatchEvent(new Event("input"));
  expect(range.getAttribute("aria-valuetext")).toBe("silent");
  expect(find("volume-off").querySelector(".rtw-icon-hush")).not.toBeNull();
  model.state({ status: "connected", running: true, notice: "x" });
  expect(document.activeElement).toBe(range);
  range.value = "55";
  range.dispatchEvent(new Event("input"));
  expect(range.getAttribute("aria-valuetext")).toBe("55 %");
});
