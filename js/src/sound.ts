/** The voice of a model: playback, waking and resting the audio context, and what the kernel is told of it. */

import { toInt16 } from "./audio/buffers";
import { chime } from "./audio/chime";
import type { AudioEngine } from "./audio/engine";
import type { Player } from "./audio/playback";
import type { Link } from "./link";
import type { Store } from "./store";

/** Who asked to hear something waits a while for it. */
const TEST_LIMIT_MS = 3000;

export class Sound {
  /** Level of the voice now, 0..1; read by the meters. */
  level = 0;

  constructor(
    private readonly link: Link,
    private readonly store: Store,
    private readonly engine: AudioEngine,
    private readonly player: Player,
  ) {
    player.onplayed = (items, clear_id) => link.send({ type: "played", clear_id, items });
    player.onplaying = (playing) => store.setLocal({ playing });
    player.onlevel = (peak) => {
      this.level = peak;
    };
    player.onwanted = () => {
      if (!engine.exists || engine.context.state !== "running") void this.wake();
    };
    engine.onstate = (running) => {
      if (running) store.setLocal({ soundBlocked: false });
    };
  }

  /** Get ready to play; call it within a gesture where there is one. */
  async wake(): Promise<void> {
    try {
      const prepared = this.player.prepare();
      const running = await this.engine.resume();
      this.store.setLocal({ soundBlocked: !running && this.store.speaking });
      await prepared;
    } catch (error) {
      // A page without Web Audio still shows the text of the answers.
      console.warn("realtime-widget: no sound", error);
    }
  }

  /** The voice as a stream for others in this page. */
  get stream(): MediaStream {
    return this.player.stream;
  }

  /** Give the audio device back while no session runs. */
  rest(): void {
    if (this.engine.exists) void this.engine.suspend();
  }

  /** Set how loud everything is, 0 to 1. */
  setVolume(volume: number): void {
    this.engine.setVolume(volume);
  }

  /** Play through a loudspeaker; "" is the system's. False when that is not there, and the system's plays. */
  setOutput(id: string): Promise<boolean> {
    return this.engine.setSink(id);
  }

  /** Play a short chime, where and as loud as the voice; within a gesture. False when no sound is let through. */
  async test(): Promise<boolean> {
    if (this.store.local.testing) return true;
    if (!(await this.engine.resume(TEST_LIMIT_MS))) return false;
    const { context } = this.engine;
    const samples = chime(context.sampleRate);
    const buffer = context.createBuffer(1, samples.length, context.sampleRate);
    buffer.copyToChannel(samples, 0);
    const source = context.createBufferSource();
    source.buffer = buffer;
    source.connect(this.engine.output);
    this.store.setLocal({ testing: true });
    return new Promise((resolve) => {
      source.onended = () => {
        source.disconnect();
        this.store.setLocal({ testing: false });
        if (this.isIdle) this.rest();
        resolve(true);
      };
      source.start();
    });
  }

  /** Sound goes in or out, or waits for permission to. */
  get isUsed(): boolean {
    const { mic, playing, testing } = this.store.local;
    return mic !== "off" || playing || testing;
  }

  /** Nothing of the kind, and no session that will want to in a moment. */
  get isIdle(): boolean {
    const { live, local, state, status } = this.store;
    if (this.isUsed || status === "connecting") return false;
    const elsewhere = state.owner !== null && state.owner !== this.link.page;
    return !live || local.kernel === "silent" || elsewhere;
  }

  /** How much of the voice of a turn has been played, 0..1; null where this page doesn't play it. */
  progress(item_id: string): number | null {
    return this.player.progress(item_id);
  }

  play(item_id: string, content_index: number, seq: number, buffer: unknown): void {
    const samples = toInt16(buffer);
    if (samples) this.player.push(item_id, content_index, seq, samples);
  }

  end(item_id: string, content_index: number): void {
    this.player.end(item_id, content_index);
  }

  /** Fall silent in this page and tell the kernel what was heard. */
  silence(): void {
    if (this.player.hasOpenParts) this.player.clear(null);
  }

  /** Tell what was heard up to now, while a message still leaves this page; then fall silent. */
  leave(): void {
    this.player.tell();
    this.silence();
    this.rest();
  }

  /** The kernel's own clear: answered even when there is nothing to cut. */
  clear(clear_id: number): void {
    const { owner } = this.store.state;
    // Every page hears this; one that neither plays nor owns the voice has nothing to say to it.
    if (owner !== null && owner !== this.link.page && !this.player.hasOpenParts) return;
    this.player.clear(clear_id);
  }

  dispose(): void {
    this.player.dispose();
    this.engine.close();
  }
}
