/** Title, status in shape and words, elapsed time, engine, Start and End. */

import type { Controller } from "../controller";
import type { Scope } from "../scope";
import type { Store } from "../store";
import { h, setAttribute, setText, show } from "./dom";
import { clock } from "./format";
import { type IconName, icon, setIcon } from "./icons";

export interface StatusLook {
  icon: IconName;
  words: string;
  activity: "idle" | "listening" | "thinking" | "speaking";
}

const LOOKS: Record<Store["status"], [IconName, string]> = {
  disconnected: ["off", "Not connected"],
  connecting: ["wait", "Connecting…"],
  connected: ["ready", "Ready"],
  reconnecting: ["retry", "Reconnecting…"],
  error: ["warn", "Stopped by an error"],
  dead: ["gone", "Kernel stopped"],
};

/** What the status line shows; the first that applies wins. */
export function statusLook(store: Store): StatusLook {
  const { status, state, local } = store;
  if (local.mic === "opening" && local.starting) {
    return { icon: "mic", words: "Waiting for the microphone…", activity: "idle" };
  }
  if (status !== "connected") {
    const [name, words] = LOOKS[status];
    return { icon: name, words, activity: "idle" };
  }
  if (local.kernel === "late") return { icon: "wait", words: "Kernel is slow to answer…", activity: "idle" };
  if (local.kernel === "silent") return { icon: "warn", words: "Kernel does not answer", activity: "idle" };
  if (local.ptt === "held")
    return { icon: "listen", words: "Listening, release to send", activity: "listening" };
  if (state.listening) return { icon: "listen", words: "Listening", activity: "listening" };
  if (store.speaking) return { icon: "sound", words: "Speaking", activity: "speaking" };
  if (state.thinking) return { icon: "think", words: "Thinking", activity: "thinking" };
  if (local.mic === "open" && store.muted)
    return { icon: "micOff", words: "Microphone muted", activity: "idle" };
  return { icon: "ready", words: readyWords(store), activity: "idle" };
}

function readyWords(store: Store): string {
  if (store.local.mic !== "open")
    return store.converses ? "Ready, type below" : "Ready, the microphone is off";
  return store.pushToTalk ? "Ready, hold to talk" : "Ready, say something";
}

export function mountHeader(controller: Controller, scope: Scope): HTMLElement {
  const { store } = controller;
  const title = h("h2", { class: "rtw-title" });
  const statusIcon = icon("off");
  const words = h("span", { class: "rtw-status-words" });
  const time = h("time", { class: "rtw-elapsed", "aria-label": "Elapsed time" });
  const status = h("div", { class: "rtw-status", "data-rtw": "status" }, statusIcon, words, time);
  const engine = h("div", { class: "rtw-engine", "data-rtw": "engine" });
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
  const root = h(
    "header",
    { class: "rtw-header" },
    h("div", { class: "rtw-heading" }, title, engine),
    status,
    h("div", { class: "rtw-startstop" }, start, end),
  );

  scope.listen(start, "click", () => {
    void controller.start();
    focusOther(end, start);
  });
  scope.listen(end, "click", () => {
    controller.stop();
    focusOther(start, end);
  });

  const showTime = () => {
    const text = clock(store.elapsed_ms);
    setText(time, text);
    setAttribute(time, "datetime", `PT${Math.floor(store.elapsed_ms / 1000)}S`);
    show(time, store.elapsed_ms > 0 || store.state.running);
  };
  const update = () => {
    const look = statusLook(store);
    setText(title, store.state.title || "Realtime session");
    setText(words, look.words);
    setIcon(statusIcon, look.icon);
    setAttribute(status, "data-activity", look.activity);
    updateEngine(engine, store);
    const going = store.status !== "disconnected" && store.status !== "error" && store.status !== "dead";
    show(start, !going);
    show(end, going);
    start.disabled = store.status === "dead";
    setText(endWords, store.status === "connecting" ? "Cancel" : "End");
    showTime();
  };
  scope.add(store.subscribe((change) => change.kind !== "turns" && update()));
  scope.interval(showTime, 500);
  update();
  return root;
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
