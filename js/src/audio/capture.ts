/** The microphone: one stream, one worklet node, chunks of 24 kHz PCM and levels out. */

import captureSource from "worklet:./capture.worklet.ts";
import type { CaptureChunk } from "./chunker";
import type { AudioEngine } from "./engine";
import { openMicrophone } from "./source";

/** A chunk with the time at which its first sample was captured. */
export interface Chunk {
  pcm: ArrayBuffer;
  samples: number;
  first_sample: number;
  captured_ms: number;
}

type Report = (CaptureChunk & { time: number }) | { kind: "flushed"; id: number };

const FLUSH_LIMIT_MS = 150;

export class Microphone {
  onchunk: (chunk: Chunk) => void = () => {};
  onlevel: (peak: number) => void = () => {};
  /** The device went away by itself (unplugged, taken, permission withdrawn). */
  onlost: () => void = () => {};

  private stream: MediaStream | null = null;
  private source: MediaStreamAudioSourceNode | null = null;
  private node: AudioWorkletNode | null = null;
  /** Only where the shared context cannot take the device's rate. */
  private ownContext: AudioContext | null = null;
  private flushes = new Map<number, () => void>();
  private flush_id = 0;
  /** Counts openings, so that a permission granted after End is given back at once. */
  private opening = 0;
  private enabled = true;
  private chunk_ms = 100;

  constructor(
    private readonly engine: AudioEngine,
    private readonly open_stream: () => Promise<MediaStream> = openMicrophone,
  ) {}

  get isOpen(): boolean {
    return this.stream !== null;
  }

  /** Open the device; false when it was closed again meanwhile. Throws `MicError`. */
  async open(): Promise<boolean> {
    if (this.stream !== null) return true;
    const turn = ++this.opening;
    const loading = this.engine.load("rtw-capture", captureSource);
    loading.catch(() => {});
    const stream = await this.open_stream();
    try {
      await loading;
    } catch (error) {
      stopTracks(stream);
      throw error;
    }
    if (turn !== this.opening) {
      stopTracks(stream);
      return false;
    }
    this.stream = stream;
    await this.connect(stream);
    return this.stream === stream;
  }

  /** Stop the tracks and free the device at once; idempotent. */
  close(): void {
    this.opening++;
    if (this.stream) {
      for (const track of this.stream.getTracks()) track.onended = null;
      stopTracks(this.stream);
    }
    this.stream = null;
    this.source?.disconnect();
    this.source = null;
    this.node?.port.postMessage({ kind: "stop" });
    this.node?.disconnect();
    if (this.node) this.node.port.onmessage = null;
    this.node = null;
    void this.ownContext?.close().catch(() => {});
    this.ownContext = null;
    for (const resolve of this.flushes.values()) resolve();
    this.flushes.clear();
    this.onlevel(0);
  }

  setEnabled(enabled: boolean): void {
    this.enabled = enabled;
    for (const track of this.stream?.getAudioTracks() ?? []) track.enabled = enabled;
  }

  setChunk(chunk_ms: number): void {
    if (chunk_ms === this.chunk_ms) return;
    this.chunk_ms = chunk_ms;
    this.node?.port.postMessage({ kind: "chunk_ms", chunk_ms });
  }

  /** Resolve when everything captured so far has been handed to `onchunk`. */
  flush(): Promise<void> {
    const { node } = this;
    if (node === null) return Promise.resolve();
    const id = ++this.flush_id;
    return new Promise((resolve) => {
      // A suspended context answers nothing; the release of a held key must not wait for it.
      const timer = setTimeout(() => this.settle(id), FLUSH_LIMIT_MS);
      this.flushes.set(id, () => {
        clearTimeout(timer);
        resolve();
      });
      node.port.postMessage({ kind: "flush", id });
    });
  }

  private settle(id: number): void {
    this.flushes.get(id)?.();
    this.flushes.delete(id);
  }

  private async connect(stream: MediaStream): Promise<void> {
    const context = await this.attach(stream);
    // Closed while the second context was being made.
    if (this.stream !== stream) return;
    const node = new AudioWorkletNode(context, "rtw-capture", {
      numberOfInputs: 1,
      numberOfOutputs: 1,
      channelCount: 1,
      channelCountMode: "explicit",
    });
    node.port.onmessage = (event: MessageEvent<Report>) => this.receive(event.data, context);
    node.port.postMessage({ kind: "chunk_ms", chunk_ms: this.chunk_ms });
    this.source?.connect(node);
    // Its output is silence; a node that leads nowhere is not run by every browser.
    node.connect(context.destination);
    this.node = node;
    this.setEnabled(this.enabled);
    for (const track of stream.getAudioTracks()) {
      track.onended = () => {
        this.close();
        this.onlost();
      };
    }
  }

  private async attach(stream: MediaStream): Promise<AudioContext> {
    try {
      this.source = this.engine.context.createMediaStreamSource(stream);
      return this.engine.context;
    } catch {
      // Firefox refuses a stream whose rate differs from the context's.
      const sampleRate = stream.getAudioTracks()[0]?.getSettings().sampleRate;
      const context = new AudioContext(sampleRate === undefined ? {} : { sampleRate });
      this.ownContext = context;
      const url = URL.createObjectURL(new Blob([captureSource], { type: "text/javascript" }));
      await context.audioWorklet.addModule(url);
      URL.revokeObjectURL(url);
      if (this.stream === stream) this.source = context.createMediaStreamSource(stream);
      return context;
    }
  }

  private receive(report: Report, context: AudioContext): void {
    if (report.kind === "flushed") {
      this.settle(report.id);
      return;
    }
    const { buffer, length, first_sample, time } = report;
    // The comm may send later than now, so it gets a copy and the worklet its buffer back.
    const pcm = buffer.slice(0, length * 2);
    this.node?.port.postMessage({ kind: "recycle", buffer }, [buffer]);
    const age_ms = (context.currentTime - time) * 1000 + (length * 1000) / 24_000;
    this.onlevel(report.peak);
    this.onchunk({ pcm, samples: length, first_sample, captured_ms: Date.now() - age_ms });
  }
}

function stopTracks(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
