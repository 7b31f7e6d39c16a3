import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Scope } from "../scope";
import { Store } from "../store";
import { Motion } from "./motion";

let scope: Scope;

beforeEach(() => {
  vi.useFakeTimers();
  scope = new Scope();
});
afterEach(() => {
  scope.dispose();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it("runs while something moves or sound goes in or out, and not longer", () => {
  const store = new Store();
  const motion = new Motion(store, scope);
  let left = 3;
  motion.add(() => --left > 0);
  expect(motion.running).toBe(true);
  vi.advanceTimersByTime(1000);
  expect(motion.running).toBe(false);
  store.setLocal({ mic: "open" });
  vi.advanceTimersByTime(1000);
  expect(motion.running).toBe(true);
  store.setLocal({ muted: true });
  vi.advanceTimersByTime(1000);
  expect(motion.running).toBe(false);
  store.setLocal({ playing: true });
  expect(motion.running).toBe(true);
  scope.dispose();
  expect(motion.running).toBe(false);
  store.setLocal({ playing: false });
  expect(motion.running).toBe(false);
});

it("stands still out of sight", () => {
  let see: (entries: { isIntersecting: boolean }[]) => void = () => {};
  vi.stubGlobal(
    "IntersectionObserver",
    class {
      constructor(callback: typeof see) {
        see = callback;
      }
      observe() {}
      disconnect() {}
    },
  );
  const store = new Store();
  const motion = new Motion(store, scope);
  motion.watch(document.body);
  motion.add(() => true);
  see([{ isIntersecting: false }]);
  vi.advanceTimersByTime(200);
  expect(motion.running).toBe(false);
  store.setLocal({ playing: true });
  expect(motion.running).toBe(false);
  see([{ isIntersecting: true }]);
  expect(motion.running).toBe(true);
});
