/** One AudioContext per model, at the device's own rate, made on the first use and never before a gesture asks. */

export class AudioEngine {
  private current: AudioContext | null = null;
  private modules = new Map<string, Promise<void>>();

  /** Called when the browser starts or stops letting sound through. */
  onstate: (running: boolean) => void = () => {};

  get context(): AudioContext {
    if (this.current === null) {
      const context = new AudioContext({ latencyHint: "interactive" });
      context.onstatechange = () => this.onstate(context.state === "running");
      this.current = context;
    }
    return this.current;
  }

  get exists(): boolean {
    return this.current !== null;
  }

  /** Ask for a running context; false when the browser wants a gesture first. */
  async resume(): Promise<boolean> {
    const { context } = this;
    if (context.state !== "running") {
      // Without a gesture the promise of `resume` may stay pending for good.
      await Promise.race([context.resume().catch(() => {}), delay(400)]);
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

  /** Epoch ms of a moment on the context's clock (seconds). */
  epoch_ms(time: number): number {
    return Date.now() + (time - this.context.currentTime) * 1000;
  }

  /** How long a rendered sample takes to the loudspeaker. */
  get output_latency_ms(): number {
    const { outputLatency, baseLatency } = this.context;
    return 1000 * (outputLatency || baseLatency || 0);
  }

  close(): void {
    const context = this.current;
    this.current = null;
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
