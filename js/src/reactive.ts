/** In a reactive host (marimo), let the conversation move other cells: a count that this page raises when turns end. */

import type { TurnView } from "./messages";
import type { Scope } from "./scope";
import type { Store } from "./store";

/** Only the widget made for marimo has it; a change that comes from the page is what marimo reacts to. */
export const TRAIT = "turns_done";

/** What ends together is one change: each makes marimo run all cells again that read the panel. */
const TOGETHER_MS = 150;

/** The part of anywidget's model that holds traits. */
export interface TraitModel {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  save_changes(): void;
}

/** Raise the count whenever a turn has ended, was changed after its end, or was taken away. */
export function countTurns(model: Partial<TraitModel>, store: Store, scope: Scope): void {
  if (!holdsTraits(model) || typeof model.get(TRAIT) !== "number") return;
  const told = new Map<string, string>();
  let pending = false;
  const raise = () => {
    pending = false;
    model.set(TRAIT, Number(model.get(TRAIT)) + 1);
    model.save_changes();
  };
  const look = () => {
    if (!noteEnded(told, store.turns) || pending) return;
    pending = true;
    scope.timeout(raise, TOGETHER_MS);
  };
  scope.add(store.subscribe((change) => change.kind === "turns" && look()));
  look();
}

function holdsTraits(model: Partial<TraitModel>): model is TraitModel {
  return typeof model.get === "function" && typeof model.set === "function";
}

/** Bring `told` in line with the turns that have ended; true when it was not. */
function noteEnded(told: Map<string, string>, turns: ReadonlyMap<string, TurnView>): boolean {
  let news = false;
  for (const [id, turn] of turns) {
    if (turn.status === "in_progress") continue;
    const words = `${turn.status} ${turn.heard_text ?? ""} ${turn.text}`;
    if (told.get(id) === words) continue;
    told.set(id, words);
    news = true;
  }
  for (const id of [...told.keys()]) {
    if (!turns.has(id)) news = told.delete(id) || news;
  }
  return news;
}
