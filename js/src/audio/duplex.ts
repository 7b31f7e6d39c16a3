/** Half-duplex: while the voice sounds, and a moment longer, what the microphone hears is the voice. */

import { pageNow } from "../clock";

/** How long a room goes on sounding. */
export const ECHO_TAIL_MS = 250;

export class HalfDuplex {
  private until_ms = 0;
  private sounding = false;

  /** `latency_ms`: how long a rendered sample takes to the loudspeaker. */
  constructor(
    private readonly latency_ms: () => number,
    private readonly now_ms: () => number = pageNow,
  ) {}

  /** The voice begins or ends. */
  sound(sounding: boolean): void {
    if (sounding === this.sounding) return;
    this.sounding = sounding;
    if (!sounding) this.until_ms = this.now_ms() + this.latency_ms() + ECHO_TAIL_MS;
  }

  /** Whether sound captured from `captured_ms` on may hold the voice. */
  covers(captured_ms: number): boolean {
    return this.sounding || captured_ms < this.until_ms;
  }
}
