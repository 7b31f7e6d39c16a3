/**
 * The voice on the audio thread: parts in order, resampled to the device's rate, counted sample by sample.
 *
 * A part is one (item, content index), known here by a number. Samples count as played when they enter the
 * resampler, about a millisecond before they leave it. Touches no browser object.
 */

import { Resampler } from "./resampler";

export const VOICE_RATE = 24_000;
const STEP = 32;
const FADE_MS = 5;
const TICK_MS = 50;
/**
 * Buffered before the voice starts, and how far that grows when the stream stalls. Servers speak faster than time
 * passes, so a little is enough; one that does not stalls once and is waited for from then on.
 */
const START_MS = 40;
const MAX_START_MS = 400;
/** So many parts in a row without a stall: the wait may shrink again. */
const SMOOTH_PARTS = 3;
/** Before the stream runs dry, and after it did, the voice fades: a stall is no click. */
const DRY_SAMPLES = (VOICE_RATE * FADE_MS) / 1000;
/** A short piece without an end mark does not wait longer than this. */
const PATIENCE_MS = 400;

/** What the page tells the audio thread. */
export type PlaybackCommand =
  | { kind: "push"; part: number; buffer: ArrayBuffer }
  | { kind: "end"; part: number }
  | { kind: "clear"; id: number }
  | { kind: "stop" };

export type PlayedCount = [part: number, played_samples: number];

export type VoiceReport =
  | { kind: "started"; part: number; time: number }
  | { kind: "tick"; played: PlayedCount[]; peak: number }
  | { kind: "finished"; part: number; played_samples: number }
  | { kind: "cleared"; id: number; played: PlayedCount[] }
  | { kind: "idle" };

interface Part {
  id: number;
  segments: Int16Array[];
  /** Position in the first segment. */
  offset: number;
  buffered: number;
  played: number;
  ended: boolean;
}

export class Voice {
  private parts: Part[] = [];
  private readonly resampler: Resampler;
  private readonly input = new Float32Array(STEP);
  private readonly ready: Float32Array;
  private available = 0;
  private readonly fade: Float32Array;
  private fading = 0;
  private playing = false;
  /** Silence still to be pushed through the filter after the last sample. */
  private tail = 0;
  private start_ms = START_MS;
  private smooth_parts = 0;
  private gain = 1;
  private waited = 0;
  private since_tick = 0;
  private peak = 0;
  /** The clock at the end of what was rendered. */
  private next_time = 0;

  constructor(
    private readonly device_rate: number,
    private readonly emit: (report: VoiceReport) => void,
  ) {
    this.resampler = new Resampler(VOICE_RATE, device_rate);
    this.fade = new Float32Array(Math.ceil((device_rate * FADE_MS) / 1000));
    this.ready = new Float32Array(4096 + this.resampler.maxOutput(STEP) + this.fade.length);
  }

  push(id: number, samples: Int16Array): void {
    if (samples.length === 0) return;
    const part = this.part(id);
    part.segments.push(samples);
    part.buffered += samples.length;
  }

  /** Mark that all samples of a part have been pushed. */
  end(id: number): void {
    const part = this.part(id);
    part.ended = true;
    this.retire(part);
  }

  /** Fall silent within some milliseconds, drop every part, and report what had been played of each. */
  clear(id: number): void {
    this.fading = 0;
    if (this.playing) this.prepareFade();
    const played = this.parts.map((part): PlayedCount => [part.id, part.played]);
    this.parts = [];
    this.available = 0;
    this.tail = 0;
    this.playing = false;
    this.gain = 1;
    this.resampler.reset();
    this.emit({ kind: "cleared", id, played });
  }

  /** Fill `output` with the next samples; `time` is the clock of its first one. */
  render(output: Float32Array, time: number): void {
    output.fill(0);
    this.next_time = time + output.length / this.device_rate;
    if (!this.playing && this.mayStart(output.length)) this.begin();
    if (this.playing || this.tail > 0) {
      this.gather(output.length, time);
      this.take(output);
    }
    this.mixFade(output);
    this.meter(output);
  }

  private part(id: number): Part {
    let part = this.parts.find((candidate) => candidate.id === id);
    if (part === undefined) {
      part = { id, segments: [], offset: 0, buffered: 0, played: 0, ended: false };
      this.parts.push(part);
    }
    return part;
  }

  private mayStart(length: number): boolean {
    const part = this.parts.find(hasSamples);
    if (part === undefined) {
      this.waited = 0;
      return false;
    }
    this.waited += length;
    const enough = (VOICE_RATE * this.start_ms) / 1000;
    return part.ended || part.buffered >= enough || this.waited * 1000 > PATIENCE_MS * this.device_rate;
  }

  private begin(): void {
    this.playing = true;
    this.waited = 0;
    this.tail = this.resampler.lookahead;
  }

  private gather(wanted: number, time: number): void {
    while (this.available < wanted) {
      let count = this.playing ? this.pull(time) : 0;
      if (count === 0) {
        if (this.tail <= 0) return;
        count = Math.min(STEP, this.tail);
        this.input.fill(0, 0, count);
        this.tail -= count;
      }
      this.available += this.resampler.process(this.input, count, this.ready, this.available);
    }
  }

  /** Move up to one step of samples from the first part that has any; 0 when the stream has run dry. */
  private pull(time: number): number {
    const part = this.parts.find(hasSamples);
    if (part === undefined) {
      this.stall();
      return 0;
    }
    // What was gathered before it comes first.
    if (part.played === 0) {
      this.emit({ kind: "started", part: part.id, time: time + this.available / this.device_rate });
    }
    const segment = part.segments[0]!;
    const count = Math.min(STEP, segment.length - part.offset);
    const left = part.ended ? Number.POSITIVE_INFINITY : this.buffered();
    for (let i = 0; i < count; i++) {
      this.gain = Math.min(1, (left - i) / DRY_SAMPLES, this.gain + 1 / DRY_SAMPLES);
      this.input[i] = (this.gain * segment[part.offset + i]!) / 32_768;
    }
    part.offset += count;
    part.played += count;
    part.buffered -= count;
    if (part.offset >= segment.length) {
      part.segments.shift();
      part.offset = 0;
    }
    this.tail = this.resampler.lookahead;
    this.retire(part);
    return count;
  }

  private stall(): void {
    this.playing = false;
    const open = this.parts.some((part) => !part.ended && part.played > 0);
    this.gain = open ? 0 : 1;
    // The stream ran dry in the middle of a part: next time gather more before going on.
    if (open) {
      this.start_ms = Math.min(MAX_START_MS, this.start_ms * 2);
      this.smooth_parts = 0;
    }
    this.tick();
    this.emit({ kind: "idle" });
  }

  private buffered(): number {
    let samples = 0;
    for (const part of this.parts) samples += part.buffered;
    return samples;
  }

  private retire(part: Part): void {
    if (!part.ended || part.buffered > 0) return;
    if (part.played > 0 && ++this.smooth_parts >= SMOOTH_PARTS) {
      this.smooth_parts = 0;
      this.start_ms = Math.max(START_MS, this.start_ms / 2);
    }
    this.parts = this.parts.filter((candidate) => candidate !== part);
    this.emit({ kind: "finished", part: part.id, played_samples: part.played });
  }

  private take(output: Float32Array): void {
    const count = Math.min(output.length, this.available);
    for (let i = 0; i < count; i++) output[i] = this.ready[i]!;
    this.ready.copyWithin(0, count, this.available);
    this.available -= count;
  }

  private prepareFade(): void {
    this.gather(this.fade.length, this.next_time);
    const count = Math.min(this.fade.length, this.available);
    for (let i = 0; i < count; i++) this.fade[i] = this.ready[i]! * (1 - i / count);
    this.fade.fill(0, count);
    this.fading = count;
  }

  private mixFade(output: Float32Array): void {
    if (this.fading === 0) return;
    const count = Math.min(this.fading, output.length);
    for (let i = 0; i < count; i++) output[i]! += this.fade[i]!;
    this.fade.copyWithin(0, count, this.fading);
    this.fading -= count;
  }

  private meter(output: Float32Array): void {
    for (let i = 0; i < output.length; i++) {
      const magnitude = Math.abs(output[i]!);
      if (magnitude > this.peak) this.peak = magnitude;
    }
    if (!this.playing) return;
    this.since_tick += output.length;
    if (this.since_tick * 1000 >= TICK_MS * this.device_rate) this.tick();
  }

  private tick(): void {
    const played: PlayedCount[] = [];
    for (const part of this.parts) if (part.played > 0) played.push([part.id, part.played]);
    this.emit({ kind: "tick", played, peak: Math.min(1, this.peak) });
    this.since_tick = 0;
    this.peak = 0;
  }
}

function hasSamples(part: Part): boolean {
  return part.buffered > 0;
}
