/** The page's end of the comm: typed sends, dispatch by table, and no exception when the kernel is gone. */

import type { KernelMessage, PageMessage } from "./messages";
import type { Scope } from "./scope";

/** The part of anywidget's model that is used here. */
export interface Model {
  send(content: unknown, callbacks?: unknown, buffers?: (ArrayBuffer | ArrayBufferView)[]): void;
  on(event: string, callback: (...args: never[]) => void): void;
  off(event: string, callback: (...args: never[]) => void): void;
}

type Kind = KernelMessage["type"];
type Of<K extends Kind> = Extract<KernelMessage, { type: K }>;
export type Handlers = { [K in Kind]: (message: Of<K>, buffers: readonly unknown[]) => void };

export class Link {
  /** Clock time (ms) of the last message from the kernel; null before the first. */
  heard_at: number | null = null;
  private dead = false;
  private handlers: Partial<Handlers> = {};
  private deadListeners = new Set<(dead: boolean) => void>();

  constructor(
    private readonly model: Model,
    readonly page: string,
    scope: Scope,
    private readonly now: () => number = () => performance.now(),
  ) {
    const receive = (content: unknown, buffers?: unknown) => this.receive(content, buffers);
    const probe = () => this.probe();
    model.on("msg:custom", receive);
    // Fires when the kernel restarts or dies; anywidget's proxy hides `comm_live` itself, so a send tells.
    model.on("comm_live_update", probe);
    scope.add(() => {
      model.off("msg:custom", receive);
      model.off("comm_live_update", probe);
    });
  }

  get isDead(): boolean {
    return this.dead;
  }

  handle(handlers: Handlers): void {
    this.handlers = handlers;
  }

  /** Call `listener` when the comm dies (true) or comes back (false). */
  onDead(listener: (dead: boolean) => void): void {
    this.deadListeners.add(listener);
  }

  /** Send one message, with its PCM where it has one. False when the comm is dead. */
  send(message: PageMessage, pcm?: ArrayBuffer): boolean {
    try {
      this.model.send({ ...message, page: this.page }, undefined, pcm ? [pcm] : []);
    } catch {
      this.mark(true);
      return false;
    }
    this.mark(false);
    return true;
  }

  private probe(): void {
    this.send({
      type: "page.ready",
      secure: globalThis.isSecureContext === true,
      has_microphone: hasMicrophone(),
    });
  }

  private receive(content: unknown, buffers: unknown): void {
    if (typeof content !== "object" || content === null) return;
    const message = content as KernelMessage;
    this.heard_at = this.now();
    this.mark(false);
    // Messages for one page reach every page of the kernel.
    if ("page" in message && message.page !== this.page) return;
    const handler = this.handlers[message.type] as
      | ((message: KernelMessage, buffers: readonly unknown[]) => void)
      | undefined;
    handler?.(message, Array.isArray(buffers) ? buffers : []);
  }

  private mark(dead: boolean): void {
    if (this.dead === dead) return;
    this.dead = dead;
    for (const listener of this.deadListeners) listener(dead);
  }
}

export function hasMicrophone(): boolean {
  return typeof globalThis.navigator?.mediaDevices?.getUserMedia === "function";
}
