/** A model as anywidget hands it to the page, with the kernel's end in the test's hands. */

import type { Model } from "../link";
import { INITIAL_STATE, type KernelMessage, type State, type TurnView } from "../messages";

type Sent = Record<string, unknown> & { type: string };

export class FakeModel implements Model {
  sent: Sent[] = [];
  buffers: ArrayBuffer[][] = [];
  dead = false;
  widget_manager: unknown;
  traits: Record<string, unknown> = {};
  private listeners = new Map<string, Set<(...args: never[]) => void>>();

  get(name: string): unknown {
    return this.traits[name];
  }

  send(content: unknown, _callbacks?: unknown, buffers: (ArrayBuffer | ArrayBufferView)[] = []): void {
    if (this.dead) throw new Error("Cannot send");
    this.sent.push(content as Sent);
    this.buffers.push(buffers as ArrayBuffer[]);
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

  turns(turns: TurnView[], patch: { reset?: boolean; order?: string[]; removed?: string[] } = {}): void {
    const { reset = false, order = null, removed = [] } = patch;
    this.receive({ type: "turns", reset, order, turns, removed } satisfies KernelMessage);
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
