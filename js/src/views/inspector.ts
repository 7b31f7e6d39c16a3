/** The event inspector: every event of both directions as a row, its JSON when it is unfolded. Live while it is shown. */

import type { Controller } from "../controller";
import type { Filter, Inspector, InspectorChange } from "../inspector";
import type { Scope } from "../scope";
import { h, setAttribute, setText, show } from "./dom";
import { EventRows } from "./events";
import { icon } from "./icons";

/** A search begins when the typing stops. */
const TYPING_MS = 250;
const AT_END_PX = 24;

const DIRECTIONS: readonly [Filter["direction"], string][] = [
  ["all", "Both directions"],
  ["in", "From the server"],
  ["out", "To the server"],
  ["local", "In the session"],
];

export function mountInspector(controller: Controller, scope: Scope): HTMLElement {
  const { inspector } = controller;
  const list = h("div", {
    class: "rtw-events",
    "data-rtw": "events",
    tabindex: 0,
    role: "group",
    "aria-label": "Events, the latest last",
  });
  const rows = new EventRows(list, inspector, scope);
  const note = h("p", { class: "rtw-events-note", "data-rtw": "events-note" });
  const jump = mountFollowing(list, rows, inspector, scope);
  const update = (change: InspectorChange | null) => {
    if (change === null || change.kind === "reset") rows.reset(inspector.rows);
    else if (change.kind === "rows") rows.add(change.rows, change.dropped);
    else if (change.kind === "raw") rows.fill(change.number);
    const words = noteWords(inspector);
    setText(note, words);
    show(note, words !== "");
    jump.update();
  };
  scope.add(inspector.subscribe(update));
  update(null);
  scope.add(inspector.look());
  return h(
    "section",
    { class: "rtw-inspector", "data-rtw": "inspector-view", "aria-label": "Events" },
    mountTools(inspector, scope),
    h("div", { class: "rtw-events-frame" }, list, jump.button),
    note,
  );
}

function noteWords({ filter, paused, rows, searching }: Inspector): string {
  if (paused) return "Paused: what comes meanwhile is shown when you go on.";
  if (rows.length > 0) return "";
  if (searching) return "Looking for events…";
  const filtered = filter.text !== "" || filter.direction !== "all";
  return filtered ? "No event fits. New ones that do will appear here." : "Events will appear here.";
}

function mountTools(inspector: Inspector, scope: Scope): HTMLElement {
  const text = h("input", {
    type: "search",
    class: "rtw-input",
    "data-rtw": "events-filter",
    placeholder: "Filter by type or text",
    "aria-label": "Filter events by type or text",
    value: inspector.filter.text,
    spellcheck: "false",
    autocomplete: "off",
  });
  const direction = h(
    "select",
    { class: "rtw-input", "data-rtw": "events-direction", "aria-label": "Direction" },
    ...DIRECTIONS.map(([value, label]) => h("option", { value }, label)),
  );
  direction.value = inspector.filter.direction;
  const apply = () =>
    inspector.setFilter({ text: text.value.trim(), direction: direction.value as Filter["direction"] });
  let cancel = () => {};
  scope.listen(text, "input", () => {
    cancel();
    cancel = scope.timeout(apply, TYPING_MS);
  });
  scope.listen<KeyboardEvent>(text, "keydown", (event) => {
    // Escape empties the field first, and then closes what the inspector stands in.
    if (event.key === "Escape" && text.value !== "") {
      event.preventDefault();
      text.value = "";
      apply();
    }
  });
  scope.listen(direction, "change", apply);
  const pause = h("button", { type: "button", class: "rtw-button", "data-rtw": "events-pause" }, "Pause");
  const clear = h("button", { type: "button", class: "rtw-button", "data-rtw": "events-clear" }, "Clear");
  scope.listen(pause, "click", () => inspector.setPaused(!inspector.paused));
  scope.listen(clear, "click", () => inspector.clear());
  const update = () => {
    setAttribute(pause, "aria-pressed", String(inspector.paused));
    const { filter } = inspector;
    // Of two views of one page one filters for both.
    const root = text.getRootNode() as Document | ShadowRoot;
    if (root.activeElement !== text && text.value.trim() !== filter.text) text.value = filter.text;
    if (direction.value !== filter.direction) direction.value = filter.direction;
  };
  scope.add(inspector.subscribe(update));
  update();
  return h("div", { class: "rtw-events-tools" }, text, direction, pause, clear);
}

/** Keep the latest in view until the reader scrolls up or unfolds something; then offer the way back. */
function mountFollowing(list: HTMLElement, rows: EventRows, inspector: Inspector, scope: Scope) {
  const words = h("span", {}, "Latest");
  const button = h(
    "button",
    { type: "button", class: "rtw-button rtw-jump", "data-rtw": "events-latest", hidden: true },
    icon("down"),
    words,
  );
  let following = true;
  const set = (value: boolean) => {
    following = value;
    show(button, !following && inspector.rows.length > 0);
  };
  const toEnd = () => {
    list.scrollTop = list.scrollHeight;
  };
  scope.listen(list, "scroll", () => set(list.scrollHeight - list.scrollTop - list.clientHeight < AT_END_PX));
  scope.listen(button, "click", () => {
    set(true);
    toEnd();
    rows.focusLast();
  });
  rows.onunfold = () => set(false);
  const update = () => {
    if (inspector.rows.length === 0) set(true);
    if (following) toEnd();
  };
  return { button, update };
}
