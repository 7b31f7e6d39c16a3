/** Microphone and voice: meters, mute, interrupt, push-to-talk, turning the microphone or the sound on. */

import type { Controller } from "../controller";
import type { Scope } from "../scope";
import type { Store } from "../store";
import { h, setAttribute, setText, show } from "./dom";
import { type IconName, icon, setIcon } from "./icons";
import { mountLevels } from "./meters";
import type { Motion } from "./motion";

const ELSEWHERE = "Microphone and voice are on in another tab.";
const VOICE_ELSEWHERE = "The voice is on in another tab.";

const HOLDING = "Hold the button, or Space while it has the focus. Escape discards.";

interface ControlsOptions {
  /** Show the level of each side beside its buttons. */
  meters: boolean;
}

export function mountControls(
  controller: Controller,
  scope: Scope,
  motion: Motion,
  { meters }: ControlsOptions,
): HTMLElement {
  const mic = [mountMute(controller, scope), mountMicOn(controller, scope)];
  const voice = [mountInterrupt(controller, scope)];
  const rows = meters ? mountLevels(controller, scope, motion, { mic, voice }) : null;
  const elsewhere = h("p", { class: "rtw-hint", "data-rtw": "elsewhere" });
  const root = h(
    "section",
    { class: "rtw-controls", "aria-label": "Microphone and voice" },
    ...(rows === null ? [h("div", { class: "rtw-buttons" }, ...mic, ...voice)] : [rows.mic, rows.voice]),
    elsewhere,
    mountSource(controller, scope),
    mountSoundOn(controller, scope),
    mountPushToTalk(controller, scope, { hint: true }),
  );
  const { store } = controller;
  const update = () => {
    show(root, store.live);
    show(elsewhere, isElsewhere(controller));
    setText(elsewhere, store.heardElsewhere ? VOICE_ELSEWHERE : ELSEWHERE);
  };
  scope.add(store.subscribe((change) => change.kind !== "turns" && update()));
  update();
  return root;
}

/** Another page of this session has the microphone and the voice. */
export function isElsewhere({ store, page }: Controller): boolean {
  const { owner } = store.state;
  return owner !== null && owner !== page && store.local.mic === "off";
}

/** Whence the user's sound comes, where that isn't the microphone. */
function mountSource({ store }: Controller, scope: Scope): HTMLElement {
  const source = h("p", { class: "rtw-hint", "data-rtw": "source" });
  const update = () => {
    const { kind, label } = store.state.audio_in;
    show(source, kind !== "microphone");
    setText(source, `Sound comes from ${kind === "stream" ? `the ${label}` : label}.`);
  };
  scope.add(store.subscribe((change) => change.kind === "state" && update()));
  update();
  return source;
}

export function mountMute(controller: Controller, scope: Scope): HTMLButtonElement {
  const { store } = controller;
  const mute = button("mute", "mic", "Mute");
  scope.listen(mute.element, "click", () => controller.speech.setMuted(!store.muted));
  const update = () => {
    show(mute.element, store.heard);
    setAttribute(mute.element, "aria-pressed", String(store.muted));
    setText(mute.label, store.muted ? "Unmute" : "Mute");
    setIcon(mute.icon, store.muted ? "micOff" : "mic");
  };
  scope.add(store.subscribe((change) => change.kind !== "turns" && update()));
  update();
  return mute.element;
}

/** Turns on the microphone of a session that runs; takes it over from another page. */
export function mountMicOn(controller: Controller, scope: Scope): HTMLButtonElement {
  const { store } = controller;
  const micOn = button("mic-on", "mic", "Turn on");
  scope.listen(micOn.element, "click", () => void controller.turnMicOn());
  const update = () => {
    const here = isElsewhere(controller);
    const needless = store.heardElsewhere && !here;
    show(micOn.element, store.live && store.local.mic !== "open" && !needless);
    micOn.element.disabled = store.local.mic === "opening";
    const [label, meaning] = micOnWords(store, here);
    setText(micOn.label, label);
    setAttribute(micOn.element, "aria-label", meaning);
  };
  scope.add(store.subscribe((change) => change.kind !== "turns" && update()));
  update();
  return micOn.element;
}

function micOnWords(store: Store, here: boolean): [string, string] {
  if (here && store.heardElsewhere) return ["Listen here", "Listen here: take the voice over"];
  if (here) return ["Talk here", "Talk here: take the microphone over"];
  const { kind, label } = store.state.audio_in;
  return ["Turn on", kind === "stream" ? `Turn on the sound of the ${label}` : "Turn on microphone"];
}

function mountInterrupt(controller: Controller, scope: Scope): HTMLButtonElement {
  const { store } = controller;
  const interrupt = button("interrupt", "hush", "Interrupt");
  scope.listen(interrupt.element, "click", () => controller.interrupt());
  const update = () => {
    show(interrupt.element, store.converses);
    interrupt.element.disabled = !store.speaking;
  };
  scope.add(store.subscribe((change) => change.kind !== "turns" && update()));
  update();
  return interrupt.element;
}

/** The browser wants a click before it plays sound: this is the one. */
export function mountSoundOn(controller: Controller, scope: Scope): HTMLButtonElement {
  const { store } = controller;
  const soundOn = button("sound-on", "sound", "Turn on sound");
  scope.listen(soundOn.element, "click", () => void controller.sound.wake());
  const update = () => show(soundOn.element, store.local.soundBlocked);
  scope.add(store.subscribe((change) => change.kind !== "turns" && update()));
  update();
  return soundOn.element;
}

/** The button to hold; `hint`: say below it which keys do the same. */
export function mountPushToTalk(
  controller: Controller,
  scope: Scope,
  options: { hint: boolean },
): HTMLElement {
  const { store } = controller;
  const label = h("span", {}, "Hold to talk");
  const button = h(
    "button",
    { type: "button", class: "rtw-button rtw-ptt", "data-rtw": "ptt", "aria-pressed": "false" },
    icon("mic"),
    label,
  );
  const hint = h("p", { class: "rtw-hint" }, HOLDING);
  if (!options.hint) setAttribute(button, "title", HOLDING);
  const root = h("div", { class: "rtw-ptt-row" }, button, options.hint ? hint : null);
  bindHold(button, controller, scope);

  const update = () => {
    show(root, store.pushToTalk && store.live);
    show(hint, pttBlocked(store) === null);
    button.disabled = pttBlocked(store) !== null;
    setAttribute(button, "aria-pressed", String(store.local.ptt === "held"));
    setText(label, pttBlocked(store) ?? (store.local.ptt === "held" ? "Release to send" : "Hold to talk"));
  };
  scope.add(store.subscribe((change) => change.kind !== "turns" && update()));
  update();
  return root;
}

function pttBlocked(store: Store): string | null {
  if (!store.live) return "Not connected";
  if (!store.heard) return "Microphone is off";
  if (store.muted) return "Muted, unmute to talk";
  return null;
}

/** Holding by pointer or key; whatever takes the button away releases it. */
function bindHold(button: HTMLButtonElement, controller: Controller, scope: Scope): void {
  const up = () => controller.speech.up();
  scope.listen<PointerEvent>(button, "pointerdown", (event) => {
    if (event.button !== 0) return;
    try {
      // With the pointer captured, hovering out of the button is no release.
      button.setPointerCapture(event.pointerId);
    } catch {
      // A synthetic pointer cannot be captured; pointerup still ends the hold.
    }
    controller.speech.down();
  });
  for (const type of ["pointerup", "pointercancel", "lostpointercapture", "blur"])
    scope.listen(button, type, up);
  scope.listen<KeyboardEvent>(button, "keydown", (event) => {
    if (event.key === "Escape") controller.speech.cancel();
    if (event.key !== " " && event.key !== "Enter") return;
    event.preventDefault();
    if (!event.repeat) controller.speech.down();
  });
  scope.listen<KeyboardEvent>(button, "keyup", (event) => {
    if (event.key === " " || event.key === "Enter") up();
  });
  // A long press on a touch screen is a hold, not a menu.
  scope.listen(button, "contextmenu", (event) => event.preventDefault());
  scope.listen(document, "visibilitychange", () => {
    if (document.hidden) up();
  });
  scope.listen(window, "blur", up);
  scope.add(up);
}

function button(hook: string, name: IconName, text: string) {
  const drawing = icon(name);
  const label = h("span", {}, text);
  const element = h("button", { type: "button", class: "rtw-button", "data-rtw": hook }, drawing, label);
  return { element, label, icon: drawing };
}
