/** The rows of the event inspector: one key reaches the list, the arrows go through it, Enter unfolds. */

import type { Inspector } from "../inspector";
import type { Direction, EventRow } from "../messages";
import type { Scope } from "../scope";
import { h, setAttribute } from "./dom";
import { pretty } from "./format";

const ARROWS: Record<Direction, [sign: string, words: string]> = {
  in: ["←", "from the server"],
  out: ["→", "to the server"],
  local: ["·", "in the session"],
};

const STEPS: Record<string, (at: number, last: number) => number> = {
  ArrowDown: (at, last) => Math.min(at + 1, last),
  ArrowUp: (at) => Math.max(at - 1, 0),
  PageDown: (at, last) => Math.min(at + 10, last),
  PageUp: (at) => Math.max(at - 10, 0),
  Home: () => 0,
  End: (_, last) => last,
};

export class EventRows {
  /** Called when a person unfolds an event, and wants to read it. */
  onunfold = () => {};
  private current: HTMLElement | null = null;

  constructor(
    private readonly list: HTMLElement,
    private readonly inspector: Inspector,
    scope: Scope,
  ) {
    scope.listen<KeyboardEvent>(list, "keydown", (event) => this.step(event));
    scope.listen<FocusEvent>(list, "focusin", ({ target }) => {
      if (target === list) this.focus(this.current ?? this.at(this.length - 1));
      else if ((target as Element).matches("summary"))
        this.setCurrent((target as Element).closest("details"));
    });
    // `toggle` doesn't bubble, but it can be caught on its way down.
    scope.listen(list, "toggle", ({ target }) => this.toggled(target as HTMLDetailsElement), {
      capture: true,
    });
  }

  reset(rows: readonly EventRow[]): void {
    this.current = null;
    this.list.replaceChildren(...rows.map(createRow));
    this.setCurrent(this.at(this.length - 1));
  }

  add(rows: readonly EventRow[], dropped: number): void {
    const atEnd = this.current === null || this.current === this.at(this.length - 1);
    this.list.append(...rows.map(createRow));
    for (let n = dropped; n > 0; n--) this.list.firstElementChild?.remove();
    const held = this.list.contains(activeElement(this.list));
    if (!this.current?.isConnected || (atEnd && !held)) this.setCurrent(this.at(this.length - 1));
  }

  /** Put the JSON of an event in, if it is unfolded. */
  fill(number: number): void {
    const row = this.list.querySelector<HTMLDetailsElement>(`[data-number="${number}"]`);
    const text = this.inspector.raw.get(number);
    if (!row?.open || text === undefined) return;
    const body = row.querySelector("pre")!;
    if (body.dataset.filled === undefined) {
      body.textContent = text === null ? "This event is kept no longer." : pretty(text);
      body.dataset.filled = "";
    }
  }

  focusLast(): void {
    this.focus(this.at(this.length - 1));
  }

  private get length(): number {
    return this.list.childElementCount;
  }

  private at(i: number): HTMLElement | null {
    return (this.list.children[i] as HTMLElement | undefined) ?? null;
  }

  private toggled(row: HTMLDetailsElement): void {
    if (!row.open) return;
    if (row.childElementCount === 1) row.append(h("pre", { tabindex: 0, "aria-label": "Event" }, "…"));
    this.onunfold();
    const number = Number(row.dataset.number);
    if (this.inspector.raw.has(number)) this.fill(number);
    else this.inspector.ask(number);
  }

  private step(event: KeyboardEvent): void {
    const summary = (event.target as Element).closest("summary");
    const move = STEPS[event.key];
    if (!summary || !move || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const at = [...this.list.children].indexOf(summary.parentElement!);
    this.focus(this.at(move(at, this.length - 1)));
  }

  private focus(row: HTMLElement | null): void {
    (row?.firstElementChild as HTMLElement | null)?.focus();
  }

  /** Of all rows one is reached by Tab; while there is one, the list itself is not. */
  private setCurrent(row: HTMLElement | null): void {
    if (this.current) setAttribute(this.current.firstElementChild!, "tabindex", -1);
    this.current = row;
    if (row) setAttribute(row.firstElementChild!, "tabindex", 0);
    setAttribute(this.list, "tabindex", row ? -1 : 0);
  }
}

function activeElement(element: Element): Element | null {
  return (element.getRootNode() as Document | ShadowRoot).activeElement;
}

function createRow(row: EventRow): HTMLElement {
  const [sign, words] = ARROWS[row.direction];
  const ids = [row.item_id, row.response_id, row.event_id].filter((id) => id !== null).join(" · ");
  const summary = h(
    "summary",
    { tabindex: -1 },
    h("time", { class: "rtw-event-time" }, seconds(row.t_ms)),
    h("span", { class: "rtw-event-arrow", role: "img", "aria-label": words, title: words }, sign),
    h("code", { class: "rtw-event-kind" }, row.kind),
    h("span", { class: "rtw-event-ids", title: ids }, ids),
    h("span", { class: "rtw-event-size" }, size(row.n_bytes)),
  );
  return h(
    "details",
    {
      class: "rtw-event",
      "data-rtw": "event",
      "data-number": row.number,
      "data-direction": row.direction,
      "data-bad": /(^|\.)(error|failed)$/.test(row.kind),
    },
    summary,
  );
}

/** Time on the session's clock, to the millisecond. */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(3)} s`;
}

export function size(n_bytes: number): string {
  if (n_bytes < 1000) return `${n_bytes} B`;
  return n_bytes < 1_000_000 ? `${(n_bytes / 1000).toFixed(1)} kB` : `${(n_bytes / 1_000_000).toFixed(1)} MB`;
}
