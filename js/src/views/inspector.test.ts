import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Controller } from "../controller";
import { Inspector } from "../inspector";
import { Link } from "../link";
import type { EventRow } from "../messages";
import { Scope } from "../scope";
import { FakeModel } from "../testing/model";
import { seconds, size } from "./events";
import { mountInspector } from "./inspector";

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  document.body.replaceChildren();
});

const row = (number: number, patch: Partial<EventRow> = {}): EventRow => ({
  number,
  t_ms: 1234.5 * number,
  direction: "in",
  kind: "response.created",
  event_id: `ev_${number}`,
  item_id: null,
  response_id: "resp_1",
  n_bytes: 1500,
  ...patch,
});

function setup() {
  const model = new FakeModel();
  const scope = new Scope();
  const link = new Link(model, "p", scope);
  const inspector = new Inspector(link, scope);
  const view = scope.child();
  const root = mountInspector({ inspector } as unknown as Controller, view);
  document.body.append(root);
  const find = <T extends HTMLElement>(hook: string) => root.querySelector<T>(`[data-rtw=${hook}]`)!;
  const all = () => [...root.querySelectorAll<HTMLDetailsElement>("[data-rtw=event]")];
  const give = (...rows: EventRow[]) => {
    const { query_id } = model.of("inspector.open").at(-1)!;
    model.receive({ type: "inspector.rows", page: "p", query_id, rows, n_events: 1, searching: false });
  };
  const focused = () => document.activeElement?.closest<HTMLElement>("[data-rtw=event]")?.dataset.number;
  const press = (key: string) =>
    document.activeElement!.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  return { model, scope, view, inspector, root, find, all, give, focused, press };
}

it("shows time, direction, type, ids and size of events as they come", () => {
  const { give, all } = setup();
  give(row(0), row(1, { direction: "out", kind: "response.create" }));
  expect(all()[1]!.textContent).toBe("1.234 s→response.createresp_1 · ev_11.5 kB");
  expect(all()[1]!.querySelector("[role=img]")!.getAttribute("aria-label")).toBe("to the server");
  give(row(2, { kind: "error" }));
  expect(all().map((element) => element.dataset.number)).toEqual(["0", "1", "2"]);
  expect(all()[2]!.hasAttribute("data-bad")).toBe(true);
});

it("asks for the JSON when a row is unfolded, and shows it as text", () => {
  const { model, give, all } = setup();
  give(row(0), row(1));
  expect(model.of("inspector.raw")).toEqual([]);
  all()[1]!.open = true;
  expect(model.of("inspector.raw")).toMatchObject([{ number: 1 }]);
  model.receive({ type: "inspector.raw", page: "p", number: 1, text: '{"a":"<img src=x>"}' });
  expect(all()[1]!.querySelector("pre")!.textContent).toBe('{\n  "a": "<img src=x>"\n}');
  expect(all()[1]!.querySelector("img")).toBeNull();
  all()[0]!.open = true;
  model.receive({ type: "inspector.raw", page: "p", number: 0, text: null });
  expect(all()[0]!.querySelector("pre")!.textContent).toContain("kept no longer");
});

it("filters by text and direction, pauses, goes on and clears", () => {
  const { model, find, give, all } = setup();
  give(row(0));
  const text = find<HTMLInputElement>("events-filter");
  text.value = "err";
  text.dispatchEvent(new Event("input"));
  expect(model.of("inspector.open")).toHaveLength(1);
  vi.advanceTimersByTime(300);
  expect(model.of("inspector.open").at(-1)).toMatchObject({ text: "err" });
  expect(all()).toEqual([]);
  give();
  expect(find("events-note").textContent).toContain("No event fits");
  const direction = find<HTMLSelectElement>("events-direction");
  direction.value = "out";
  direction.dispatchEvent(new Event("change"));
  expect(model.of("inspector.open").at(-1)).toMatchObject({ text: "err", direction: "out" });
  find("events-pause").click();
  expect(find("events-pause").getAttribute("aria-pressed")).toBe("true");
  expect(model.sent.at(-1)!.type).toBe("inspector.close");
  find("events-pause").click();
  give(row(5));
  find("events-clear").click();
  expect(all()).toEqual([]);
});

it("is left with one Tab, and gone through with the arrows", () => {
  const { root, give, find, focused, press } = setup();
  give(...Array.from({ length: 30 }, (_, i) => row(i)));
  const stops = () =>
    [...root.querySelectorAll("summary[tabindex='0']")].map((e) => e.parentElement!.dataset.number);
  expect(stops()).toEqual(["29"]);
  root.querySelector<HTMLElement>("summary[tabindex='0']")!.focus();
  for (const [key, number] of [
    ["ArrowUp", "28"],
    ["PageUp", "18"],
    ["Home", "0"],
    ["ArrowUp", "0"],
    ["ArrowDown", "1"],
    ["End", "29"],
  ] as const) {
    press(key);
    expect(focused()).toBe(number);
  }
  press("Home");
  expect(stops()).toEqual(["0"]);
  give(row(30));
  expect(stops()).toEqual(["0"]);
  expect(find("events").tabIndex).toBe(-1);
});

it("costs nothing once it is closed", () => {
  const { model, view, give, all } = setup();
  give(row(0));
  view.dispose();
  expect(model.sent.at(-1)!.type).toBe("inspector.close");
  const n_sent = model.sent.length;
  vi.advanceTimersByTime(120_000);
  expect(model.sent.filter(({ type }) => type.startsWith("inspector"))).toHaveLength(
    model.sent.slice(0, n_sent).filter(({ type }) => type.startsWith("inspector")).length,
  );
  expect(all()).toHaveLength(1);
});

it("writes times and sizes short", () => {
  expect([seconds(0), seconds(61_234.4)]).toEqual(["0.000 s", "61.234 s"]);
  expect([size(999), size(1234), size(2_500_000)]).toEqual(["999 B", "1.2 kB", "2.5 MB"]);
});
