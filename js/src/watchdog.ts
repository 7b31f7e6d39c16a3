/** Notice a kernel that no longer answers, so that no microphone stays open for nobody. */

export interface Vitals {
  /** When the kernel was last heard (ms), null if never. */
  heard_at: number | null;
  /** When this page began to expect an answer: Start, or the microphone; null when it expects none. */
  expecting_since: number | null;
}

export type Verdict = "fine" | "late" | "silent";

const TICK_MS = 1000;
const LATE_MS = 4000;
/** The kernel sends its state at least every 5 s while a session runs; three of them missing is no hiccup. */
export const SILENT_MS = 15_000;
/** A tick this late means the machine slept or the tab was frozen: the kernel gets its time again. */
const FROZEN_MS = 5000;

export class Watchdog {
  private ticked_at: number;
  private grace_from = 0;

  constructor(
    private readonly vitals: () => Vitals,
    private readonly report: (verdict: Verdict) => void,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.ticked_at = now();
  }

  static readonly period_ms = TICK_MS;

  tick(): void {
    const now = this.now();
    if (now - this.ticked_at > FROZEN_MS) this.grace_from = now;
    this.ticked_at = now;
    const { heard_at, expecting_since } = this.vitals();
    if (expecting_since === null) return;
    const quiet_ms = now - Math.max(heard_at ?? 0, expecting_since, this.grace_from);
    this.report(quiet_ms >= SILENT_MS ? "silent" : quiet_ms >= LATE_MS ? "late" : "fine");
  }
}
