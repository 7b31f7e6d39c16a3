/** The session's events, as far as this page looks at them: nothing is asked for or kept up while no view is open. */

import type { Link } from "./link";
import type { Direction, EventRow } from "./messages";
import type { Scope } from "./scope";

export const MAX_ROWS = 1000;
/** The kernel stops sending to a page that hasn't said for longer that it looks. */
const RENEW_MS = 20_000;

export interface Filter {
  text: string;
  direction: Direction | "all";
}

export type InspectorChange =
  /** Begin anew: all rows may differ. */
  | { kind: "reset" }
  /** These came, and so many of the oldest went. */
  | { kind: "rows"; rows: readonly EventRow[]; dropped: number }
  | { kind: "state" }
  | { kind: "raw"; number: number };

export class Inspector {
  rows: EventRow[] = [];
  filter: Filter = { text: "", direction: "all" };
  paused = false;
  /** Older events are still looked through. */
  searching = false;
  /** The JSON of events that were unfolded; null when the kernel keeps it no longer. */
  readonly raw = new Map<number, string | null>();

  private open = new Set<object>();
  private query_id = 0;
  private after: number | null = null;
  private stopRenewing = () => {};
  private readonly listeners = new Set<(change: InspectorChange) => void>();

  constructor(
    private readonly link: Link,
    private readonly scope: Scope,
  ) {
    link.handle({
      "inspector.rows": (message) => {
        if (message.query_id === this.query_id && this.live) this.take(message.rows, message.searching);
      },
      "inspector.raw": ({ number, text }) => {
        this.raw.set(number, text);
        this.emit({ kind: "raw", number });
      },
    });
  }

  subscribe(listener: (change: InspectorChange) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Register an open view; the returned function takes it away, and with the last one all traffic ends. */
  look(): () => void {
    const view = {};
    this.open.add(view);
    if (this.open.size === 1) this.resume();
    return () => {
      if (this.open.delete(view) && this.open.size === 0) this.rest();
    };
  }

  /** Show only some events; searched for among the latest of the whole session. */
  setFilter(filter: Filter): void {
    if (filter.text === this.filter.text && filter.direction === this.filter.direction) return;
    this.filter = filter;
    this.forget();
    this.after = null;
    this.searching = filter.text !== "" || filter.direction !== "all";
    this.query_id += 1;
    this.emit({ kind: "reset" });
    if (this.live) this.resume();
  }

  /** Leave the rows as they are, until it goes on. */
  setPaused(paused: boolean): void {
    if (paused === this.paused) return;
    this.paused = paused;
    if (paused) this.rest();
    else if (this.live) this.resume();
    this.emit({ kind: "state" });
  }

  /** Take all rows away; what comes from now on is shown. */
  clear(): void {
    this.forget();
    this.emit({ kind: "reset" });
  }

  /** Ask for the whole of an event; it comes as a change. */
  ask(number: number): void {
    if (!this.raw.has(number)) this.link.send({ type: "inspector.raw", number });
  }

  private get live(): boolean {
    return this.open.size > 0 && !this.paused;
  }

  private forget(): void {
    this.rows = [];
    this.raw.clear();
  }

  private resume(): void {
    this.request();
    this.stopRenewing();
    this.stopRenewing = this.scope.interval(() => this.request(), RENEW_MS);
  }

  private request(): void {
    const { query_id, after, filter } = this;
    this.link.send({ type: "inspector.open", query_id, after, ...filter });
  }

  private rest(): void {
    this.stopRenewing();
    this.stopRenewing = () => {};
    this.query_id += 1; // what is on its way is for nobody, and comes again
    this.link.send({ type: "inspector.close" });
  }

  private take(rows: readonly EventRow[], searching: boolean): void {
    const last = rows.at(-1);
    if (last) this.after = last.number;
    this.rows.push(...rows);
    const dropped = Math.max(0, this.rows.length - MAX_ROWS);
    for (const { number } of this.rows.splice(0, dropped)) this.raw.delete(number);
    const changed = searching !== this.searching;
    this.searching = searching;
    this.emit({ kind: "rows", rows, dropped });
    if (changed) this.emit({ kind: "state" });
  }

  private emit(change: InspectorChange): void {
    for (const listener of [...this.listeners]) listener(change);
  }
}
