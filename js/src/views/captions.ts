/** Captions: the last lines of what is being said, large, from both sides, while it is said. */

import type { Controller } from "../controller";
import type { TurnView } from "../messages";
import type { Scope } from "../scope";
import type { Store } from "../store";
import { h, setAttribute, setText, show } from "./dom";
import type { Motion } from "./motion";
import { roleWords } from "./turn";

/** More turns than this never share the lines that are visible. */
const TURNS_SHOWN = 3;
/** Words come about four a second. */
const WORD_MS = 200;
/** Of a long turn only the end can be seen; the rest isn't laid out. */
const TAIL_CHARACTERS = 400;

/**
 * What can be read of a turn now: its words, or the part of them that was heard. While this page plays its voice
 * (`progress` 0..1), the words up to there: they come well ahead of the sound.
 */
export function captionText(turn: TurnView, progress: number | null): string {
  const text = (turn.heard_text ?? upTo(turn.text, progress)).trim();
  if (text.length <= TAIL_CHARACTERS) return text;
  return `…${text.slice(text.indexOf(" ", text.length - TAIL_CHARACTERS))}`;
}

function upTo(text: string, progress: number | null): string {
  if (progress === null || progress >= 1) return text;
  if (progress === 0) return "";
  const end = text.slice(Math.floor(text.length * progress)).search(/\s|$/);
  return text.slice(0, Math.floor(text.length * progress) + end);
}

/** The latest turns that have words, oldest first. */
function spoken({ store, sound }: Controller, count: number): [turn: TurnView, text: string][] {
  const { order, turns } = store;
  const found: [TurnView, string][] = [];
  for (let i = order.length - 1; i >= 0 && found.length < count; i--) {
    const turn = turns.get(order[i]!)!;
    if (turn.role === "system") continue;
    const text = captionText(turn, turn.role === "assistant" ? sound.progress(turn.id) : null);
    if (text !== "") found.unshift([turn, text]);
  }
  return found;
}

function emptyWords(store: Store): string {
  if (store.status === "dead") return "Nothing was said.";
  if (store.replays) return "Nothing was said yet.";
  return store.status === "connected" ? "Say something." : "What is said appears here.";
}

/** The part that stands alone or below others: three lines, the latest last. */
export function mountCaptionLines(controller: Controller, scope: Scope, motion: Motion): HTMLElement {
  const { store } = controller;
  const empty = h("p", { class: "rtw-caption-empty" });
  const lines = h("div", { class: "rtw-caption-lines" });
  const update = () => {
    const turns = spoken(controller, TURNS_SHOWN);
    while (lines.childElementCount > turns.length) lines.firstElementChild?.remove();
    while (lines.childElementCount < turns.length) lines.append(createLine());
    turns.forEach(([turn, text], i) => {
      fillLine(lines.children[i] as HTMLElement, turn, text, store);
    });
    show(empty, turns.length === 0);
    setText(empty, emptyWords(store));
  };
  followVoice(update, controller, scope, motion);
  return h(
    "section",
    { class: "rtw-captions", "data-rtw": "caption-lines", "aria-label": "Captions" },
    empty,
    lines,
  );
}

/** One line: the end of what was said last. */
export function mountLastCaption(controller: Controller, scope: Scope, motion: Motion): HTMLElement {
  const line = createLine();
  const update = () => {
    const [latest] = spoken(controller, 1);
    show(line, latest !== undefined);
    if (latest) fillLine(line, ...latest, controller.store);
  };
  followVoice(update, controller, scope, motion);
  return h("div", { class: "rtw-last-caption", "data-rtw": "last-caption" }, line);
}

/** Update on each change, and a few times a second while the voice is heard. */
function followVoice(update: () => void, { store }: Controller, scope: Scope, motion: Motion): void {
  let updated_at = 0;
  motion.add(() => {
    const now = performance.now();
    if (!store.local.playing || now - updated_at < WORD_MS) return false;
    updated_at = now;
    update();
    return false;
  });
  scope.add(store.subscribe(update));
  update();
}

function createLine(): HTMLElement {
  const text = h("span", { class: "rtw-caption-text", dir: "auto" });
  return h("p", { class: "rtw-caption" }, h("span", { class: "rtw-caption-role" }), " ", text);
}

function fillLine(line: HTMLElement, turn: TurnView, text: string, store: Store): void {
  setAttribute(line, "data-role", turn.role);
  setAttribute(line, "data-partial", turn.status === "in_progress");
  setText(line.firstElementChild!, roleWords(turn.role, store.state.kind));
  setText(line.lastElementChild!, text);
}
