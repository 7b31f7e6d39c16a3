/** The elements of all turns in their order; what one change costs doesn't depend on how many there are. */

import type { Store } from "../store";
import { h, setText } from "./dom";
import { createTurn, fillTurn } from "./turn";

/** So many of the latest turns always stand by themselves: who follows them must see their true end. */
const NEAR_TURNS = 40;
/** Older ones stand in groups, which the browser lays out when they are looked at. */
const GROUP_TURNS = 50;

/** In `list`, one after the other: groups of older turns, the latest turns, and `end`. */
export class PlacedTurns {
  private readonly elements = new Map<string, HTMLElement>();
  private readonly seams = new Map<string, HTMLElement>();
  private order: readonly string[] = [];

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
    this.placeSeams(store);
    this.group();
  }

  /** Do something that may put turns above those that are read, and leave these where they are on the screen. */
  keepingPlace(action: () => void): void {
    const anchor = this.firstInView();
    const before_px = anchor?.getBoundingClientRect().top ?? 0;
    action();
    if (!anchor?.isConnected) return;
    const moved_px = anchor.getBoundingClientRect().top - before_px;
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
      if (turnBefore(next) !== element) next.before(element);
      next = element;
    }
  }

  /** Put turns that are no longer among the latest into groups; split those that have grown, remove empty ones. */
  private group(): void {
    const { list } = this;
    const groups = [...list.children].filter(isGroup);
    for (const group of groups) {
      if (group.childElementCount === 0) group.remove();
      while (group.childElementCount > 2 * GROUP_TURNS) group.before(groupOf(group.firstElementChild!));
    }
    for (let alone = this.alone(); alone.length > NEAR_TURNS + GROUP_TURNS; alone = this.alone()) {
      const [first] = alone;
      if (holdsFocus(list, alone.slice(0, GROUP_TURNS))) return; // moved, they would lose it
      const place = document.createComment("");
      first!.before(place);
      place.replaceWith(groupOf(first!));
    }
  }

  /** The turns, and the lines between them, that stand in no group. */
  private alone(): Element[] {
    const found: Element[] = [];
    let element = this.end.previousElementSibling;
    while (element && (element.hasAttribute("data-id") || element.matches(".rtw-seam"))) {
      found.push(element);
      element = element.previousElementSibling;
    }
    return found.reverse();
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
      if (seam.nextElementSibling !== turn) turn.before(seam);
    }
  }

  private firstInView(): Element | undefined {
    const top_px = this.list.getBoundingClientRect().top;
    const inView = (element: Element) => element.getBoundingClientRect().bottom > top_px;
    const first = [...this.list.children].find(inView);
    // Only a group that is in view is laid out: to ask others for their turns would lay out all.
    return first && isGroup(first) ? [...first.children].find(inView) : first;
  }
}

function isGroup(element: Element): boolean {
  return element.matches(".rtw-group");
}

/** Move an element and those behind it into a group of their own, which is yet to be put somewhere. */
function groupOf(first: Element): HTMLElement {
  const range = [first];
  while (range.length < GROUP_TURNS) {
    const next = range.at(-1)!.nextElementSibling;
    if (next === null) break;
    range.push(next);
  }
  return h("div", { class: "rtw-group" }, ...range);
}

function holdsFocus(list: HTMLElement, elements: readonly Element[]): boolean {
  const { activeElement } = list.getRootNode() as Document | ShadowRoot;
  return elements.some((element) => element.contains(activeElement));
}

/** The turn before a turn or before the end, past lines and the edges of groups. */
function turnBefore(element: Element): Element | null {
  let at: Element | null = element;
  do {
    const group: Element | null = at.parentElement;
    at = at.previousElementSibling ?? (group && isGroup(group) ? group.previousElementSibling : null);
    while (at && isGroup(at)) at = at.lastElementChild ?? at.previousElementSibling;
  } while (at && !at.hasAttribute("data-id"));
  return at;
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
