/** A model as anywidget hands it to the page, with the kernel's end in the test's hands. */

import type { Model } from "../link";
import { INITIAL_STATE, type KernelMessage, type State, type TurnsPatch, type TurnView } from "../messages";

type Sent = Record<string, unknown> & { type: string };

export interface TurnsChange {
  reset?: boolean;
  /** The ids of all turns; without it unknown ones come last. */
  order?: string[];
  removed?: string[];
}

/** Writes patches of turns as the kernel does, numbered and with the order of all. */
export class Patches {
  private ids: string[] = [];
  private revision = 0;

  next(turns: TurnView[], { reset = false, order, removed = [] }: TurnsChange = {}): TurnsPatch {
    const before = reset ? [] : this.ids;
    const appended = turns.map((turn) => turn.id).filter((id) => !before.includes(id));
    this.ids = (order ?? [...before, ...appended]).filter((id) => !removed.includes(id));
    this.revision += reset ? 0 : 1;
    const splice = { at: 0, cut: before.length, ids: this.ids };
    return { revision: this.revision, reset, order: splice, turns, removed, n_left: 0 };
  }
}

export class FakeModel implements Model {
  sent: Sent[] = [];
  buffers: ArrayBuffer[][] = [];
  dead = false;
  /** A kernel that answers. */
  onsend: (content: Sent, buffers: readonly unknown[]) => void = () => {};
  widget_manager: unknown;
  traits: Record<string, unknown> = {};
  private patches = new Patches();
  private listeners = new Map<string, Set<(...args: never[]) => void>>();

  get(name: string): unknown {
    return this.traits[name];
  }

  send(content: unknown, _callbacks?: unknown, buffers: (ArrayBuffer | ArrayBufferView)[] = []): void {
    if (this.dead) throw new Error("Cannot send");
    this.sent.push(content as Sent);
    this.buffers.push(buffers as ArrayBuffer[]);
    this.onsend(content as Sent, buffers);
  }

  on(event: string, callback: (...args: never[]) => void): void {
    const known = this.listeners.get(event) ?? new Set();
    this.listeners.set(event, known.add(callback));
  }

  off(event: string, callback: (...args: never[]) => void): void {
    this.listeners.get(event)?.delete(callback);
  }

  receive(message: unknown, buffers: unknown[] = []): void {
    for (const callback of this.listeners.get("msg:custom") ?? [])
      callback(message as never, buffers as never);
  }

  die(): void {
    this.dead = true;
    for (const callback of this.listeners.get("comm_live_update") ?? []) callback();
  }

  state(patch: Partial<State>): void {
    this.receive({ type: "state", state: { ...INITIAL_STATE, ...patch } } satisfies KernelMessage);
  }

  turns(turns: TurnView[], change: TurnsChange = {}): void {
    this.receive({ type: "turns", ...this.patches.next(turns, change) } satisfies KernelMessage);
  }

  /** The messages of some types, in order. */
  of(...types: string[]): Sent[] {
    return this.sent.filter((message) => types.includes(message.type));
  }

  get listenerCount(): number {
    return [...this.listeners.values()].reduce((sum, set) => sum + set.size, 0);
  }
}

export function turn(id: string, patch: Partial<TurnView> = {}): TurnView {
  return {
    id,
    role: "assistant",
    text: "",
    heard_text: null,
    status: "completed",
    uncertain: false,
    start_ms: null,
    connection: 1,
    heard_estimated: false,
    calls: [],
    ...patch,
  };
}
