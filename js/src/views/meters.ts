/** Level bars of microphone and voice. */

import { meterScale } from "../audio/pcm";
import type { Scope } from "../scope";
import { h, setAttribute } from "./dom";

const FRAME_MS = 50;
/** With reduced motion the bar moves in few, slow steps. */
const CALM_FRAME_MS = 500;
const FALL_PER_FRAME = 0.08;

/** A bar that follows `level` (0..1, linear); it asks only while the panel is displayed. */
export function mountMeter(label: string, level: () => number, scope: Scope): HTMLElement {
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
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  let shown = 0;
  let told_at = 0;
  const update = () => {
    const value = meterScale(level());
    const next = calm ? Math.round(value * 4) / 4 : Math.max(value, shown - FALL_PER_FRAME);
    if (next === shown) return;
    shown = next;
    fill.style.setProperty("--rtw-level", next.toFixed(3));
    const now = performance.now();
    if (now - told_at < 1000) return;
    told_at = now;
    setAttribute(meter, "aria-valuenow", Math.round(next * 100));
  };
  scope.interval(update, calm ? CALM_FRAME_MS : FRAME_MS);
  return meter;
}
