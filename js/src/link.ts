/** The page's end of the comm: typed sends, dispatch by table, and no exception when the kernel is gone. */

import { pageNow } from "./clock";
import { GONE, type KernelMessage, type PageMessage, PING, ROUTE, type Via } from "./messages";
import { kernelOf, Route, sendControl } from "./route";
import type { Scope } from "./scope";

/** The part of anywidget's model that is used here. */
export interface Model {
  get(name: string): unknown;
  send(content: unknown, callbacks?: unknown, buffers?: (ArrayBuffer | ArrayBufferView)[]): void;
  on(event: string, callback: (...args: never[]) => void): void;
  off(event: string, callback: (...args: never[]) => void): void;
  widget_manager?: unknown;
}

type Kind = KernelMessage["type"];
type Of<K extends Kind> = Extract<KernelMessage, { type: K }>;
export type Handlers = { [K in Kind]: (message: Of<K>, buffers: readonly unknown[]) => void };

/** Some 15 s of sound: longer than the way stays unknown. */
const MAX_EARLY = 256;

export class Link {
  /** Clock time (ms) of the last message from the kernel; null before the first. */
  heard_at: number | null = null;
  readonly route: Route;
  private dead = false;
  /** The kernel said that it ends: that something can still be sent proves nothing. */
  private kernelLeft = false;
  private handlers: Partial<Handlers> = {};
  private deadListeners = new Set<(dead: boolean) => void>();
  /** Counts messages: they may overtake one another on their way, and the kernel puts them in order. */
  private n = 0;
  /** What went over the comm before the way was known: a running cell may hold it up. */
  private early: { content: object; buffers: ArrayBuffer[] }[] = [];
  private leaveModel = () => {};

  constructor(
    private model: Model,
    readonly page: string,
    scope: Scope,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.route = new Route(
      (via, probe_id) => this.probeRoute(via, probe_id),
      () => kernelOf(this.model) !== null,
      scope,
      () => this.settled(),
    );
    this.handle({
      [ROUTE]: ({ via, handled }) => this.route.answer(via, handled),
      [PING]: ({ sent_ms }) => this.beat(sent_ms),
      // A kernel that is restarted from another tab: this one's host may not say so.
      [GONE]: () => {
        this.kernelLeft = true;
        this.mark(true);
      },
    });
    this.enter(model);
    scope.add(() => this.leaveModel());
  }

  /** Where the host keeps the models of all widgets; what it can do differs from host to host. */
  get widget_manager(): unknown {
    return this.model.widget_manager;
  }

  /** Names the session among those of the page. */
  get session_id(): unknown {
    return this.model.get("session_id");
  }

  get isDead(): boolean {
    return this.dead;
  }

  /** Handle further types of messages; each type has one handler. */
  handle(handlers: Partial<Handlers>): void {
    Object.assign(this.handlers, handlers);
  }

  /** Call `listener` when the comm dies (true) or comes back (false). */
  onDead(listener: (dead: boolean) => void): void {
    this.deadListeners.add(listener);
  }

  /** Talk through another model of the same session from now on. */
  use(model: Model): void {
    this.enter(model);
  }

  /** Send one message, with its PCM where it has one. False when the comm is dead. */
  send(message: PageMessage, pcm?: ArrayBuffer): boolean {
    const content = { ...message, page: this.page, n: this.n };
    const buffers = pcm ? [pcm] : [];
    const sent = this.guarded(() => this.post(this.route.via, content, buffers));
    if (sent) this.n += 1;
    if (sent && !this.route.isSettled && this.early.length < MAX_EARLY) this.early.push({ content, buffers });
    return sent;
  }

  /** Send again what may be held up, by the way that isn't; the kernel takes of each number the first. */
  private settled(): void {
    const { kind, via } = this.route;
    const again = kind === "main" || kind === null ? [] : this.early;
    this.early = [];
    for (const { content, buffers } of again) this.guarded(() => this.post(via, content, buffers));
  }

  private enter(model: Model): void {
    this.leaveModel();
    this.kernelLeft = false;
    this.model = model;
    const receive = (content: unknown, buffers?: unknown) => this.receive(content, buffers);
    const probe = () => this.probe();
    model.on("msg:custom", receive);
    // Fires when the kernel restarts or dies; anywidget's proxy hides `comm_live` itself, so a send tells.
    model.on("comm_live_update", probe);
    this.leaveModel = () => {
      model.off("msg:custom", receive);
      model.off("comm_live_update", probe);
    };
    this.route.begin();
  }

  private probe(): void {
    // Over the comm, whatever the route: it is the comm that may have died.
    const sent = this.guarded(() => this.post("comm", { type: "beat", page: this.page }, []));
    if (sent) this.route.begin();
  }

  private probeRoute(via: Via, probe_id: number): void {
    this.guarded(() => this.post(via, { type: "route.probe", page: this.page, via, probe_id }, []));
  }

  /** Say that the page is there, and when it was asked by its own clock: so the kernel learns how far that is from its. */
  private beat(ping_ms: number): void {
    const received_ms = pageNow();
    const skew_ms = Date.now() - received_ms;
    this.send({ type: "beat", ping_ms, received_ms, answered_ms: pageNow(), skew_ms });
  }

  private post(via: Via, content: object, buffers: ArrayBuffer[]): void {
    const kernel = via === "control" ? kernelOf(this.model) : null;
    if (kernel === null) this.model.send(content, undefined, buffers);
    else sendControl(kernel, String(this.session_id), content, buffers);
  }

  private guarded(send: () => void): boolean {
    try {
      send();
    } catch {
      this.mark(true);
      return false;
    }
    if (!this.kernelLeft) this.mark(false);
    return true;
  }

  private receive(content: unknown, buffers: unknown): void {
    if (typeof content !== "object" || content === null) return;
    const message = content as KernelMessage;
    this.heard_at = this.now();
    this.kernelLeft = false;
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
