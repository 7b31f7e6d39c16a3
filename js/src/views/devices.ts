/** The body of the drawer "Sound": which microphone and loudspeaker, what the browser does to them, how loud. */

import type { Switch } from "../choices";
import type { Controller } from "../controller";
import type { Choice } from "../messages";
import type { Scope } from "../scope";
import type { Store } from "../store";
import { h, setAttribute, setText, show, uniqueId } from "./dom";
import { icon, setIcon } from "./icons";

const SWITCHES: readonly { name: Switch; hook: string; label: string; hint?: string }[] = [
  { name: "echo_cancellation", hook: "echo-cancellation", label: "Echo cancellation" },
  { name: "noise_suppression", hook: "noise-suppression", label: "Noise suppression" },
  { name: "auto_gain_control", hook: "auto-gain-control", label: "Automatic gain" },
  {
    name: "half_duplex",
    hook: "half-duplex",
    label: "Don't listen while the answer sounds",
    hint: "For loudspeakers without echo cancellation. You cannot interrupt by speaking then.",
  },
];

export function mountDevices(controller: Controller, scope: Scope): HTMLElement {
  const { devices } = controller;
  const input = mountPicker("input-device", "Microphone", (id) => devices.pickInput(id), scope);
  const output = mountPicker("output-device", "Loudspeaker", (id) => void devices.pickOutput(id), scope);
  const switches = SWITCHES.map((each) => mountSwitch(each, controller, scope));
  const volume = mountVolume(controller, scope);
  const processing = h(
    "div",
    { class: "rtw-switches", role: "group", "aria-label": "What is heard" },
    ...switches.map((each) => each.root),
  );
  const root = h(
    "div",
    { class: "rtw-devices", "data-rtw": "devices" },
    input.root,
    processing,
    output.root,
    volume.root,
  );
  const { store } = controller;
  const update = () => {
    const { inputs, outputs, sound } = store.local;
    const hasVoice = store.state.kind !== "transcription";
    const source = store.state.audio_in.kind;
    const hasMicrophone = source === "microphone";
    const mayEcho = hasVoice && source !== "kernel";
    show(input.root, hasMicrophone);
    show(processing, hasMicrophone || mayEcho);
    input.update(sound.input, devices.inputName, inputs, inputHint(store));
    output.update(sound.output, devices.outputName, outputs ?? [], "");
    show(output.root, outputs !== null && hasVoice);
    show(volume.root, hasVoice);
    for (const each of switches) {
      each.update(sound[each.name], each.name === "half_duplex" ? mayEcho : hasMicrophone);
    }
    volume.update();
  };
  scope.add(store.subscribe((change) => change.kind !== "turns" && update()));
  update();
  // Opened by hand: a look at what the browser tells, which asks nobody.
  void devices.refresh();
  return root;
}

function inputHint({ local }: Store): string {
  if (local.inputInUse !== null) return `In use: ${local.inputInUse}`;
  return local.inputs.length === 0 ? "The browser names them once it was allowed to use one." : "";
}

function mountPicker(hook: string, label: string, pick: (id: string) => void, scope: Scope) {
  const id = uniqueId(hook);
  const select = h("select", { id, "data-rtw": hook, class: "rtw-input", "aria-describedby": `${id}-hint` });
  const hint = h("p", { class: "rtw-hint", id: `${id}-hint`, "data-rtw": `${hook}-hint` });
  const root = h("div", { class: "rtw-field" }, h("label", { for: id }, label), select, hint);
  let shown = "";
  scope.listen(select, "change", () => pick(select.value));
  const update = (value: string, name: string | null, devices: readonly Choice[], words: string) => {
    const known = value === "" || devices.some((device) => device.id === value);
    // Chosen, but not here or not named yet.
    const missing = known ? [] : [{ id: value, label: name ?? value }];
    const all = [{ id: "", label: "System default" }, ...devices, ...missing];
    const key = JSON.stringify(all);
    if (key !== shown) {
      select.replaceChildren(...all.map((device) => h("option", { value: device.id }, device.label)));
    }
    shown = key;
    if (select.value !== value) select.value = value;
    setText(hint, words);
    show(hint, words !== "");
  };
  return { root, update };
}

function mountSwitch(
  { name, hook, label, hint }: (typeof SWITCHES)[number],
  controller: Controller,
  scope: Scope,
) {
  const id = uniqueId(hook);
  const box = h("input", {
    id,
    type: "checkbox",
    "data-rtw": hook,
    "aria-describedby": hint === undefined ? null : `${id}-hint`,
  });
  const root = h(
    "div",
    { class: "rtw-switch" },
    box,
    h("label", { for: id }, label),
    hint === undefined ? null : h("p", { class: "rtw-hint", id: `${id}-hint` }, hint),
  );
  scope.listen(box, "change", () => controller.devices.set(name, box.checked));
  const update = (on: boolean, offered: boolean) => {
    box.checked = on;
    show(root, offered);
  };
  return { name, root, update };
}

function mountVolume(controller: Controller, scope: Scope) {
  const { devices, store } = controller;
  const id = uniqueId("volume");
  const drawing = icon("sound");
  const silence = h(
    "button",
    { type: "button", class: "rtw-bare", "data-rtw": "volume-off", "aria-pressed": "false" },
    drawing,
  );
  const range = h("input", { id, type: "range", min: 0, max: 100, step: 5, "data-rtw": "volume" });
  const percent = h("output", { for: id, class: "rtw-hint" });
  const testWords = h("span", {}, "Test sound");
  const test = h("button", { type: "button", class: "rtw-button", "data-rtw": "test-sound" }, testWords);
  const root = h(
    "div",
    { class: "rtw-field" },
    h("label", { for: id }, "Volume"),
    h("div", { class: "rtw-volume" }, silence, range, percent, test),
  );
  /** Where a second click on the loudspeaker goes back to. */
  let audible = store.local.sound.volume || 1;
  scope.listen(range, "input", () => devices.setVolume(Number(range.value) / 100));
  scope.listen(silence, "click", () => devices.setVolume(store.local.sound.volume > 0 ? 0 : audible));
  scope.listen(test, "click", () => void devices.test());
  const update = () => {
    const { sound, testing } = store.local;
    const whole = Math.round(sound.volume * 100);
    const isOff = whole === 0;
    if (!isOff) audible = sound.volume;
    if (Number(range.value) !== whole) range.value = String(whole);
    setAttribute(range, "aria-valuetext", isOff ? "silent" : `${whole} %`);
    setText(percent, `${whole} %`);
    setIcon(drawing, isOff ? "hush" : "sound");
    setAttribute(silence, "aria-pressed", String(isOff));
    setAttribute(silence, "aria-label", "Silence the voice");
    setAttribute(silence, "title", isOff ? "Let the voice sound again" : "Silence the voice");
    test.disabled = testing;
    setText(testWords, testing ? "Playing" : "Test sound");
  };
  return { root, update };
}
