import { expect, it } from "vitest";
import { type Verdict, type Vitals, Watchdog } from "./watchdog";

function setup(vitals: Vitals) {
  const clock = { now: 0 };
  const verdicts: Verdict[] = [];
  const dog = new Watchdog(
    () => vitals,
    (verdict) => verdicts.push(verdict),
    () => clock.now,
  );
  const run = (seconds: number) => {
    for (let i = 0; i < seconds; i++) {
      clock.now += 1000;
      dog.tick();
    }
    return verdicts.at(-1);
  };
  return { run, clock, dog, verdicts };
}

it("asks nothing of a kernel from which nothing is expected", () => {
  expect(setup({ heard_at: null, expecting_since: null }).run(100)).toBeUndefined();
});

it("calls a kernel late, then silent, counted from when an answer was due", () => {
  const { run } = setup({ heard_at: null, expecting_since: 10_000 });
  expect(run(13)).toBe("fine");
  expect(run(2)).toBe("late");
  expect(run(10)).toBe("silent");
});

it("counts from the last message", () => {
  const vitals: Vitals = { heard_at: 0, expecting_since: 0 };
  const { run } = setup(vitals);
  expect(run(10)).toBe("late");
  vitals.heard_at = 10_000;
  expect(run(1)).toBe("fine");
});

it("gives the kernel its time again after the machine slept", () => {
  const { run, clock } = setup({ heard_at: 0, expecting_since: 0 });
  run(2);
  clock.now += 3_600_000;
  expect(run(1)).toBe("fine");
  expect(run(16)).toBe("silent");
});
