import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Inspector, type InspectorChange, MAX_ROWS } from "./inspector";
import type { Handlers, Link } from "./link";
import type { EventRow, PageMessage } from "./messages";
import { Scope } from "./scope";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const row = (number: number): EventRow => ({
  number,
  t_ms: number,
  direction: "in",
  kind: "response.created",
  event_id: null,
  item_id: null,
  response_id: null,
  n_bytes: 10,
});

function setup() {
  const sent: PageMessage[] = [];
  let handlers: Partial<Handlers> = {};
  const link = {
    handle: (more: Partial<Handlers>) => {
      handlers = { ...handlers, ...more };
    },
    send: (message: PageMessage) => sent.push(message) > 0,
  };
  const scope = new Scope();
  const inspector = new Inspector(link as unknown as Link, scope);
  const changes: InspectorChange[] = [];
  inspector.subscribe((change) => changes.push(change));
  const opened = () => sent.filter((message) => message.type === "inspector.open");
  const give = (rows: EventRow[], query_id = opened().at(-1)!.query_id, searching = false) =>
    handlers["inspector.rows"]!(
      { type: "inspector.rows", page: "p", query_id, rows, n_events: rows.length, searching },
      [],
    );
  const giveRaw = (number: number, text: string | null) =>
    handlers["inspector.raw"]!({ type: "inspector.raw", page: "p", number, text }, []);
  const numbers = () => inspector.rows.map(({ number }) => number);
  return { inspector, sent, scope, changes, opened, give, giveRaw, numbers };
}

it("asks for nothing until a view is open, and for nothing more when the last is closed", () => {
  const { inspector, sent, opened } = setup();
  vi.advanceTimersByTime(60_000);
  expect(sent).toEqual([]);
  const [first, second] = [inspector.look(), inspector.look()];
  expect(opened()).toMatchObject([{ query_id: 0, after: null, text: "", direction: "all" }]);
  first();
  expect(sent).toHaveLength(1);
  second();
  second();
  expect(sent.at(-1)).toEqual({ type: "inspector.close" });
  vi.advanceTimersByTime(60_000);
  expect(sent).toHaveLength(2);
});

it("goes on where it was, and says every now and then that it looks", () => {
  const { inspector, opened, give, numbers } = setup();
  const close = inspector.look();
  give([row(0), row(1)]);
  vi.advanceTimersByTime(21_000);
  expect(opened().map(({ after, query_id }) => [after, query_id])).toEqual([
    [null, 0],
    [1, 0],
  ]);
  close();
  inspector.look();
  expect(opened().at(-1)).toMatchObject({ after: 1 });
  give([row(2)], 0);
  expect(numbers()).toEqual([0, 1]);
  give([row(2)]);
  expect(numbers()).toEqual([0, 1, 2]);
});

it("keeps the latest rows only", () => {
  const { inspector, give, changes, numbers } = setup();
  inspector.look();
  for (let n = 0; n < 6; n++) give(Array.from({ length: 200 }, (_, i) => row(200 * n + i)));
  expect(numbers()).toHaveLength(MAX_ROWS);
  expect(numbers()[0]).toBe(200);
  expect(changes.at(-1)).toMatchObject({ kind: "rows", dropped: 200 });
});

it("begins anew with another filter, and takes no rows of the one before", () => {
  const { inspector, opened, give, numbers } = setup();
  inspector.look();
  give([row(0)]);
  inspector.setFilter({ text: "error", direction: "in" });
  expect(opened().at(-1)).toMatchObject({ text: "error", direction: "in", after: null });
  expect([numbers(), inspector.searching]).toEqual([[], true]);
  give([row(1)], 0);
  expect(numbers()).toEqual([]);
  give([row(7)]);
  expect([numbers(), inspector.searching]).toEqual([[7], false]);
});

it("rests while it is paused, and goes on behind what it has", () => {
  const { inspector, sent, opened, give, numbers } = setup();
  inspector.look();
  give([row(0)]);
  inspector.setPaused(true);
  expect(sent.at(-1)).toEqual({ type: "inspector.close" });
  give([row(1)]);
  vi.advanceTimersByTime(60_000);
  expect(numbers()).toEqual([0]);
  inspector.setPaused(false);
  expect(opened().at(-1)).toMatchObject({ after: 0 });
});

it("clears the view and shows what comes then", () => {
  const { inspector, give, numbers } = setup();
  inspector.look();
  give([row(0)]);
  inspector.clear();
  expect(numbers()).toEqual([]);
  give([row(1)]);
  expect(numbers()).toEqual([1]);
});

it("asks for the whole of an event once", () => {
  const { inspector, sent, giveRaw, changes } = setup();
  inspector.look();
  inspector.ask(3);
  giveRaw(3, "{}");
  inspector.ask(3);
  expect(sent.filter(({ type }) => type === "inspector.raw")).toHaveLength(1);
  expect(changes.at(-1)).toEqual({ kind: "raw", number: 3 });
  expect(inspector.raw.get(3)).toBe("{}");
});
