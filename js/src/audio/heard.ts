/** When rendered sound reaches the loudspeaker, on the page's clock. */

import { pageTime } from "../clock";

/** The part of an audio context that tells of its output; not every browser has all of it. */
export type Output = Pick<AudioContext, "currentTime"> &
  Partial<Pick<AudioContext, "baseLatency" | "outputLatency" | "getOutputTimestamp">>;

/** A stamp of the output that is older tells of another time: the context slept. */
const FRESH_MS = 1000;

/** How long a rendered sample takes to the loudspeaker, as far as the browser says. */
export function latency_ms({ outputLatency, baseLatency }: Output): number {
  return 1000 * (outputLatency || baseLatency || 0);
}

/** When what is rendered for `time` (seconds of the context's clock) is heard. */
export function heardAt(context: Output, time: number, now_ms = performance.now()): number {
  const { contextTime = 0, performanceTime = 0 } = context.getOutputTimestamp?.() ?? {};
  const { currentTime } = context;
  const ahead_ms = (currentTime - contextTime) * 1000;
  const fresh = performanceTime > 0 && Math.abs(now_ms - performanceTime) < FRESH_MS;
  if (contextTime > 0 && fresh && ahead_ms >= 0 && ahead_ms < FRESH_MS) {
    return pageTime(performanceTime + (time - contextTime) * 1000);
  }
  return pageTime(now_ms + (time - currentTime) * 1000 + latency_ms(context));
}
