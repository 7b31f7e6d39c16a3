/** Voice, turn detection and instructions; a locked control says why. */

import type { Controller } from "../controller";
import type { Choice, TurnDetection } from "../messages";
import type { Scope } from "../scope";
import { h, setAttribute, setText, show, uniqueId } from "./dom";

/** A choice that the kernel has not confirmed by then is shown as it really is. */
const CONFIRM_MS = 2500;

const DEFAULT_TURN_DETECTION: Choice[] = [
  { id: "semantic_vad", label: "By meaning" },
  { id: "server_vad", label: "By pauses" },
  { id: "none", label: "Push to talk" },
];

/** The body of the drawer "Settings". */
export function mountSettings(controller: Controller, scope: Scope): HTMLElement {
  const voice = mountSelect("voice", "Voice", (id) => controller.change({ voice: id }), scope);
  const turns = mountSelect(
    "turn-detection",
    "Turn detection",
    (id) => controller.change({ turn_detection: id as TurnDetection }),
    scope,
  );
  const instructions = mountInstructions(controller, scope);
  const { store } = controller;
  const update = () => {
    const { settings, choices, locks } = store.state;
    voice.update(settings.voice, choices.voices, locks.voice);
    const detection = choices.turn_detection.length > 0 ? choices.turn_detection : DEFAULT_TURN_DETECTION;
    turns.update(settings.turn_detection, detection, locks.turn_detection);
    instructions.update(settings.instructions, locks.instructions);
  };
  scope.add(store.subscribe((change) => change.kind === "state" && update()));
  update();
  return h("div", { class: "rtw-settings" }, voice.root, turns.root, instructions.root);
}

function mountSelect(hook: string, label: string, change: (id: string) => void, scope: Scope) {
  const id = uniqueId(hook);
  const select = h("select", { id, "data-rtw": hook, class: "rtw-input" });
  const lock = lockLine(select, id);
  const root = h("div", { class: "rtw-field" }, h("label", { for: id }, label), select, lock.element);
  let actual = "";
  let optionsKey = "";
  let chosen_at = Number.NEGATIVE_INFINITY;
  scope.listen(select, "change", () => {
    chosen_at = performance.now();
    change(select.value);
    scope.timeout(() => {
      select.value = actual;
    }, CONFIRM_MS);
  });
  const update = (value: string, choices: Choice[], reason: string | null) => {
    const known = choices.some((choice) => choice.id === value) || value === "";
    const all = known ? choices : [...choices, { id: value, label: value }];
    const key = JSON.stringify(all);
    if (key !== optionsKey) {
      select.replaceChildren(...all.map((choice) => h("option", { value: choice.id }, choice.label)));
    }
    const waiting = performance.now() - chosen_at < CONFIRM_MS && value === actual;
    if (key !== optionsKey || !waiting) select.value = value;
    optionsKey = key;
    actual = value;
    show(root, all.length > 0);
    lock.update(reason);
  };
  return { root, update };
}

function mountInstructions(controller: Controller, scope: Scope) {
  const id = uniqueId("instructions");
  const area = h("textarea", {
    id,
    rows: 4,
    class: "rtw-input",
    "data-rtw": "instructions",
    placeholder: "Who is the assistant, and how should it answer?",
  });
  const lock = lockLine(area, id);
  const root = h("div", { class: "rtw-field" }, h("label", { for: id }, "Instructions"), area, lock.element);
  let actual = "";
  // Fires on blur after an edit: half a sentence is never sent.
  scope.listen(area, "change", () => {
    if (area.value !== actual) controller.change({ instructions: area.value });
  });
  const update = (text: string, reason: string | null) => {
    const editing = (area.getRootNode() as Document | ShadowRoot).activeElement === area;
    if (text !== actual && !(editing && area.value !== actual)) area.value = text;
    actual = text;
    lock.update(reason);
  };
  return { root, update };
}

function lockLine(control: HTMLSelectElement | HTMLTextAreaElement, id: string) {
  const element = h("p", { class: "rtw-hint rtw-lock", id: `${id}-lock` });
  element.hidden = true;
  const update = (reason: string | null) => {
    control.disabled = reason !== null;
    setText(element, reason ?? "");
    show(element, reason !== null);
    setAttribute(control, "title", reason);
    setAttribute(control, "aria-describedby", reason === null ? null : element.id);
  };
  return { element, update };
}
