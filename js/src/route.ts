/**
 * By which way messages reach the kernel. The comm is held up by a running cell, unless the kernel handles it on a
 * subshell; the control channel never is. So the page asks: a probe comes back with where it was handled.
 */

import type { Handled, Via } from "./messages";
import type { Scope } from "./scope";

/** The first messages of a comm may go to the main thread though later ones get a subshell, so one probe says little. */
const PROBES_MS = [0, 300, 1000, 3000];
const ENOUGH = 2;
/** A kernel that has not answered by then runs a cell that holds the comm up. */
const SILENT_MS = 700;
const LAST_MS = 10_000;

export class Route {
  via: Via = "comm";
  /** Where the kernel handles what goes this way; null while that is not known. */
  kind: Handled | null = null;
  private settled = false;
  private readonly waiting = new Set<() => void>();
  private on_main = 0;
  private answered = false;
  private probe_id = 0;
  private cancels: (() => void)[] = [];

  /**
   * `probe` sends a probe; `canControl` tells whether this host lets a page use the control channel.
   * `settle` is called when the way is known.
   */
  constructor(
    private readonly probe: (via: Via, probe_id: number) => void,
    private readonly canControl: () => boolean,
    private readonly scope: Scope,
    private readonly settle: () => void = () => {},
  ) {}

  get isSettled(): boolean {
    return this.settled;
  }

  /** Find the way, from the beginning: the comm is a new one, or another is used. */
  begin(): void {
    this.stop();
    Object.assign(this, { via: "comm", kind: null, settled: false, on_main: 0, answered: false });
    for (const delay_ms of PROBES_MS) this.at(delay_ms, () => this.ask("comm"));
    this.at(SILENT_MS, () => {
      if (!this.answered) this.ask("control");
    });
    this.at(LAST_MS, () => this.choose("comm", this.answered ? "main" : null));
  }

  /** Wait until it is known where the kernel handles messages, or so long. */
  async found(limit_ms: number): Promise<Handled | null> {
    if (!this.settled) {
      await new Promise<void>((resolve) => {
        const cancel = this.scope.timeout(resolve, limit_ms);
        this.waiting.add(() => {
          cancel();
          resolve();
        });
      });
    }
    return this.kind ?? (this.answered ? "main" : null);
  }

  /** The kernel's answer to a probe. */
  answer(via: Via, handled: Handled): void {
    this.answered = true;
    if (this.settled) return;
    if (via === "control" || handled === "subshell") {
      this.choose(via, handled);
      return;
    }
    this.on_main += 1;
    if (this.on_main < ENOUGH) return;
    if (this.canControl()) this.ask("control");
    else this.choose("comm", "main");
  }

  private ask(via: Via): void {
    if (this.settled || (via === "control" && !this.canControl())) return;
    this.probe(via, this.probe_id++);
  }

  private choose(via: Via, kind: Handled | null): void {
    if (this.settled) return;
    this.via = via;
    this.kind = kind;
    this.settled = true;
    for (const tell of [...this.waiting]) tell();
    this.waiting.clear();
    this.stop();
    this.settle();
  }

  private at(delay_ms: number, action: () => void): void {
    if (delay_ms === 0) action();
    else this.cancels.push(this.scope.timeout(action, delay_ms));
  }

  private stop(): void {
    for (const cancel of this.cancels.splice(0)) cancel();
  }
}

/** The part of a host's kernel connection that is used here; JupyterLab, Notebook 7 and Voilà have it. */
interface KernelConnection {
  clientId?: string;
  username?: string;
  sendControlMessage(message: unknown, expectReply: boolean, disposeOnDone: boolean): unknown;
}

/** The kernel behind a model's widget manager; null where the host keeps it to itself. */
export function kernelOf(model: { widget_manager?: unknown }): KernelConnection | null {
  const manager = model.widget_manager as { kernel?: Partial<KernelConnection> } | undefined;
  const kernel = manager?.kernel;
  return typeof kernel?.sendControlMessage === "function" ? (kernel as KernelConnection) : null;
}

/** Send a custom message on the control channel; throws where it can't be sent. */
export function sendControl(
  kernel: KernelConnection,
  comm_id: string,
  content: unknown,
  buffers: ArrayBuffer[],
): void {
  const header = {
    msg_id: newId(),
    msg_type: "comm_msg",
    session: kernel.clientId ?? "",
    username: kernel.username ?? "",
    date: new Date().toISOString(),
    version: "5.3",
  };
  const data = { method: "custom", content };
  const message = {
    header,
    parent_header: {},
    metadata: {},
    channel: "control",
    content: { comm_id, data },
    buffers,
  };
  kernel.sendControlMessage(message, false, true);
}

/** `crypto.randomUUID` exists on secure pages only; plain http must still show the panel and take typed text. */
export function newId(): string {
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
