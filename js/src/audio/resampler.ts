/**
 * Streaming sample-rate conversion by a windowed-sinc polyphase filter.
 *
 * Runs on the audio thread: everything is allocated in the constructor. The position advances in whole fractions of the
 * two rates, so a stream of any length neither drifts nor clicks at block borders.
 */

const ZERO_CROSSINGS = 32;
const KAISER_BETA = 9;
/** Cut-off as a part of the lower Nyquist rate: the stop band (-90 dB) begins where aliases would. */
const ROLL_OFF = 0.91;
/** Odd rates would need a filter phase per output sample; beyond this many, neighbours are interpolated. */
const MAX_PHASES = 512;
const BLOCK = 2048;

export class Resampler {
  /** How many input samples the filter looks ahead. */
  readonly lookahead: number;
  private readonly up: number;
  private readonly down: number;
  private readonly taps: number;
  private readonly phases: number;
  private readonly table: Float32Array;
  private readonly history: Float32Array;
  private filled = 0;
  private start = 0;
  private phase = 0;

  constructor(in_rate: number, out_rate: number) {
    const divisor = gcd(Math.round(in_rate), Math.round(out_rate));
    this.up = Math.round(out_rate) / divisor;
    this.down = Math.round(in_rate) / divisor;
    const cutoff = Math.min(1, out_rate / in_rate) * ROLL_OFF;
    this.lookahead = Math.ceil(ZERO_CROSSINGS / cutoff);
    this.taps = 2 * this.lookahead;
    this.phases = Math.min(this.up, MAX_PHASES);
    this.table = designFilter(this.phases, this.lookahead, cutoff);
    this.history = new Float32Array(this.taps + BLOCK);
    this.reset();
  }

  reset(): void {
    this.history.fill(0);
    // The filter is centred: output 0 belongs to input 0, so what lies before the first sample is silence.
    this.filled = this.lookahead - 1;
    this.start = 0;
    this.phase = 0;
  }

  /** The most samples `process` can return for `length` input samples. */
  maxOutput(length: number): number {
    return Math.ceil((length * this.up) / this.down) + 1;
  }

  /** Convert `length` samples of `input`; write to `output` from `offset` on. Returns how many were written. */
  process(input: Float32Array, length: number, output: Float32Array, offset = 0): number {
    let written = 0;
    for (let from = 0; from < length; from += BLOCK) {
      const to = Math.min(length, from + BLOCK);
      this.append(input, from, to);
      written += this.drain(output, offset + written);
    }
    return written;
  }

  /** Push the last samples through the filter (as if silence followed). */
  flush(output: Float32Array, offset = 0): number {
    this.compact();
    this.history.fill(0, this.filled, this.filled + this.lookahead);
    this.filled += this.lookahead;
    return this.drain(output, offset);
  }

  private append(input: Float32Array, from: number, to: number): void {
    this.compact();
    for (let i = from; i < to; i++) this.history[this.filled++] = input[i]!;
  }

  private compact(): void {
    // `start` may lie beyond what has arrived when the rate falls steeply; it then waits for the next block.
    const used = Math.min(this.start, this.filled);
    if (used === 0) return;
    this.history.copyWithin(0, used, this.filled);
    this.filled -= used;
    this.start -= used;
  }

  private drain(output: Float32Array, offset: number): number {
    let at = offset;
    while (this.start + this.taps <= this.filled) {
      output[at++] = this.phases === this.up ? this.exact(this.phase) : this.between();
      this.phase += this.down;
      const step = Math.floor(this.phase / this.up);
      this.start += step;
      this.phase -= step * this.up;
    }
    return at - offset;
  }

  private exact(phase: number): number {
    const row = phase * this.taps;
    let sum = 0;
    for (let j = 0; j < this.taps; j++) sum += this.table[row + j]! * this.history[this.start + j]!;
    return sum;
  }

  private between(): number {
    const position = (this.phase * this.phases) / this.up;
    const low = Math.floor(position);
    const weight = position - low;
    return this.exact(low) * (1 - weight) + this.exact(low + 1) * weight;
  }
}

function designFilter(phases: number, half: number, cutoff: number): Float32Array {
  const taps = 2 * half;
  // One row more than there are phases, so that interpolation has a right neighbour for the last.
  const table = new Float32Array((phases + 1) * taps);
  for (let p = 0; p <= phases; p++) {
    let sum = 0;
    for (let j = 0; j < taps; j++) {
      const t = p / phases + (half - 1) - j;
      const value = sinc(cutoff * t) * kaiser(t / half);
      table[p * taps + j] = value;
      sum += value;
    }
    // Every phase passes a constant unchanged; without this the phases differ and a steady tone hums.
    for (let j = 0; j < taps; j++) table[p * taps + j]! /= sum;
  }
  return table;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

function kaiser(x: number): number {
  return Math.abs(x) > 1 ? 0 : bessel(KAISER_BETA * Math.sqrt(1 - x * x)) / bessel(KAISER_BETA);
}

function bessel(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > sum * 1e-12; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}
