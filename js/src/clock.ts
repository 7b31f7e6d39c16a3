/** The page's clock: ms, as steady as the audio's. It begins at the date, but doesn't follow when that is set anew. */
export function pageNow(): number {
  return performance.timeOrigin + performance.now();
}

/** A moment of `performance.now()` on the page's clock. */
export function pageTime(now_ms: number): number {
  return performance.timeOrigin + now_ms;
}
