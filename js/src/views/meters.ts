/** Level bars of microphone and voice, and the part of a panel that shows nothing but what is heard. */

import { meterScale } from "../audio/pcm";
import type { Controller } from "../controller";
import type { Scope } from "../scope";
import { h, setAttribute, setText, show } from "./dom";
import type { Motion } from "./motion";
import { mountOrb } from "./orb";

const FALL_PER_FRAME = 0.08;
/** Changes below this are not worth drawing. */
const STEP = 1 / 48;
/** With reduced motion the bar knows no more than five lengths. */
const CALM_STEP = 1 / 4;
/** A reader of the value, not of the bar, needs it once a second. */
const TELL_MS = 1000;

/** A bar that follows `level` (0..1, linear). */
export function mountMeter(label: string, level: () => number, motion: Motion): HTMLElement {
  const fill = h("span", { class: "rtw-meter-fill" });
  const meter = h(
    "span",
    {
      class: "rtw-meter",
      role: "meter",
      "aria-label": label,
      "aria-valuemin": 0,
      "aria-valuemax": 100,
      "aria-valuenow": 0,
    },
    fill,
  );
  let shown = 0;
  let told_at = 0;
  const draw = (): boolean => {
    const step = motion.calm ? CALM_STEP : STEP;
    const value = Math.round(meterScale(level()) / step) * step;
    const next = motion.calm ? value : Math.max(value, shown - FALL_PER_FRAME, 0);
    if (next !== shown) fill.style.transform = `scaleX(${next.toFixed(3)})`;
    shown = next;
    const now = performance.now();
    if (now - told_at >= TELL_MS) {
      told_at = now;
      setAttribute(meter, "aria-valuenow", Math.round(next * 100));
    }
    return next > 0;
  };
  motion.add(draw);
  return meter;
}

/** The level of each side under its name, and room for a button that goes with it. */
export function mountLevels(
  controller: Controller,
  scope: Scope,
  motion: Motion,
  buttons: { mic: readonly HTMLElement[]; voice: readonly HTMLElement[] },
): { mic: HTMLElement; voice: HTMLElement } {
  const { store } = controller;
  const micName = h("span", { class: "rtw-row-name" });
  const mic = row(
    micName,
    mountMeter("Microphone level", () => controller.speech.level, motion),
    ...buttons.mic,
  );
  const voiceName = h("span", { class: "rtw-row-name" });
  const voice = row(
    voiceName,
    mountMeter("Voice level", () => controller.sound.level, motion),
    ...buttons.voice,
  );
  const update = () => {
    const { audio_in, kind } = store.state;
    setText(micName, audio_in.kind === "microphone" ? "Microphone" : "Sound");
    setAttribute(mic, "data-off", !store.heard || store.muted);
    show(voice, kind !== "transcription");
    setText(voiceName, kind === "translation" ? "Translation" : "Answer");
  };
  scope.add(store.subscribe((change) => change.kind !== "turns" && update()));
  update();
  return { mic, voice };
}

/** The meters as a part that stands alone: a large orb and both levels. */
export function mountMeters(controller: Controller, scope: Scope, motion: Motion): HTMLElement {
  const { mic, voice } = mountLevels(controller, scope, motion, { mic: [], voice: [] });
  return h(
    "section",
    { class: "rtw-levels", "aria-label": "Levels", "data-rtw": "meters" },
    mountOrb(controller, scope, motion),
    h("div", { class: "rtw-rows" }, mic, voice),
  );
}

function row(...parts: HTMLElement[]): HTMLElement {
  return h("div", { class: "rtw-row" }, ...parts);
}
