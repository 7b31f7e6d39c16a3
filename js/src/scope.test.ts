import { expect, it, vi } from "vitest";
import { Scope } from "./scope";

it("undoes in reverse order, once", () => {
  const log: number[] = [];
  const scope = new Scope();
  scope.add(() => log.push(1));
  scope.add(() => log.push(2));
  scope.dispose();
  scope.dispose();
  expect(log).toEqual([2, 1]);
});

it("undoes at once what is registered too late", () => {
  const scope = new Scope();
  scope.dispose();
  const cleanup = vi.fn();
  scope.add(cleanup);
  expect(cleanup).toHaveBeenCalledOnce();
});

it("removes listeners and stops timers", () => {
  vi.useFakeTimers();
  const scope = new Scope();
  const target = new EventTarget();
  const called = vi.fn();
  scope.listen(target, "x", called);
  scope.interval(called, 10);
  scope.timeout(called, 10);
  scope.dispose();
  target.dispatchEvent(new Event("x"));
  vi.advanceTimersByTime(100);
  expect(called).not.toHaveBeenCalled();
  vi.useRealTimers();
});

it("forgets timeouts that fired and children that ended", () => {
  vi.useFakeTimers();
  const scope = new Scope();
  scope.timeout(() => {}, 10);
  scope.child().dispose();
  vi.advanceTimersByTime(20);
  expect(scope.size).toBe(0);
  vi.useRealTimers();
});

it("disposes children with their parent", () => {
  const scope = new Scope();
  const child = scope.child();
  scope.dispose();
  expect(child.disposed).toBe(true);
});

it("goes on after a cleanup that throws", () => {
  const error = vi.spyOn(console, "error").mockImplementation(() => {});
  const scope = new Scope();
  const last = vi.fn();
  scope.add(last);
  scope.add(() => {
    throw new Error("no");
  });
  scope.dispose();
  expect(last).toHaveBeenCalled();
  error.mockRestore();
});
