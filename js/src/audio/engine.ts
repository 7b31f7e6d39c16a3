/** One AudioContext per session, at the device's own rate, made on the first use and never before a gesture asks. */

import { heardAt, latency_ms } from "./heard";

/** A step of the volume takes so long that it does not click. */
const STEP_S = 0.015;

/** Chromium's, where a page may choose the loudspeaker. */
interface SinkContext {
  setSinkId(id: string): Promise<void>;
}

export class AudioEngine {
  private current: AudioContext | null = null;
  private modules = new Map<string, Promise<void>>();
  private gain: GainNode | null = null;
  private volume = 1;
  private sink = "";

  /** Called when the browser starts or stops letting sound through. */
  onstate: (running: boolean) => void = () => {};

  get context(): AudioContext {
    if (this.current === null) {
      const context = new AudioContext({ latencyHint: "interactive" });
      context.onstatechange = () => this.onstate(context.state === "running");
      this.current = context;
      if (this.sink !== "") void this.setSink(this.sink);
    }
    return this.current;
  }

  /** Where everything goes that is to be heard. */
  get output(): AudioNode {
    if (this.gain === null) {
      this.gain = this.context.createGain();
      this.gain.gain.value = this.volume;
      this.gain.connect(this.context.destination);
    }
    return this.gain;
  }

  /** Set how loud everything is, 0 to 1. */
  setVolume(volume: number): void {
    this.volume = volume;
    if (this.gain !== null) this.gain.gain.setTargetAtTime(volume, this.context.currentTime, STEP_S);
  }

  static get canChooseOutput(): boolean {
    return typeof AudioContext === "function" && "setSinkId" in AudioContext.prototype;
  }

  /** Play through a loudspeaker; "" is the system's. False when that is not there, and the system's plays. */
  async setSink(id: string): Promise<boolean> {
    this.sink = id;
    const context = this.current as (AudioContext & Partial<SinkContext>) | null;
    if (context === null || typeof context.setSinkId !== "function") return true;
    try {
      await context.setSinkId(id);
      return true;
    } catch {
      if (this.sink !== id) return true;
      this.sink = "";
      if (id !== "") await context.setSinkId("").catch(() => {});
      return false;
    }
  }

  get exists(): boolean {
    return this.current !== null;
  }

  /** Ask for a running context; false when the browser wants a gesture first. */
  async resume(limit_ms = 400): Promise<boolean> {
    const { context } = this;
    if (context.state !== "running") {
      // Without a gesture the promise of `resume` may stay pending for good.
      await Promise.race([context.resume().catch(() => {}), delay(limit_ms)]);
    }
    const running = isRunning(context);
    this.onstate(running);
    return running;
  }

  async suspend(): Promise<void> {
    if (this.current?.state === "running") await this.current.suspend().catch(() => {});
  }

  /** Load a worklet once per context, from a blob or, where that is not allowed, from a data address. */
  load(name: string, source: string): Promise<void> {
    const loaded = this.modules.get(name) ?? addModule(this.context, source);
    this.modules.set(name, loaded);
    loaded.catch(() => this.modules.delete(name));
    return loaded;
  }

  /** How long a rendered sample takes to the loudspeaker. */
  get output_latency_ms(): number {
    return latency_ms(this.context);
  }

  /** When what is rendered for a moment of the context's clock (seconds) is heard, on the page's clock. */
  heard_ms(time: number): number {
    return heardAt(this.context, time);
  }

  close(): void {
    const context = this.current;
    this.current = null;
    this.gain = null;
    this.modules.clear();
    if (context === null) return;
    context.onstatechange = null;
    if (context.state !== "closed") void context.close().catch(() => {});
  }
}

async function addModule(context: AudioContext, source: string): Promise<void> {
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  try {
    await context.audioWorklet.addModule(url);
  } catch {
    // A host may forbid blob scripts and allow data ones.
    await context.audioWorklet.addModule(`data:text/javascript;charset=utf-8,${encodeURIComponent(source)}`);
  } finally {
    URL.revokeObjectURL(url);
  }
}

function isRunning(context: AudioContext): boolean {
  return context.state === "running";
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
