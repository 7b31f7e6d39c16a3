/** The orb: what goes on, at a glance. Its bars follow the real sound; with reduced motion it shows a shape instead. */

import { meterScale } from "../audio/pcm";
import type { Controller } from "../controller";
import type { Scope } from "../scope";
import { h, setAttribute } from "./dom";
import { icon, setIcon } from "./icons";
import type { Motion } from "./motion";
import { type Activity, statusLook } from "./status";

/** How far each bar follows the level; the middle ones reach highest. */
const PROFILE = [0.45, 0.8, 1, 0.7, 0.4];
const FALL_PER_FRAME = 0.12;
/** Changes below this are not worth drawing. */
const STEP = 1 / 24;

type Level = (controller: Controller) => number;

/** Whose sound the orb follows. */
const LEVELS: Partial<Record<Activity, Level>> = {
  ready: ({ speech }) => speech.level,
  listening: ({ replay, speech, store }) => (store.replays ? replay.level(0) : speech.level),
  speaking: ({ replay, sound, store }) => (store.replays ? replay.level(1) : sound.level),
};

export function mountOrb(controller: Controller, scope: Scope, motion: Motion): HTMLElement {
  const { store } = controller;
  const bars = PROFILE.map(() => h("span", { class: "rtw-orb-bar" }));
  const halo = h("span", { class: "rtw-orb-halo" });
  const glyph = icon("off");
  const core = h("span", { class: "rtw-orb-core" }, h("span", { class: "rtw-orb-bars" }, ...bars), glyph);
  const root = h("span", { class: "rtw-orb", "data-rtw": "orb", "aria-hidden": "true" }, halo, core);
  let activity: Activity = "off";
  let shown = 0;
  let frames = 0;

  const draw = (): boolean => {
    if (motion.calm) return false;
    const level = LEVELS[activity];
    const wanted = level === undefined || store.muted ? 0 : meterScale(level(controller));
    const next = Math.max(Math.round(wanted / STEP) * STEP, shown - FALL_PER_FRAME, 0);
    frames += 1;
    if (next === 0 && shown === 0) return false;
    shown = next;
    halo.style.transform = `scale(${(1 + 0.3 * next).toFixed(3)})`;
    bars.forEach((bar, i) => {
      const sway = 0.78 + 0.22 * Math.sin(frames * 0.9 + i * 1.7);
      bar.style.transform = `scaleY(${(0.16 + 0.84 * next * PROFILE[i]! * sway).toFixed(3)})`;
    });
    return true;
  };
  motion.add(draw);

  const update = () => {
    const look = statusLook(store);
    activity = look.activity;
    setAttribute(root, "data-activity", activity);
    setIcon(glyph, look.icon);
  };
  scope.add(store.subscribe(update));
  update();
  return root;
}
