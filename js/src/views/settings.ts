/** Voice, turn detection, instructions and the list of tools; a locked control says why. */

import type { Controller } from "../controller";
import type { Choice, TurnDetection } from "../messages";
import type { Scope } from "../scope";
import { h, setAttribute, setText, show, uniqueId } from "./dom";
import { icon } from "./icons";

/** A choice that the kernel has not confirmed by then is shown as it really is. */
const CONFIRM_MS = 2500;

const DEFAULT_TURN_DETECTION: Choice[] = [
  { id: "semantic_vad", label: "By meaning" },
  { id: "server_vad", label: "By pauses" },
  { id: "none", label: "Push to talk" },
];

export function mountSettings(controller: Controller, scope: Scope): HTMLDetailsElement {
  const voice = mountSelect("voice", "Voice", (id) => controller.change({ voice: id }), scope);
  const turns = mountSelect(
    "turn-detection",
    "Turn detection",
    (id) => controller.change({ turn_detection: id as TurnDetection }),
    scope,
  );
  const instructions = mountInstructions(controller, scope);
  const tools = h("div", { class: "rtw-tools", "data-rtw": "tools" });
  const root = h(
    "details",
    { class: "rtw-settings", "data-rtw": "settings" },
    h("summary", {}, icon("chevron"), h("span", {}, "Settings")),
    h("div", { class: "rtw-settings-body" }, voice.root, turns.root, instructions.root, tools),
  );
  const { store } = controller;
  let toolKey = "";
  const update = () => {
    const { settings, choices, locks } = store.state;
    show(root, store.converses);
    voice.update(settings.voice, choices.voices, locks.voice);
    const detection = choices.turn_detection.length > 0 ? choices.turn_detection : DEFAULT_TURN_DETECTION;
    turns.update(settings.turn_detection, detection, locks.turn_detection);
    instructions.update(settings.instructions, locks.instructions);
    const key = JSON.stringify(store.state.tools);
    if (key !== toolKey) fillTools(tools, controller);
    toolKey = key;
  };
  scope.add(store.subscribe((change) => change.kind === "state" && update()));
  update();
  fillTools(tools, controller);
  return root;
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

function fillTools(element: HTMLElement, controller: Controller): void {
  const { tools } = controller.store.state;
  show(element, tools.length > 0);
  const chips = tools.map((tool) => {
    const version = tool.version > 1 ? h("span", { class: "rtw-badge" }, `v${tool.version}`) : null;
    return h("li", { title: tool.description || null }, h("code", {}, tool.name), version);
  });
  element.replaceChildren(
    h("p", { class: "rtw-label" }, tools.length === 1 ? "1 tool" : `${tools.length} tools`),
    h("ul", {}, ...chips),
  );
}
