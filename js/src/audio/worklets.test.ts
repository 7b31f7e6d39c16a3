/** The worklets as they run: registered on a stub of the audio thread's globals, fed block by block. */

import { beforeAll, expect, it } from "vitest";

interface Port {
  posted: { data: Record<string, unknown>; transfer: ArrayBuffer[] }[];
  onmessage: ((event: { data: unknown }) => void) | null;
  postMessage(data: Record<string, unknown>, transfer?: ArrayBuffer[]): void;
}

interface Processor {
  port: Port;
  process(inputs: Float32Array[][], outputs: Float32Array[][]): boolean;
}

const registered = new Map<string, new () => Processor>();

beforeAll(async () => {
  class Stub {
    port: Port = {
      posted: [],
      onmessage: null,
      postMessage(data, transfer = []) {
        this.posted.push({ data, transfer });
      },
    };
  }
  Object.assign(globalThis, {
    AudioWorkletProcessor: Stub,
    sampleRate: 48_000,
    currentTime: 1.5,
    registerProcessor: (name: string, type: new () => Processor) => registered.set(name, type),
  });
  // Through variables: the worklets belong to another TypeScript project, with another set of globals.
  const [capture, playback] = ["./capture.worklet.ts", "./playback.worklet.ts"];
  await import(/* @vite-ignore */ capture!);
  await import(/* @vite-ignore */ playback!);
});

function make(name: string) {
  const processor = new (registered.get(name)!)();
  const tell = (data: unknown) => processor.port.onmessage?.({ data });
  const block = (value: number) => new Float32Array(128).fill(value);
  return { processor, tell, block, posted: processor.port.posted };
}

it("captures chunks, transfers their buffers and stamps the time", () => {
  const { processor, tell, block, posted } = make("rtw-capture");
  tell({ kind: "chunk_ms", chunk_ms: 40 });
  for (let i = 0; i < 40; i++) expect(processor.process([[block(0.5)]], [])).toBe(true);
  expect(posted.length).toBe(2);
  const { data, transfer } = posted[1]!;
  expect(data).toMatchObject({ kind: "chunk", length: 960, first_sample: 960, time: 1.5 });
  expect(transfer).toEqual([data.buffer]);
});

it("survives blocks without a source, flushes on demand and ends on stop", () => {
  const { processor, tell, block, posted } = make("rtw-capture");
  expect(processor.process([[]], [])).toBe(true);
  for (let i = 0; i < 4; i++) processor.process([[block(0.5)]], []);
  tell({ kind: "flush", id: 4 });
  expect(posted.map(({ data }) => data.kind)).toEqual(["chunk", "flushed"]);
  expect(posted[1]!.data.id).toBe(4);
  processor.process([[block(0.5)]], []);
  tell({ kind: "stop" });
  expect(posted.at(-1)!.data.kind).toBe("chunk");
  expect(processor.process([[block(0.5)]], [])).toBe(false);
});

it("grows no memory over ten thousand blocks", () => {
  const { processor, tell, block, posted } = make("rtw-capture");
  tell({ kind: "chunk_ms", chunk_ms: 20 });
  const input = [[block(0.1)]];
  const seen = new Set<unknown>();
  for (let i = 0; i < 10_000; i++) {
    processor.process(input, []);
    for (const { data } of posted.splice(0)) {
      seen.add(data.buffer);
      tell({ kind: "recycle", buffer: data.buffer });
    }
  }
  // One being filled while the other is on its way back.
  expect(seen.size).toBeLessThanOrEqual(2);
});

it("plays to every channel, reports and clears", () => {
  const { processor, tell, posted } = make("rtw-playback");
  tell({ kind: "push", part: 0, buffer: new Int16Array(24_000).fill(8000).buffer });
  const output = [new Float32Array(128), new Float32Array(128)];
  for (let i = 0; i < 100; i++) expect(processor.process([], [output])).toBe(true);
  expect(output[0]![64]).toBeCloseTo(8000 / 32_768, 2);
  expect(output[1]).toEqual(output[0]);
  tell({ kind: "clear", id: 2 });
  const cleared = posted.find(({ data }) => data.kind === "cleared")!;
  expect(cleared.data.id).toBe(2);
  for (let i = 0; i < 3; i++) processor.process([], [output]);
  expect(output[0]![64]).toBe(0);
  tell({ kind: "stop" });
  expect(processor.process([], [output])).toBe(false);
});
