/** The voice as the page sees it: parts by item, a ledger of what was played of each, reports to the kernel. */

import playbackSource from "worklet:./playback.worklet.ts";
import type { PlayedItem } from "../messages";
import type { AudioEngine } from "./engine";
import type { PlaybackCommand, PlayedCount, VoiceReport } from "./voice";

const REPORT_MS = 100;
/** A suspended context does not answer; the kernel, which waits for 300 ms, gets the last known counts then. */
const CLEAR_LIMIT_MS = 150;
/** What comes after the user's own interruption may be older than it, until the kernel has answered that. */
const HOLD_LIMIT_MS = 400;
const REMEMBERED_PARTS = 512;
/** A part whose end never comes counts as silent after this long without samples. */
const STALL_LIMIT_MS = 1500;

interface Entry extends PlayedItem {
  part: number;
  last_seq: number;
  /** Came from the kernel so far, counted at 24 kHz. */
  received_samples: number;
  /** Cut off: whatever still arrives of it is dropped. */
  cut: boolean;
  /** Told to the kernel for the last time. */
  closed: boolean;
}

export class Player {
  /** Report what was played; `clear_id` answers the kernel's clear. */
  onplayed: (items: PlayedItem[], clear_id: number | null) => void = () => {};
  onplaying: (playing: boolean) => void = () => {};
  onlevel: (peak: number) => void = () => {};
  /** Sound is wanted; the engine should be running. */
  onwanted: () => void = () => {};

  private entries = new Map<string, Entry>();
  private parts = new Map<number, Entry>();
  private next_part = 0;
  private node: AudioWorkletNode | null = null;
  private loading = false;
  private backlog: PlaybackCommand[] = [];
  private held: PlaybackCommand[] | null = null;
  private hold: ReturnType<typeof setTimeout> | undefined;
  private clears = new Map<number, { clear_id: number | null; timer: ReturnType<typeof setTimeout> }>();
  private next_clear = 0;
  private reported_at = 0;
  private playing = false;
  private stall: ReturnType<typeof setTimeout> | null = null;

  private copy: MediaStreamAudioDestinationNode | null = null;

  constructor(private readonly engine: AudioEngine) {}

  /** What is played, as a stream for others in this page; its loudness is the voice's own. */
  get stream(): MediaStream {
    if (this.copy === null) {
      this.copy = this.engine.context.createMediaStreamDestination();
      this.node?.connect(this.copy);
    }
    return this.copy.stream;
  }

  /** Load the worklet; called in the Start gesture so that the first word does not wait for it. */
  async prepare(): Promise<void> {
    if (this.node !== null || this.loading) return;
    this.loading = true;
    try {
      await this.engine.load("rtw-playback", playbackSource);
      if (!this.loading) return;
      const { context } = this.engine;
      const node = new AudioWorkletNode(context, "rtw-playback", {
        numberOfInputs: 0,
        outputChannelCount: [1],
      });
      node.port.onmessage = (event: MessageEvent<VoiceReport>) => this.receive(event.data);
      node.connect(this.engine.output);
      if (this.copy !== null) node.connect(this.copy);
      this.node = node;
      for (const command of this.backlog.splice(0)) this.post(command);
    } catch (error) {
      console.error("realtime-widget: no playback", error);
    } finally {
      this.loading = false;
    }
  }

  push(item_id: string, content_index: number, seq: number, samples: Int16Array<ArrayBuffer>): void {
    const entry = this.entry(item_id, content_index);
    // Late chunks of an interrupted part, and a chunk delivered twice.
    if (entry.cut || entry.closed || seq <= entry.last_seq) return;
    entry.last_seq = seq;
    entry.received_samples += samples.length;
    this.post({ kind: "push", part: entry.part, buffer: samples.buffer });
    if (this.held !== null) return;
    this.setPlaying(true);
    this.onwanted();
  }

  end(item_id: string, content_index: number): void {
    const entry = this.entries.get(key(item_id, content_index));
    if (entry && !entry.cut) this.post({ kind: "end", part: entry.part });
  }

  /** Fall silent now. Reports what was heard, under `clear_id` when the kernel asked. */
  clear(clear_id: number | null): void {
    // Silence before anything else: what follows may redraw the panel.
    const id = this.next_clear++;
    this.node?.port.postMessage({ kind: "clear", id });
    for (const entry of this.entries.values()) if (!entry.finished) entry.cut = true;
    this.backlog = [];
    this.holdBack(clear_id === null);
    if (this.node === null) {
      this.settle(clear_id);
    } else {
      const timer = setTimeout(() => this.cleared(id, []), CLEAR_LIMIT_MS);
      this.clears.set(id, { clear_id, timer });
    }
    this.setPlaying(false);
    this.onlevel(0);
  }

  /** How much of what came of an item has been played, 0..1; null where nothing of it came to this page. */
  progress(item_id: string): number | null {
    let [played, received] = [0, 0];
    for (const entry of this.entries.values()) {
      if (entry.item_id !== item_id) continue;
      played += entry.played_samples;
      received += entry.received_samples;
    }
    return received === 0 ? null : Math.min(1, played / received);
  }

  /** Tell at once what was played so far, as far as this thread knows. */
  tell(): void {
    this.reportNow(true);
  }

  /** True when this page has something that a clear would cut or has not been told yet. */
  get hasOpenParts(): boolean {
    for (const entry of this.entries.values()) if (!entry.closed) return true;
    return false;
  }

  dispose(): void {
    this.loading = false;
    if (this.stall !== null) clearTimeout(this.stall);
    for (const { timer } of this.clears.values()) clearTimeout(timer);
    this.clears.clear();
    clearTimeout(this.hold);
    this.node?.port.postMessage({ kind: "stop" });
    this.node?.disconnect();
    if (this.node) this.node.port.onmessage = null;
    this.node = null;
    this.backlog = [];
  }

  private entry(item_id: string, content_index: number): Entry {
    const name = key(item_id, content_index);
    let entry = this.entries.get(name);
    if (entry === undefined) {
      const part = this.next_part++;
      entry = {
        item_id,
        content_index,
        played_samples: 0,
        started_ms: null,
        finished: false,
        part,
        last_seq: -1,
        received_samples: 0,
        cut: false,
        closed: false,
      };
      this.entries.set(name, entry);
      this.parts.set(part, entry);
      this.forgetOldest();
    }
    return entry;
  }

  private forgetOldest(): void {
    for (const [name, entry] of this.entries) {
      if (this.entries.size <= REMEMBERED_PARTS) return;
      this.entries.delete(name);
      this.parts.delete(entry.part);
    }
  }

  private holdBack(wanted: boolean): void {
    clearTimeout(this.hold);
    this.held = wanted ? [] : null;
    if (wanted) this.hold = setTimeout(() => this.release(), HOLD_LIMIT_MS);
  }

  private release(): void {
    const held = this.held ?? [];
    this.held = null;
    for (const command of held) this.post(command);
    if (held.length === 0) return;
    this.setPlaying(true);
    this.onwanted();
  }

  private post(command: PlaybackCommand): void {
    if (this.held !== null) {
      this.held.push(command);
    } else if (this.node === null) {
      this.backlog.push(command);
      void this.prepare();
    } else if (command.kind === "push") {
      this.node.port.postMessage(command, [command.buffer]);
    } else {
      this.node.port.postMessage(command);
    }
  }

  private receive(report: VoiceReport): void {
    switch (report.kind) {
      case "started": {
        const entry = this.parts.get(report.part);
        if (entry) entry.started_ms = this.engine.heard_ms(report.time);
        break;
      }
      case "tick":
        this.onlevel(report.peak);
        this.count(report.played);
        this.reportNow(false);
        break;
      case "finished":
        this.count([[report.part, report.played_samples]]);
        this.finish(report.part);
        break;
      case "cleared":
        this.cleared(report.id, report.played);
        break;
      case "idle":
        this.onlevel(0);
        this.reportNow(true);
        this.stall = setTimeout(() => this.setPlaying(false), this.hasUnfinished() ? STALL_LIMIT_MS : 0);
        break;
    }
  }

  private count(played: readonly PlayedCount[]): void {
    for (const [part, samples] of played) {
      const entry = this.parts.get(part);
      if (entry) entry.played_samples = Math.max(entry.played_samples, samples);
    }
  }

  private finish(part: number): void {
    const entry = this.parts.get(part);
    if (entry === undefined || entry.closed) return;
    entry.finished = true;
    entry.closed = true;
    this.onplayed([item(entry)], null);
    this.setPlaying(this.hasUnfinished());
    if (!this.playing) this.onlevel(0);
  }

  private cleared(id: number, played: readonly PlayedCount[]): void {
    this.count(played);
    const clear = this.clears.get(id);
    if (clear === undefined) return;
    clearTimeout(clear.timer);
    this.clears.delete(id);
    this.settle(clear.clear_id);
  }

  private settle(clear_id: number | null): void {
    // What the user interrupted here stays open until the kernel's own clear has been answered with it.
    const cut = [...this.entries.values()].filter((entry) => entry.cut && !entry.closed);
    if (clear_id !== null) for (const entry of cut) entry.closed = true;
    if (clear_id !== null || cut.length > 0) this.onplayed(cut.map(item), clear_id);
  }

  private reportNow(always: boolean): void {
    const now = performance.now();
    if (!always && now - this.reported_at < REPORT_MS - 10) return;
    this.reported_at = now;
    const open = [...this.entries.values()].filter(
      (entry) => !entry.closed && !entry.cut && entry.played_samples > 0,
    );
    if (open.length > 0) this.onplayed(open.map(item), null);
  }

  private hasUnfinished(): boolean {
    for (const entry of this.entries.values()) if (!entry.finished && !entry.cut) return true;
    return false;
  }

  private setPlaying(playing: boolean): void {
    if (this.stall !== null) clearTimeout(this.stall);
    this.stall = null;
    if (playing === this.playing) return;
    this.playing = playing;
    this.onplaying(playing);
  }
}

function key(item_id: string, content_index: number): string {
  return `${content_index}/${item_id}`;
}

function item(entry: Entry): PlayedItem {
  const { item_id, content_index, played_samples, started_ms, finished } = entry;
  return { item_id, content_index, played_samples, started_ms, finished };
}
