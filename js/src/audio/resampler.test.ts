import { describe, expect, it } from "vitest";
import { Resampler } from "./resampler";

function tone(frequency: number, rate: number, samples: number): Float32Array {
  return Float32Array.from({ length: samples }, (_, i) => Math.sin((2 * Math.PI * frequency * i) / rate));
}

/** Convert in blocks of `block` samples and flush. */
function convert(input: Float32Array, from: number, to: number, block = 128): Float32Array {
  const resampler = new Resampler(from, to);
  const output = new Float32Array(resampler.maxOutput(input.length) + 1024);
  let length = 0;
  for (let i = 0; i < input.length; i += block) {
    const part = input.subarray(i, i + block);
    length += resampler.process(part, part.length, output, length);
  }
  length += resampler.flush(output, length);
  return output.subarray(0, length);
}

/** Amplitude of one frequency in the middle of a signal. */
function amplitude(signal: Float32Array, frequency: number, rate: number): number {
  const middle = signal.subarray(1000, signal.length - 1000);
  let re = 0;
  let im = 0;
  middle.forEach((value, i) => {
    const phase = (2 * Math.PI * frequency * (i + 1000)) / rate;
    re += value * Math.cos(phase);
    im -= value * Math.sin(phase);
  });
  return (2 * Math.hypot(re, im)) / middle.length;
}

const rms = (signal: Float32Array) =>
  Math.sqrt(signal.reduce((sum, value) => sum + value * value, 0) / signal.length);

describe.each([8000, 16_000, 22_050, 44_100, 48_000, 96_000, 192_000, 44_056])("%i Hz to 24 kHz", (rate) => {
  it("keeps the length to one sample", () => {
    for (const samples of [1, 127, 1000, rate]) {
      const output = convert(new Float32Array(samples), rate, 24_000);
      expect(Math.abs(output.length - (samples * 24_000) / rate)).toBeLessThanOrEqual(1);
    }
  });

  it("keeps the amplitude and phase of a tone in the band of both", () => {
    const output = convert(tone(1000, rate, rate), rate, 24_000);
    const wanted = tone(1000, 24_000, output.length);
    const difference = output.map((value, i) => value - wanted[i]!).subarray(1000, output.length - 1000);
    expect(rms(difference)).toBeLessThan(1e-3);
  });

  it("passes a constant unchanged", () => {
    const output = convert(new Float32Array(rate).fill(0.5), rate, 24_000);
    for (const value of output.subarray(500, output.length - 500)) expect(value).toBeCloseTo(0.5, 5);
  });

  it("gives the same samples whatever the block size", () => {
    const input = tone(700, rate, 5000);
    expect(convert(input, rate, 24_000, 1)).toEqual(convert(input, rate, 24_000, 4999));
  });
});

describe.each([
  [48_000, 13_000],
  [48_000, 15_000],
  [48_000, 20_000],
  [44_100, 13_000],
  [44_100, 18_000],
  [96_000, 30_000],
])("%i Hz, tone at %i Hz", (rate, frequency) => {
  it("rejects what would alias by 70 dB", () => {
    const output = convert(tone(frequency, rate, rate), rate, 24_000);
    expect(rms(output.subarray(1000, output.length - 1000))).toBeLessThan(10 ** (-70 / 20));
  });
});

describe.each([44_100, 48_000, 16_000])("24 kHz to %i Hz", (rate) => {
  it("leaves no image of the voice above its own band", () => {
    const output = convert(tone(5000, 24_000, 24_000), 24_000, rate);
    expect(amplitude(output, 5000, rate)).toBeCloseTo(1, 3);
    if (rate > 38_000) expect(amplitude(output, 19_000, rate)).toBeLessThan(10 ** (-70 / 20));
  });
});

it("starts anew after a reset", () => {
  const resampler = new Resampler(48_000, 24_000);
  const input = tone(440, 48_000, 512);
  const [first, second] = [new Float32Array(400), new Float32Array(400)];
  const count = resampler.process(input, input.length, first);
  resampler.reset();
  expect(resampler.process(input, input.length, second)).toBe(count);
  expect(second).toEqual(first);
});

it("does not drift over a minute of blocks", () => {
  const resampler = new Resampler(44_100, 24_000);
  const block = new Float32Array(2048);
  const output = new Float32Array(resampler.maxOutput(2048) + 1);
  let written = 0;
  const blocks = Math.ceil((44_100 * 60) / 2048);
  for (let i = 0; i < blocks; i++) written += resampler.process(block, block.length, output);
  const delay = (resampler.lookahead * 24_000) / 44_100;
  expect(Math.abs(written - ((blocks * 2048 * 24_000) / 44_100 - delay))).toBeLessThanOrEqual(1);
});
