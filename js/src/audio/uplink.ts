/** From microphone chunks to numbered messages: what may be sent is sent, the last moments are kept for push-to-talk. */

import { AUDIO, type PageMessage, SAMPLE_RATE } from "../messages";
import type { Chunk } from "./capture";

export const PREROLL_MS = 300;

/** What becomes of a chunk: sent, kept for a press that may follow, or forgotten. */
export type Fate = "send" | "keep" | "drop";

export class Uplink {
  private seq = 0;
  private recent: Chunk[] = [];
  private sent_until = 0;
  /** Something was held back on purpose since the last that was sent. */
  private held = false;

  /** `gate` says whether a chunk may leave the page. */
  constructor(
    private readonly send: (message: PageMessage, pcm: ArrayBuffer) => unknown,
    private readonly gate: (chunk: Chunk) => Fate,
  ) {}

  /** The microphone has been opened: numbers start again. */
  opened(): void {
    this.seq = 0;
    this.sent_until = 0;
    this.recent = [];
    this.held = false;
  }

  /** Forget what was kept (muted: what is said then must not be sent by a later press). */
  forget(): void {
    this.recent = [];
  }

  take(chunk: Chunk): void {
    const fate = this.gate(chunk);
    if (fate === "send") this.post(chunk);
    else this.held = true;
    if (fate !== "keep") {
      this.recent = [];
      return;
    }
    this.recent.push(chunk);
    const oldest = chunk.first_sample + chunk.samples - (SAMPLE_RATE * PREROLL_MS) / 1000;
    // Keep every chunk that reaches into the last 300 ms.
    while (this.recent[0] && this.recent[0].first_sample + this.recent[0].samples <= oldest) {
      this.recent.shift();
    }
  }

  /** Send the moments before a press that have not been sent before. */
  preroll(): void {
    for (const chunk of this.recent) if (chunk.first_sample >= this.sent_until) this.post(chunk);
    this.recent = [];
  }

  private post(chunk: Chunk): void {
    const { first_sample, captured_ms } = chunk;
    // What is missing before it was not lost on the way.
    const resumed = this.held && first_sample !== this.sent_until;
    this.held = false;
    this.send({ type: AUDIO, seq: this.seq++, first_sample, captured_ms, resumed }, chunk.pcm);
    this.sent_until = first_sample + chunk.samples;
  }
}
