/** Title, status in words, elapsed time, engine, the live sign, Start and End. */

import type { Controller } from "../controller";
import type { Scope } from "../scope";
import type { Store } from "../store";
import { h, setAttribute, setText, show } from "./dom";
import { clock } from "./format";
import { icon } from "./icons";
import { mountLive } from "./live";
import type { Motion } from "./motion";
import { mountOrb } from "./orb";
import { statusLook } from "./status";
import { mountStored } from "./stored";

const SECOND_MS = 1000;

export function mountHeader(controller: Controller, scope: Scope, motion: Motion): HTMLElement {
  const { store } = controller;
  const engine = h("span", { class: "rtw-engine", "data-rtw": "engine" });
  const update = () => updateEngine(engine, store);
  scope.add(store.subscribe((change) => change.kind === "state" && update()));
  update();
  return h(
    "header",
    { class: "rtw-header" },
    mountOrb(controller, scope, motion),
    mountTitle(controller, scope),
    h(
      "div",
      { class: "rtw-about-session" },
      mountStatus(controller, scope),
      engine,
      mountStored(controller, scope),
    ),
    h("div", { class: "rtw-startstop" }, mountLive(controller, scope), mountStartEnd(controller, scope)),
  );
}

/** The line above a part that stands alone: whose part it is, what goes on, and the live sign. */
export function mountStrip(controller: Controller, scope: Scope): HTMLElement {
  return h(
    "header",
    { class: "rtw-strip" },
    mountTitle(controller, scope),
    mountStatus(controller, scope),
    mountLive(controller, scope),
  );
}

export function mountTitle({ store }: Controller, scope: Scope): HTMLElement {
  const title = h("h2", { class: "rtw-title" });
  const update = () => setText(title, store.state.title || "Realtime session");
  scope.add(store.subscribe((change) => change.kind === "state" && update()));
  update();
  return title;
}

/** What goes on, and for how long the session has run. */
export function mountStatus({ store }: Controller, scope: Scope): HTMLElement {
  const words = h("span", { class: "rtw-status-words" });
  const time = h("time", { class: "rtw-elapsed", "aria-label": "Elapsed time" });
  const root = h("span", { class: "rtw-status", "data-rtw": "status" }, words, time);
  const showTime = () => {
    setText(time, clock(store.elapsed_ms));
    setAttribute(time, "datetime", `PT${Math.floor(store.elapsed_ms / SECOND_MS)}S`);
    show(time, store.elapsed_ms > 0 || store.state.running);
  };
  let cancelClock: (() => void) | null = null;
  const update = () => {
    const look = statusLook(store);
    setText(words, look.words);
    setAttribute(root, "data-activity", look.activity);
    showTime();
    if (store.state.running === (cancelClock !== null)) return;
    cancelClock?.();
    cancelClock = store.state.running ? scope.interval(showTime, SECOND_MS) : null;
  };
  scope.add(store.subscribe(update));
  update();
  return root;
}

/** Start, and in its place End while a session goes on. */
export function mountStartEnd(controller: Controller, scope: Scope): HTMLElement {
  const { store } = controller;
  const start = h(
    "button",
    { type: "button", class: "rtw-button rtw-primary", "data-rtw": "start" },
    icon("mic"),
    h("span", {}, "Start"),
  );
  const endWords = h("span", {}, "End");
  const end = h(
    "button",
    { type: "button", class: "rtw-button rtw-end", "data-rtw": "end" },
    icon("stop"),
    endWords,
  );
  scope.listen(start, "click", () => {
    void controller.start();
    focusOther(end, start);
  });
  scope.listen(end, "click", () => {
    controller.stop();
    focusOther(start, end);
  });
  const update = () => {
    const { status } = store;
    const going = status !== "disconnected" && status !== "error" && status !== "dead";
    show(start, !going && !store.replays);
    show(end, going);
    start.disabled = status === "dead";
    setText(endWords, status === "connecting" ? "Cancel" : "End");
  };
  scope.add(store.subscribe((change) => change.kind !== "turns" && update()));
  update();
  return h("span", { class: "rtw-startend" }, start, end);
}

function updateEngine(element: HTMLElement, store: Store): void {
  const { name, model, note } = store.state.engine;
  const parts = [name, model && model !== name ? model : "", note ?? ""].filter((part) => part !== "");
  const text = parts.join(" · ");
  setText(element, text);
  setAttribute(element, "title", text || null);
  show(element, text !== "");
}

/** Start and End take each other's place: the keyboard's place must not be lost with the hidden one. */
function focusOther(next: HTMLButtonElement, now: HTMLButtonElement): void {
  if (now.hidden && !next.hidden) next.focus({ preventScroll: true });
}
