/** Microphone and voice: meters, mute, interrupt, push-to-talk, turning the microphone or the sound on. */

import type { Controller } from "../controller";
import type { Scope } from "../scope";
import type { Store } from "../store";
import { h, setAttribute, setText, show } from "./dom";
import { type IconName, icon, setIcon } from "./icons";
import { mountMeter } from "./meters";

export function mountControls(controller: Controller, scope: Scope): HTMLElement {
  const { store } = controller;
  const mute = button("mute", "mic", "Mute");
  setAttribute(mute.element, "aria-pressed", "false");
  const interrupt = button("interrupt", "hush", "Interrupt");
  const micOn = button("mic-on", "mic", "Turn on");
  setAttribute(micOn.element, "aria-label", "Turn on microphone");
  const soundOn = button("sound-on", "sound", "Turn on sound");
  const elsewhere = h("p", { class: "rtw-hint" }, "Microphone and voice are on in another tab.");
  const ptt = mountPushToTalk(controller, scope);

  const micRow = row(
    h("span", { class: "rtw-row-name" }, "Microphone"),
    mountMeter("Microphone level", () => controller.speech.level, scope),
    mute.element,
    micOn.element,
  );
  const voiceName = h("span", { class: "rtw-row-name" });
  const voiceRow = row(
    voiceName,
    mountMeter("Voice level", () => controller.sound.level, scope),
    interrupt.element,
  );
  const root = h(
    "section",
    { class: "rtw-controls", "aria-label": "Microphone and voice" },
    micRow,
    voiceRow,
    elsewhere,
    soundOn.element,
    ptt,
  );

  scope.listen(mute.element, "click", () => controller.speech.setMuted(!store.muted));
  scope.listen(interrupt.element, "click", () => controller.interrupt());
  scope.listen(micOn.element, "click", () => void controller.turnMicOn());
  scope.listen(soundOn.element, "click", () => void controller.sound.wake());

  const update = () => {
    const { local, state } = store;
    const connected = store.live;
    show(root, connected);
    setAttribute(micRow, "data-off", local.mic !== "open" || store.muted);
    show(mute.element, local.mic === "open");
    setAttribute(mute.element, "aria-pressed", String(store.muted));
    setText(mute.label, store.muted ? "Unmute" : "Mute");
    setIcon(mute.icon, store.muted ? "micOff" : "mic");
    show(voiceRow, state.kind !== "transcription");
    setText(voiceName, state.kind === "translation" ? "Translation" : "Answer");
    show(interrupt.element, store.converses);
    interrupt.element.disabled = !store.speaking;
    show(elsewhere, state.owner !== null && state.owner !== controller.page && local.mic === "off");
    show(micOn.element, local.mic !== "open");
    micOn.element.disabled = local.mic === "opening";
    show(soundOn.element, local.soundBlocked);
  };
  scope.add(store.subscribe((change) => change.kind !== "turns" && update()));
  update();
  return root;
}

function mountPushToTalk(controller: Controller, scope: Scope): HTMLElement {
  const { store } = controller;
  const label = h("span", {}, "Hold to talk");
  const button = h(
    "button",
    { type: "button", class: "rtw-button rtw-ptt", "data-rtw": "ptt", "aria-pressed": "false" },
    icon("mic"),
    label,
  );
  const hint = h(
    "p",
    { class: "rtw-hint" },
    "Hold the button, or Space while it has the focus. Escape discards.",
  );
  const root = h("div", { class: "rtw-ptt-row" }, button, hint);
  bindHold(button, controller, scope);

  const update = () => {
    show(root, store.pushToTalk);
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
  if (store.local.mic !== "open") return "Microphone is off";
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

function row(...parts: HTMLElement[]): HTMLElement {
  return h("div", { class: "rtw-row" }, ...parts);
}

function button(hook: string, name: IconName, text: string) {
  const drawing = icon(name);
  const label = h("span", {}, text);
  const element = h("button", { type: "button", class: "rtw-button", "data-rtw": hook }, drawing, label);
  return { element, label, icon: drawing };
}
