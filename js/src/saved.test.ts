import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Link } from "./link";
import { SavedCopy } from "./saved";
import { Scope } from "./scope";
import { FakeModel } from "./testing/model";

class Outputs {
  constructor(readonly all: { metadata?: unknown; data?: unknown }[]) {}

  get length() {
    return this.all.length;
  }

  get(index: number) {
    return this.all[index];
  }

  set(index: number, output: { metadata?: unknown; data?: unknown }) {
    this.all[index] = output;
  }
}

const marks = (digest: string, session = "s1") => ({ realtime_widget: { session, digest } });
let scope: Scope;

beforeEach(() => {
  vi.useFakeTimers();
  scope = new Scope();
});

afterEach(() => {
  scope.dispose();
  vi.useRealTimers();
});

function page(manager: unknown): FakeModel {
  const model = new FakeModel();
  const whole = Object.assign(model, {
    widget_manager: manager,
    get: (name: string) => (name === "session_id" ? "s1" : undefined),
  });
  new SavedCopy(new Link(whole, "p1", scope), scope);
  return model;
}

function notebook(...digests: string[]) {
  const outputs = new Outputs([{ metadata: {} }, ...digests.map((digest) => ({ metadata: marks(digest) }))]);
  const others = new Outputs([{ metadata: marks("x", "s2") }, {}]);
  const cells = [{}, { outputs: others }, { outputs }];
  return { outputs, others, manager: { context: { model: { cells } } } };
}

describe("a page that was loaded anew", () => {
  test("asks for what it may have missed and writes the answer", () => {
    const { outputs, others, manager } = notebook("old");
    const model = page(manager);
    vi.advanceTimersByTime(2_000);
    expect(model.of("saved.get")).toMatchObject([{ type: "saved.get", page: "p1", digest: "old" }]);
    const data = { "text/html": "<p>said</p>", "text/plain": "said" };
    model.receive({ type: "saved", page: "p1", digest: "new", data, marks: marks("new") });
    expect(outputs.all[1]).toEqual({ output_type: "display_data", data, metadata: marks("new") });
    expect(others.all[0]).toEqual({ metadata: marks("x", "s2") });
  });

  test("sees that an update did not come, and asks", () => {
    const { manager } = notebook("old");
    const model = page(manager);
    vi.advanceTimersByTime(2_000);
    model.receive({ type: "saved", digest: "new" });
    model.receive({ type: "saved", digest: "newer" });
    vi.advanceTimersByTime(2_000);
    expect(model.of("saved.get")).toHaveLength(2);
  });
});

test("where the kernel's updates arrive, nothing is asked", () => {
  const { outputs, manager } = notebook("old");
  const model = page(manager);
  vi.advanceTimersByTime(2_000);
  const asked = model.of("saved.get").length;
  model.receive({ type: "saved", digest: "new" });
  outputs.set(1, { metadata: marks("new") });
  vi.advanceTimersByTime(2_000);
  expect(model.of("saved.get")).toHaveLength(asked);
});

test.each([undefined, {}, { context: { model: { cells: 3 } } }, { context: { model: {} } }])(
  "a host without a notebook within reach is left alone (%#)",
  (manager) => {
    const model = page(manager);
    vi.advanceTimersByTime(2_000);
    model.receive({ type: "saved", digest: "new" });
    vi.advanceTimersByTime(2_000);
    expect(model.of("saved.get")).toEqual([]);
  },
);
