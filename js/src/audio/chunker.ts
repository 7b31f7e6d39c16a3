/** From blocks at the device's rate to numbered 24 kHz chunks; runs on the audio thread, touches no browser object. */

import { Activity } from "./activity";
import { floatToInt16 } from "./pcm";
import { Resampler } from "./resampler";

export const CAPTURE_RATE = 24_000;
const MAX_CHUNK_MS = 200;
/** While nobody speaks: a message costs the same whatever its length, and nothing in it is urgent. */
const QUIET_CHUNK_MS = 200;
/** Chunks in flight: how long the page may be stuck (3 s at 40 ms) before samples are dropped and a gap shows. */
const POOL_SIZE = 75;

/** What the page tells the audio thread. */
export type CaptureCommand =
  | { kind: "chunk_ms"; chunk_ms: number }
  | { kind: "recycle"; buffer: ArrayBuffer }
  | { kind: "flush"; id: number }
  | { kind: "stop" };

/** One chunk as it leaves the audio thread. */
export interface CaptureChunk {
  kind: "chunk";
  /** Owned by the receiver until it is given back; longer than the samples in it. */
  buffer: ArrayBuffer;
  length: number;
  /** Index of the first sample since the microphone was opened, at 24 kHz. */
  first_sample: number;
  peak: number;
  rms: number;
}

export class Chunker {
  private readonly resampler: Resampler;
  private readonly scratch: Float32Array;
  private readonly pool: Int16Array<ArrayBuffer>[] = [];
  private chunk: Int16Array<ArrayBuffer> | null = null;
  private length = 0;
  private next_sample = 0;
  private peak = 0;
  private energy = 0;
  private readonly activity = new Activity(CAPTURE_RATE);
  private chunk_samples = CAPTURE_RATE / 10;
  private quiet_samples = CAPTURE_RATE / 10;

  constructor(
    device_rate: number,
    private readonly emit: (chunk: CaptureChunk) => void,
    max_block = 1024,
  ) {
    this.resampler = new Resampler(device_rate, CAPTURE_RATE);
    this.scratch = new Float32Array(this.resampler.maxOutput(max_block) + 1);
    const capacity = (CAPTURE_RATE * MAX_CHUNK_MS) / 1000;
    for (let i = 0; i < POOL_SIZE; i++) this.pool.push(new Int16Array(capacity));
  }

  /** Set the length of the next chunks while somebody speaks, 10 to 200 ms; while nobody does they may be longer. */
  setChunk(chunk_ms: number): void {
    const bounded_ms = Math.min(MAX_CHUNK_MS, Math.max(10, chunk_ms));
    this.chunk_samples = Math.round((CAPTURE_RATE * bounded_ms) / 1000);
    this.quiet_samples = Math.max(this.chunk_samples, (CAPTURE_RATE * QUIET_CHUNK_MS) / 1000);
  }

  /** Take back a buffer that has been read. */
  recycle(buffer: ArrayBuffer): void {
    if (this.pool.length < POOL_SIZE) this.pool.push(new Int16Array(buffer));
  }

  process(block: Float32Array): void {
    const count = this.resampler.process(block, block.length, this.scratch);
    for (let i = 0; i < count; i++) this.put(this.scratch[i]!);
  }

  /** Emit what has been gathered, however short. */
  flush(): void {
    if (this.length > 0) this.post();
  }

  private put(value: number): void {
    if (this.chunk === null) this.chunk = this.pool.pop() ?? null;
    this.next_sample++;
    this.activity.put(value);
    // No buffer left: the page is stuck. The index runs on, so the gap shows in the next chunk.
    if (this.chunk === null) return;
    this.chunk[this.length++] = floatToInt16(value);
    const magnitude = Math.abs(value);
    if (magnitude > this.peak) this.peak = magnitude;
    this.energy += value * value;
    // Where speech begins, a chunk that has become longer than those to come leaves at once.
    if (this.length >= (this.activity.active ? this.chunk_samples : this.quiet_samples)) this.post();
  }

  private post(): void {
    const { chunk, length } = this;
    if (chunk === null) return;
    this.emit({
      kind: "chunk",
      buffer: chunk.buffer,
      length,
      first_sample: this.next_sample - length,
      peak: Math.min(1, this.peak),
      rms: Math.sqrt(this.energy / length),
    });
    this.chunk = null;
    this.length = 0;
    this.peak = 0;
    this.energy = 0;
  }
}
