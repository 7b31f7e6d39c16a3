import { expect, it } from "vitest";
import { INITIAL_STATE, type State } from "./messages";
import { type Change, Store } from "./store";
import { turn } from "./testing/model";

function setup() {
  const clock = { now: 0 };
  const store = new Store(() => clock.now);
  const changes: Change[] = [];
  store.subscribe((change) => changes.push(change));
  const patch = (turns: ReturnType<typeof turn>[], more: Partial<Parameters<Store["applyTurns"]>[0]> = {}) =>
    store.applyTurns({ reset: false, order: null, removed: [], turns, ...more });
  return { store, changes, clock, patch };
}

it("appends unknown turns and replaces known ones", () => {
  const { store, patch, changes } = setup();
  patch([turn("a"), turn("b")]);
  patch([turn("a", { text: "hello" })]);
  expect(store.order).toEqual(["a", "b"]);
  expect(store.turns.get("a")!.text).toBe("hello");
  expect(changes.at(-1)).toEqual({ kind: "turns", reset: false, changed: ["a"], removed: [] });
});

it("follows the order that the kernel gives, also when it comes before or after the turns", () => {
  const { store, patch } = setup();
  patch([turn("b")], { order: ["a", "b"] });
  expect(store.order).toEqual(["b"]);
  patch([turn("a")], { order: ["a", "b"] });
  expect(store.order).toEqual(["a", "b"]);
  patch([], { order: ["b", "a"] });
  expect(store.order).toEqual(["b", "a"]);
});

it("removes turns and starts anew on reset", () => {
  const { store, patch } = setup();
  patch([turn("a"), turn("b")]);
  patch([], { removed: ["a"] });
  expect(store.order).toEqual(["b"]);
  patch([turn("c")], { reset: true });
  expect(store.order).toEqual(["c"]);
  expect(store.turns.size).toBe(1);
});

it("extrapolates the elapsed time while the session runs", () => {
  const { store, clock } = setup();
  store.applyState({ ...INITIAL_STATE, status: "connected", running: true, elapsed_ms: 5000 });
  clock.now = 1500;
  expect(store.elapsed_ms).toBe(6500);
  store.applyState({ ...INITIAL_STATE, elapsed_ms: 7000 });
  clock.now = 9000;
  expect(store.elapsed_ms).toBe(7000);
});

it("keeps defaults for fields that the kernel does not send", () => {
  const { store } = setup();
  store.applyState({ status: "connected" } as State);
  expect(store.state.locks.voice).toBeNull();
  expect(store.state.chunk_ms).toBe(100);
  expect(store.status).toBe("connected");
});

it("shows the start before the kernel does, and a dead kernel above all", () => {
  const { store } = setup();
  expect(store.status).toBe("disconnected");
  store.setLocal({ starting: true });
  expect(store.status).toBe("connecting");
  store.setLocal({ kernel: "gone" });
  expect(store.status).toBe("dead");
});

it("says nothing when nothing changed", () => {
  const { store, changes } = setup();
  store.setLocal({ mic: "off" });
  expect(changes).toEqual([]);
});
