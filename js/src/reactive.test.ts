import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { TurnView } from "./messages";
import { countTurns, TRAIT } from "./reactive";
import { Scope } from "./scope";
import { Store } from "./store";
import { Patches, type TurnsChange, turn } from "./testing/model";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

class Traits {
  saved: unknown[] = [];
  values: Record<string, unknown> = { [TRAIT]: 0 };
  get = (name: string) => this.values[name];
  set = (name: string, value: unknown) => {
    this.values[name] = value;
  };
  save_changes = () => this.saved.push(this.values[TRAIT]);
}

function setup(model = new Traits()) {
  const store = new Store();
  const scope = new Scope();
  countTurns(model, store, scope);
  const patches = new Patches();
  const apply = (turns: TurnView[], change: TurnsChange = {}) =>
    store.applyTurns(patches.next(turns, change));
  const show = (...turns: TurnView[]) => apply(turns);
  return { model, store, scope, show, apply };
}

it("counts once what ends together, and nothing that goes on", () => {
  const { model, show } = setup();
  show(turn("a", { status: "in_progress", text: "He" }));
  vi.runAllTimers();
  expect(model.saved).toEqual([]);
  show(turn("a", { text: "Hello" }));
  show(turn("b", { text: "Hi" }));
  vi.runAllTimers();
  expect(model.saved).toEqual([1]);
});

it("counts what changes after its end, and not what only comes again", () => {
  const { model, show, apply } = setup();
  const said = turn("a", { text: "Hello" });
  show(said);
  vi.runAllTimers();
  apply([said], { reset: true });
  vi.runAllTimers();
  expect(model.saved).toEqual([1]);
  show(turn("a", { text: "Hello there" }));
  vi.runAllTimers();
  apply([], { removed: ["a"] });
  vi.runAllTimers();
  expect(model.saved).toEqual([1, 2, 3]);
});

it("goes on from the count of the page before", () => {
  const model = new Traits();
  model.values[TRAIT] = 7;
  const { show } = setup(model);
  show(turn("a"));
  vi.runAllTimers();
  expect(model.saved).toEqual([8]);
});

it("leaves alone what has no such trait, or no traits at all", () => {
  const model = new Traits();
  model.values = {};
  const { store, show } = setup(model);
  show(turn("a"));
  vi.runAllTimers();
  expect(model.saved).toEqual([]);
  expect(store.subscribers).toBe(0);
  countTurns({}, store, new Scope());
  expect(store.subscribers).toBe(0);
});

it("ends with its scope", () => {
  const { model, store, scope, show } = setup();
  show(turn("a"));
  scope.dispose();
  vi.runAllTimers();
  expect(model.saved).toEqual([]);
  expect(store.subscribers).toBe(0);
});
