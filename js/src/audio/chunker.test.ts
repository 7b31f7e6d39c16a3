import { describe, expect, it } from "vitest";
import { type CaptureChunk, Chunker } from "./chunker";

/** A chunker that keeps what it emits, and gives buffers back when told to. */
function recorder(rate: number, recycle = true) {
  const chunks: (CaptureChunk & { samples: number[] })[] = [];
  const chunker = new Chunker(rate, (chunk) => {
    chunks.push({ ...chunk, samples: [...new Int16Array(chunk.buffer, 0, chunk.length)] });
    if (recycle) chunker.recycle(chunk.buffer);
  });
  return { chunker, chunks };
}

function feed(chunker: Chunker, samples: number, value = 0.25): void {
  for (let i = 0; i < samples; i += 128) chunker.process(new Float32Array(128).fill(value));
}

describe.each([
  [48_000, 40, 960],
  [44_100, 100, 2400],
  [16_000, 20, 480],
])("%i Hz in chunks of %i ms", (rate, chunk_ms, wanted) => {
  it("emits chunks of exactly that length with a running index", () => {
    const { chunker, chunks } = recorder(rate);
    chunker.setChunk(chunk_ms);
    feed(chunker, rate);
    expect(chunks.length).toBeGreaterThan(8);
    chunks.forEach((chunk, i) => {
      expect(chunk.length).toBe(wanted);
      expect(chunk.first_sample).toBe(i * wanted);
    });
  });
});

it("flushes the last partial chunk", () => {
  const { chunker, chunks } = recorder(24_000);
  chunker.setChunk(100);
  feed(chunker, 2560);
  chunker.flush();
  const lengths = chunks.map((chunk) => chunk.length);
  expect(lengths[0]).toBe(2400);
  expect(lengths[1]).toBeGreaterThan(100);
  expect(chunks[1]!.first_sample).toBe(2400);
  chunker.flush();
  expect(chunks.length).toBe(2);
});

it("goes on in the index after a flush", () => {
  const { chunker, chunks } = recorder(24_000);
  feed(chunker, 1280);
  chunker.flush();
  feed(chunker, 4096);
  expect(chunks[1]!.first_sample).toBe(chunks[0]!.length);
});

it("reports peak and rms of each chunk", () => {
  const { chunker, chunks } = recorder(24_000);
  feed(chunker, 24_000, -0.5);
  expect(chunks[3]!.peak).toBeCloseTo(0.5, 3);
  expect(chunks[3]!.rms).toBeCloseTo(0.5, 3);
  expect(chunks[3]!.samples[0]).toBe(-16_384);
});

it("bounds the chunk length", () => {
  const { chunker, chunks } = recorder(24_000);
  chunker.setChunk(5000);
  feed(chunker, 24_000);
  expect(chunks[0]!.length).toBe(4800);
});

it("allocates no buffer of its own, whatever the length of the stream", () => {
  const seen = new Set<ArrayBuffer>();
  const chunker = new Chunker(48_000, (chunk) => {
    seen.add(chunk.buffer);
    chunker.recycle(chunk.buffer);
  });
  chunker.setChunk(20);
  const block = new Float32Array(128);
  for (let i = 0; i < 10_000; i++) chunker.process(block);
  expect(seen.size).toBe(1);
});

it("shows a gap in the index when no buffer comes back", () => {
  const { chunker, chunks } = recorder(24_000, false);
  chunker.setChunk(40);
  feed(chunker, 24_000 * 5);
  const before = chunks.length;
  expect(before).toBe(75);
  chunker.recycle(chunks[0]!.buffer);
  feed(chunker, 24_000);
  expect(chunks.length).toBe(before + 1);
  expect(chunks[before]!.first_sample).toBeGreaterThan(24_000 * 4.9);
});

it("sends large chunks while nobody speaks and small ones from the first sound on, with nothing missing between", () => {
  const { chunker, chunks } = recorder(24_000);
  chunker.setChunk(40);
  feed(chunker, 24_000, 0.0001);
  const quiet = chunks.length;
  expect(new Set(chunks.map((chunk) => chunk.length))).toEqual(new Set([4800]));
  feed(chunker, 12_800, 0.3);
  const speech = chunks.slice(quiet + 1);
  // The one being filled leaves as soon as it is as long as those to come, or at once where it is longer.
  expect(chunks[quiet]!.length).toBeLessThan(4800);
  expect(new Set(speech.map((chunk) => chunk.length))).toEqual(new Set([960]));
  feed(chunker, 24_000 * 3, 0.0001);
  expect(chunks.at(-1)!.length).toBe(4800);
  chunks.reduce((next, chunk) => {
    expect(chunk.first_sample).toBe(next);
    return next + chunk.length;
  }, 0);
});

it("keeps long chunks where the way asks for them", () => {
  const { chunker, chunks } = recorder(24_000);
  chunker.setChunk(200);
  feed(chunker, 24_000, 0.0001);
  expect(chunks[0]!.length).toBe(4800);
});
