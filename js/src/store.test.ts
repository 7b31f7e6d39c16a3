import { expect, it } from "vitest";
import { INITIAL_STATE, type State, type TurnsPatch } from "./messages";
import { type Change, Store } from "./store";
import { turn } from "./testing/model";

function setup() {
  const clock = { now: 0 };
  const store = new Store(() => clock.now);
  const changes: Change[] = [];
  store.subscribe((change) => changes.push(change));
  let revision = 0;
  const patch = (turns: ReturnType<typeof turn>[], more: Partial<TurnsPatch> = {}) => {
    if (more.page === undefined && !more.reset) revision += 1;
    store.applyTurns({ reset: false, order: null, removed: [], turns, revision, n_left: 0, ...more });
  };
  return { store, changes, clock, patch };
}

const splice = (at: number, cut: number, ...ids: string[]) => ({ at, cut, ids });

it("puts turns where the kernel says, and replaces known ones", () => {
  const { store, patch, changes } = setup();
  patch([turn("a"), turn("c")], { order: splice(0, 0, "a", "c") });
  patch([turn("b")], { order: splice(1, 0, "b") });
  patch([turn("a", { text: "hello" })]);
  expect(store.order).toEqual(["a", "b", "c"]);
  expect(store.turns.get("a")!.text).toBe("hello");
  expect(changes.at(-1)).toEqual({ kind: "turns", reset: false, older: false, changed: ["a"], removed: [] });
});

it("moves and removes turns", () => {
  const { store, patch } = setup();
  patch([turn("a"), turn("b"), turn("c")], { order: splice(0, 0, "a", "b", "c") });
  patch([], { order: splice(0, 3, "b", "c", "a") });
  expect(store.order).toEqual(["b", "c", "a"]);
  patch([], { order: splice(1, 1), removed: ["c"] });
  expect(store.order).toEqual(["b", "a"]);
  expect(store.turns.has("c")).toBe(false);
});

it("takes the latest turns first, then older ones, while the conversation goes on", () => {
  const { store, patch, changes } = setup();
  patch([turn("old")], { order: splice(0, 0, "old") });
  patch([turn("y"), turn("z")], {
    reset: true,
    page: "p",
    order: splice(0, 0, "w", "x", "y", "z"),
    n_left: 2,
  });
  expect(store.order).toEqual(["y", "z"]);
  patch([turn("new")], { order: splice(4, 0, "new") });
  patch([turn("x")], { page: "p", n_left: 1 });
  expect(changes.at(-1)).toMatchObject({ older: true, changed: ["x"] });
  patch([], { order: splice(0, 1), removed: ["w"] });
  expect(store.order).toEqual(["x", "y", "z", "new"]);
  expect(store.order).toHaveLength(store.turns.size);
});

it("notices that it missed a patch, and waits for everything anew", () => {
  const { store, patch, changes } = setup();
  patch([turn("a")], { order: splice(0, 0, "a") });
  patch([turn("c")], { order: splice(2, 0, "c"), revision: 3 });
  patch([turn("b")], { page: "p", revision: 3 });
  expect([store.inStep, store.order, changes.length]).toEqual([false, ["a"], 1]);
  patch([turn("a"), turn("b")], { reset: true, order: splice(0, 0, "a", "b"), revision: 3 });
  patch([turn("c")], { order: splice(2, 0, "c"), revision: 4 });
  expect([store.inStep, store.order]).toEqual([true, ["a", "b", "c"]]);
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
