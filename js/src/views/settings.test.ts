import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { State } from "../messages";
import { openPanel } from "../testing/panel";

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  document.body.replaceChildren();
});

function openSettings(state: Partial<State>) {
  const opened = openPanel(state);
  opened.find("settings").click();
  return opened;
}

const settings = {
  voice: "marin",
  turn_detection: "semantic_vad",
  instructions: "Be brief.",
  output: "audio",
} as const;
const choices = {
  voices: [
    { id: "marin", label: "Marin" },
    { id: "cedar", label: "Cedar" },
  ],
  turn_detection: [],
};

it("sends a choice and shows what is when the kernel does not follow", async () => {
  const { model, find } = openSettings({ settings, choices });
  const voice = find<HTMLSelectElement>("voice");
  expect(voice.value).toBe("marin");
  voice.value = "cedar";
  voice.dispatchEvent(new Event("change"));
  expect(model.of("settings")).toMatchObject([{ voice: "cedar" }]);
  model.state({ status: "connected", settings, choices });
  expect(voice.value).toBe("cedar");
  await vi.advanceTimersByTimeAsync(3000);
  expect(voice.value).toBe("marin");
});

it("gives the reason of a lock to eyes and ears", () => {
  const reason = "The voice cannot change once it has spoken.";
  const { el, find } = openSettings({
    settings,
    choices,
    locks: { voice: reason, turn_detection: null, instructions: null },
  });
  const voice = find<HTMLSelectElement>("voice");
  expect(voice.disabled).toBe(true);
  expect(el.querySelector(`#${voice.getAttribute("aria-describedby")}`)!.textContent).toBe(reason);
  expect(find<HTMLSelectElement>("turn-detection").disabled).toBe(false);
});

it("applies instructions on change and does not overwrite them while they are edited", () => {
  const { model, find } = openSettings({ settings, choices });
  const area = find<HTMLTextAreaElement>("instructions");
  area.focus();
  area.value = "Be verbose.";
  model.state({ status: "connected", settings: { ...settings, instructions: "Be quick." }, choices });
  expect(area.value).toBe("Be verbose.");
  area.dispatchEvent(new Event("change"));
  expect(model.of("settings")).toMatchObject([{ instructions: "Be verbose." }]);
});

it("labels every control", () => {
  const { el } = openSettings({ settings, choices });
  for (const control of el.querySelectorAll("select, textarea")) {
    expect(el.querySelector(`label[for="${control.id}"]`)?.textContent).toBeTruthy();
  }
  for (const button of el.querySelectorAll("button")) {
    expect(button.textContent || button.getAttribute("aria-label")).toBeTruthy();
  }
});
