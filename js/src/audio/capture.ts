/** The microphone: one stream at a time, one worklet node, chunks of 24 kHz PCM and levels out. */

import captureSource from "worklet:./capture.worklet.ts";
import { pageNow } from "../clock";
import type { CaptureChunk } from "./chunker";
import type { AudioEngine } from "./engine";
import { type InputWish, MicError, processing } from "./source";

/** A chunk with the time at which its first sample was captured. */
export interface Chunk {
  pcm: ArrayBuffer;
  samples: number;
  /** Counts from the opening, over changes of the device. */
  first_sample: number;
  /** By the page's clock. */
  captured_ms: number;
}

type Report = (CaptureChunk & { time: number }) | { kind: "flushed"; id: number };

/** Open a stream whose tracks stop when the signal is aborted; throws `MicError`. */
export type OpenStream = (signal: AbortSignal) => Promise<MediaStream>;

const FLUSH_LIMIT_MS = 150;

export class Microphone {
  onchunk: (chunk: Chunk) => void = () => {};
  onlevel: (peak: number) => void = () => {};
  /** A track of ours runs, or none does any more. */
  onlive: (live: boolean) => void = () => {};
  /** The device went away by itself (unplugged, taken, permission withdrawn). */
  onlost: (label: string) => void = () => {};

  private stream: MediaStream | null = null;
  /** Stops the tracks of the stream, and of the one that is being opened. */
  private life: AbortController | null = null;
  private opening: AbortController | null = null;
  private source: MediaStreamAudioSourceNode | null = null;
  private node: AudioWorkletNode | null = null;
  /** Only where the shared context cannot take the device's rate. */
  private ownContext: AudioContext | null = null;
  private flushes = new Map<number, () => void>();
  private flush_id = 0;
  private enabled = true;
  private chunk_ms = 100;
  /** What earlier nodes counted, and the end of all. */
  private base_samples = 0;
  private end_samples = 0;

  constructor(
    private readonly engine: AudioEngine,
    private readonly open_stream: OpenStream,
  ) {}

  get isOpen(): boolean {
    return this.stream !== null;
  }

  /** What is heard now; null while nothing is. */
  get track(): MediaStreamTrack | null {
    return this.stream?.getAudioTracks()[0] ?? null;
  }

  /** Open the device; false when it was closed again meanwhile. Throws `MicError`. */
  async open(): Promise<boolean> {
    if (this.stream !== null) return true;
    this.base_samples = 0;
    this.end_samples = 0;
    return this.begin();
  }

  /**
   * Change to what is wished for now; the old stream is heard until the new one is there. False when it was closed
   * meanwhile, or another change came after this. Throws `MicError`; the old stream may be open still.
   */
  async reopen(): Promise<boolean> {
    return this.stream !== null && this.begin();
  }

  /** Switch the browser's processing without opening anew; false where it does not follow. */
  async retune(wish: InputWish): Promise<boolean> {
    const { track } = this;
    const wanted = processing(wish);
    try {
      await track?.applyConstraints({ ...track.getConstraints(), ...wanted });
    } catch {
      return false;
    }
    // Some browsers accept everything and change nothing.
    const now = track?.getSettings() ?? {};
    return Object.entries(wanted).every(([name, value]) => now[name as keyof MediaTrackSettings] === value);
  }

  /** Stop the tracks and free the device at once; idempotent. */
  close(): void {
    this.opening?.abort();
    this.opening = null;
    this.stop();
    this.dropNode();
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

  private async begin(): Promise<boolean> {
    // The latest wish counts: what an earlier one would open is no longer wanted.
    this.opening?.abort();
    const life = new AbortController();
    this.opening = life;
    try {
      const loading = this.engine.load("rtw-capture", captureSource);
      loading.catch(() => {});
      const stream = await this.acquire(life.signal);
      // From here on it listens, whatever is still to be loaded.
      if (!life.signal.aborted && this.stream === null) this.onlive(true);
      await loading;
      if (life.signal.aborted) return false;
      const inlet = await makeInlet(this.engine.context, stream);
      if (!life.signal.aborted) return this.adopt(stream, life, inlet);
      if (inlet.isOwn) void inlet.context.close().catch(() => {});
      return false;
    } catch (error) {
      const superseded = life.signal.aborted;
      life.abort();
      if (superseded) return false;
      this.opening = null;
      if (this.stream === null) this.close();
      throw error;
    }
  }

  private async acquire(signal: AbortSignal): Promise<MediaStream> {
    try {
      return await this.open_stream(signal);
    } catch (error) {
      const busy = error instanceof MicError && error.failure.code === "device_busy";
      if (!busy || this.stream === null || signal.aborted) throw error;
      // Some systems open a device once only: the old stream must go first.
      this.stop();
      return this.open_stream(signal);
    }
  }

  /** Swap the old stream for the new one, all at once. */
  private adopt(stream: MediaStream, life: AbortController, inlet: Inlet): boolean {
    this.opening = null;
    const before = { stream: this.stream, life: this.life };
    this.stream = stream;
    this.life = life;
    this.setEnabled(this.enabled);
    this.connect(inlet);
    for (const track of before.stream?.getTracks() ?? []) track.onended = null;
    before.life?.abort();
    for (const track of stream.getAudioTracks()) {
      track.onended = () => this.ended(track);
      if (track.readyState === "ended") this.ended(track);
    }
    return this.stream === stream;
  }

  private ended(track: MediaStreamTrack): void {
    if (track !== this.track) return;
    this.close();
    this.onlost(track.label);
  }

  private stop(): void {
    for (const track of this.stream?.getTracks() ?? []) track.onended = null;
    this.stream = null;
    this.life?.abort();
    this.life = null;
    this.onlive(false);
  }

  private connect({ context, source, isOwn }: Inlet): void {
    // The same node goes on where it can: not a sample is lost or told twice.
    if (this.node === null || isOwn || this.ownContext !== null) this.makeNode(context, isOwn);
    this.source?.disconnect();
    this.source = source;
    if (this.node !== null) source.connect(this.node);
  }

  private makeNode(context: AudioContext, isOwn: boolean): void {
    this.dropNode();
    this.ownContext = isOwn ? context : null;
    this.base_samples = this.end_samples;
    const node = new AudioWorkletNode(context, "rtw-capture", {
      numberOfInputs: 1,
      numberOfOutputs: 1,
      channelCount: 1,
      channelCountMode: "explicit",
    });
    node.port.onmessage = (event: MessageEvent<Report>) => this.receive(event.data, context);
    node.port.postMessage({ kind: "chunk_ms", chunk_ms: this.chunk_ms });
    // Its output is silence; a node that leads nowhere is not run by every browser.
    node.connect(context.destination);
    this.node = node;
  }

  private dropNode(): void {
    this.source?.disconnect();
    this.source = null;
    this.node?.port.postMessage({ kind: "stop" });
    this.node?.disconnect();
    if (this.node) this.node.port.onmessage = null;
    this.node = null;
    void this.ownContext?.close().catch(() => {});
    this.ownContext = null;
  }

  private receive(report: Report, context: AudioContext): void {
    if (report.kind === "flushed") {
      this.settle(report.id);
      return;
    }
    const { buffer, length, time } = report;
    // The comm may send later than now, so it gets a copy and the worklet its buffer back.
    const pcm = buffer.slice(0, length * 2);
    this.node?.port.postMessage({ kind: "recycle", buffer }, [buffer]);
    const age_ms = (context.currentTime - time) * 1000 + (length * 1000) / 24_000;
    const first_sample = this.base_samples + report.first_sample;
    this.end_samples = first_sample + length;
    this.onlevel(report.peak);
    this.onchunk({ pcm, samples: length, first_sample, captured_ms: pageNow() - age_ms });
  }
}

/** Where a stream enters the graph. */
interface Inlet {
  context: AudioContext;
  source: MediaStreamAudioSourceNode;
  isOwn: boolean;
}

async function makeInlet(shared: AudioContext, stream: MediaStream): Promise<Inlet> {
  try {
    return { context: shared, source: shared.createMediaStreamSource(stream), isOwn: false };
  } catch {
    // Firefox refuses a stream whose rate differs from the context's.
    const sampleRate = stream.getAudioTracks()[0]?.getSettings().sampleRate;
    const context = new AudioContext(sampleRate === undefined ? {} : { sampleRate });
    const url = URL.createObjectURL(new Blob([captureSource], { type: "text/javascript" }));
    try {
      await context.audioWorklet.addModule(url);
      return { context, source: context.createMediaStreamSource(stream), isOwn: true };
    } catch (error) {
      void context.close().catch(() => {});
      throw error;
    } finally {
      URL.revokeObjectURL(url);
    }
  }
}
