/** The compact view: one slim bar with what goes on, the last words, and the few buttons of a conversation. */

import type { Controller } from "../controller";
import type { Scope } from "../scope";
import { mountLastCaption } from "./captions";
import { mountMicOn, mountMute, mountPushToTalk, mountSoundOn } from "./controls";
import { h } from "./dom";
import { mountStartEnd, mountStatus } from "./header";
import { mountLive } from "./live";
import { mountMeter } from "./meters";
import type { Motion } from "./motion";
import { mountOrb } from "./orb";
import { mountPlayerButton } from "./player";

interface BarOptions {
  buttons: boolean;
  caption: boolean;
  meters: boolean;
}

export function mountBar(
  controller: Controller,
  scope: Scope,
  motion: Motion,
  { buttons, caption, meters }: BarOptions,
): HTMLElement {
  const levels = () => [
    mountMeter("Microphone level", () => controller.speech.level, motion),
    mountMeter("Voice level", () => controller.sound.level, motion),
  ];
  return h(
    "header",
    { class: "rtw-bar", "data-rtw": "bar" },
    mountOrb(controller, scope, motion),
    mountStatus(controller, scope),
    caption ? mountLastCaption(controller, scope, motion) : h("span", { class: "rtw-last-caption" }),
    meters ? h("span", { class: "rtw-bar-meters" }, ...levels()) : null,
    mountLive(controller, scope),
    ...(buttons ? mountButtons(controller, scope) : []),
  );
}

function mountButtons(controller: Controller, scope: Scope): HTMLElement[] {
  return [
    mountPlayerButton(controller, scope),
    mountPushToTalk(controller, scope, { hint: false }),
    mountSoundOn(controller, scope),
    mountMicOn(controller, scope),
    mountMute(controller, scope),
    mountStartEnd(controller, scope),
  ];
}
