/** Captions: the last lines of what is being said, large, from both sides, while it is said. */

import type { Controller } from "../controller";
import type { TurnView } from "../messages";
import type { Scope } from "../scope";
import type { Store } from "../store";
import { h, setAttribute, setText, show } from "./dom";
import { roleWords } from "./turn";

/** More turns than this never share the lines that are visible. */
const TURNS_SHOWN = 3;
/** Of a long turn only the end can be seen; the rest isn't laid out. */
const TAIL_CHARACTERS = 400;

/** What can be read of a turn now: its words, or the part of them that was heard. */
export function captionText(turn: TurnView): string {
  const text = (turn.heard_text ?? turn.text).trim();
  if (text.length <= TAIL_CHARACTERS) return text;
  return `…${text.slice(text.indexOf(" ", text.length - TAIL_CHARACTERS))}`;
}

/** The latest turns that have words, oldest first. */
function spoken({ order, turns }: Store, count: number): TurnView[] {
  const found: TurnView[] = [];
  for (let i = order.length - 1; i >= 0 && found.length < count; i--) {
    const turn = turns.get(order[i]!)!;
    if (turn.role !== "system" && captionText(turn) !== "") found.unshift(turn);
  }
  return found;
}

function emptyWords(store: Store): string {
  if (store.status === "dead") return "Nothing was said.";
  return store.status === "connected" ? "Say something." : "What is said appears here.";
}

/** The part that stands alone or below others: three lines, the latest last. */
export function mountCaptionLines(controller: Controller, scope: Scope): HTMLElement {
  const { store } = controller;
  const empty = h("p", { class: "rtw-caption-empty" });
  const lines = h("div", { class: "rtw-caption-lines" });
  const root = h(
    "section",
    { class: "rtw-captions", "data-rtw": "caption-lines", "aria-label": "Captions" },
    empty,
    lines,
  );
  const update = () => {
    const turns = spoken(store, TURNS_SHOWN);
    while (lines.childElementCount > turns.length) lines.firstElementChild?.remove();
    while (lines.childElementCount < turns.length) lines.append(createLine());
    turns.forEach((turn, i) => {
      fillLine(lines.children[i] as HTMLElement, turn, store);
    });
    show(empty, turns.length === 0);
    setText(empty, emptyWords(store));
  };
  scope.add(store.subscribe(update));
  update();
  return root;
}

/** One line: the end of what was said last. */
export function mountLastCaption(controller: Controller, scope: Scope): HTMLElement {
  const { store } = controller;
  const line = createLine();
  const root = h("div", { class: "rtw-last-caption", "data-rtw": "last-caption" }, line);
  const update = () => {
    const [turn] = spoken(store, 1);
    show(line, turn !== undefined);
    if (turn) fillLine(line, turn, store);
  };
  scope.add(store.subscribe(update));
  update();
  return root;
}

function createLine(): HTMLElement {
  const text = h("span", { class: "rtw-caption-text", dir: "auto" });
  return h("p", { class: "rtw-caption" }, h("span", { class: "rtw-caption-role" }), " ", text);
}

function fillLine(line: HTMLElement, turn: TurnView, store: Store): void {
  setAttribute(line, "data-role", turn.role);
  setAttribute(line, "data-partial", turn.status === "in_progress");
  setText(line.firstElementChild!, roleWords(turn.role, store.state.kind));
  setText(line.lastElementChild!, captionText(turn));
}
