/** The elements of all turns in their order; what one change costs doesn't depend on how many there are. */

import type { Store } from "../store";
import { h, setText } from "./dom";
import { createTurn, fillTurn } from "./turn";

/** So many of the latest turns are always laid out: who follows them must see their true end. */
const NEAR_TURNS = 40;

export class PlacedTurns {
  private readonly elements = new Map<string, HTMLElement>();
  private readonly seams = new Map<string, HTMLElement>();
  private order: readonly string[] = [];

  /** Turns stand in `list`, before `end`. */
  constructor(
    private readonly list: HTMLElement,
    private readonly end: HTMLElement,
  ) {}

  /** Show the turns as they are now; `changed` are those to fill anew, null for all. */
  update(store: Store, changed: readonly string[] | null): void {
    const { turns, state } = store;
    const known = (changed ?? store.order).filter((id) => this.elements.has(id) && turns.has(id));
    for (const id of known) fillTurn(this.elements.get(id)!, turns.get(id)!, state.kind);
    if (store.order === this.order) return;
    this.place(store);
    this.order = store.order;
    this.markAround();
    this.placeSeams(store);
  }

  /** Do something that may put turns above those that are read, and leave these where they are on the screen. */
  keepingPlace(action: () => void): void {
    const anchor = this.firstInView();
    const before_px = anchor?.offsetTop ?? 0;
    action();
    if (!anchor?.isConnected) return;
    const moved_px = anchor.offsetTop - before_px;
    if (moved_px !== 0) this.list.scrollTop += moved_px;
  }

  /** What differs lies between a beginning and an end that both orders share. */
  private place({ order, turns, state }: Store): void {
    const [begin, n_tail] = sharedEnds(this.order, order);
    const wanted = new Set(order.slice(begin, order.length - n_tail));
    for (const id of this.order.slice(begin, this.order.length - n_tail)) {
      if (wanted.has(id)) continue;
      this.elements.get(id)?.remove();
      this.elements.delete(id);
    }
    let next = n_tail > 0 ? this.elements.get(order[order.length - n_tail]!)! : this.end;
    for (let i = order.length - n_tail - 1; i >= begin; i--) {
      const id = order[i]!;
      let element = this.elements.get(id);
      if (element === undefined) {
        element = createTurn(turns.get(id)!, state.kind);
        this.elements.set(id, element);
      }
      markFar(element, i < order.length - NEAR_TURNS);
      if (turnBefore(next) !== element) this.list.insertBefore(element, next);
      next = element;
    }
  }

  /** Bring up to date what the number of turns has changed: which are far from the end. */
  private markAround(): void {
    const { order, elements } = this;
    const n_far = Math.max(0, order.length - NEAR_TURNS);
    for (let i = n_far; i < order.length; i++) markFar(elements.get(order[i]!)!, false);
    for (let i = n_far - 1; i >= 0 && markFar(elements.get(order[i]!)!, true); i--);
  }

  /** Draw a thin line above the first turn that came over another connection than those before it. */
  private placeSeams({ order, turns }: Store): void {
    const wanted = new Map<string, string>();
    let latest: number | null = null;
    for (const id of order) {
      const { connection } = turns.get(id)!;
      if (latest !== null && connection > latest) {
        wanted.set(id, latest === 0 ? "Earlier conversation above" : "Connected anew");
      }
      latest = Math.max(latest ?? connection, connection);
    }
    for (const [id, seam] of this.seams) {
      if (wanted.has(id)) continue;
      seam.remove();
      this.seams.delete(id);
    }
    for (const [id, words] of wanted) {
      const seam = this.seams.get(id) ?? h("p", { class: "rtw-seam", "data-rtw": "seam" });
      this.seams.set(id, seam);
      setText(seam, words);
      const turn = this.elements.get(id)!;
      if (seam.nextElementSibling !== turn) this.list.insertBefore(seam, turn);
    }
  }

  private firstInView(): HTMLElement | undefined {
    const { order, elements, list } = this;
    const element = (i: number) => elements.get(order[i]!)!;
    const top_px = list.scrollTop + list.offsetTop;
    let [low, high] = [0, order.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const { offsetTop, offsetHeight } = element(middle);
      if (offsetTop + offsetHeight > top_px) high = middle;
      else low = middle + 1;
    }
    return low < order.length ? element(low) : undefined;
  }
}

/** Let the browser skip the layout of a turn until it is looked at. Returns whether that is new. */
function markFar(element: HTMLElement, far: boolean): boolean {
  return element.hasAttribute("data-far") !== far && element.toggleAttribute("data-far", far) === far;
}

/** The element of the turn before, past a line between them. */
function turnBefore(element: Element): Element | null {
  const before = element.previousElementSibling;
  return before?.hasAttribute("data-id") === false ? before.previousElementSibling : before;
}

/** How many ids two orders begin with in common, and how many they end with. */
export function sharedEnds(one: readonly string[], other: readonly string[]): [head: number, tail: number] {
  const shorter = Math.min(one.length, other.length);
  let head = 0;
  while (head < shorter && one[head] === other[head]) head++;
  let tail = 0;
  while (tail < shorter - head && one[one.length - 1 - tail] === other[other.length - 1 - tail]) tail++;
  return [head, tail];
}
