import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { turn } from "../testing/model";
import { openPanel } from "../testing/panel";

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  document.body.replaceChildren();
});

it("shows turns in order, moves them and takes them away", () => {
  const { model, all } = openPanel();
  model.turns([turn("a", { text: "A" }), turn("c", { text: "C" })]);
  const first = all("turn")[0];
  model.turns([turn("b", { text: "B" })], { order: ["a", "b", "c"] });
  expect(all("turn").map((element) => element.dataset.id)).toEqual(["a", "b", "c"]);
  expect(all("turn")[0]).toBe(first);
  model.turns([], { order: ["c", "a", "b"] });
  expect(all("turn").map((element) => element.dataset.id)).toEqual(["c", "a", "b"]);
  model.turns([], { removed: ["a"] });
  expect(all("turn").map((element) => element.dataset.id)).toEqual(["c", "b"]);
  model.turns([turn("z")], { reset: true });
  expect(all("turn").map((element) => element.dataset.id)).toEqual(["z"]);
});

it("marks partial, interrupted and uncertain turns in words", () => {
  const { model, all } = openPanel();
  model.turns([
    turn("a", { role: "user", text: "how many rows", uncertain: true }),
    turn("b", { text: "There are twelve rows.", heard_text: "There are", status: "interrupted" }),
    turn("c", { text: "And", status: "in_progress" }),
  ]);
  const [a, b, c] = all("turn");
  expect(a!.textContent).toContain("not sure: how many rows");
  expect(b!.querySelector("del")!.textContent).toBe("twelve rows.");
  expect(b!.textContent).toContain("interrupted");
  expect(c!.textContent).toContain("answering");
  expect(c!.hasAttribute("data-partial")).toBe(true);
});

it("says where an interrupted answer was cut for sure, and where about", () => {
  const { model, find } = openPanel();
  const cut = { text: "one two", heard_text: "one", status: "interrupted" } as const;
  model.turns([turn("a", cut)]);
  expect(find("turn").querySelector(".rtw-about")).toBeNull();
  model.turns([turn("a", { ...cut, heard_estimated: true })]);
  expect(find("turn").querySelector(".rtw-about")!.getAttribute("aria-label")).toBe("about here");
  expect(find("turn").querySelector(".rtw-text")!.textContent).toBe("one two");
});

it("draws a line where the connection changed, and keeps it in its place", () => {
  const { model, find } = openPanel();
  const lines = () => [...find("transcript").children].map((e) => e.getAttribute("data-id") ?? e.textContent);
  const [seam, earlier] = ["Connected anew", "Earlier conversation above"];
  const empty = "Type below, or turn the microphone on.";
  model.turns([turn("a"), turn("b", { connection: 2 })]);
  expect(lines()).toEqual([empty, "a", seam, "b", ""]);
  const line = find("seam");
  model.turns([turn("c", { connection: 2 }), turn("x")], { order: ["a", "x", "c", "b"] });
  expect(lines()).toEqual([empty, "a", "x", seam, "c", "b", ""]);
  model.turns([], { removed: ["c"] });
  expect(lines()).toEqual([empty, "a", "x", seam, "b", ""]);
  expect(line.isConnected).toBe(false);
  model.turns([turn("h", { connection: 0 }), turn("n", { connection: 1 })], { reset: true });
  expect(lines()).toEqual([empty, "h", earlier, "n", ""]);
});

it("never takes text for markup", () => {
  const { model, find } = openPanel({ title: "<b>x</b>", suggestions: ["<i>y</i>"] });
  const markup = "<img src=x onerror=alert(1)>";
  const call = { call_id: "1", name: markup, arguments: markup, output: markup, error: null };
  model.turns([
    turn("a", {
      text: markup,
      calls: [{ ...call, status: "done", duration_ms: 1, version: 1, leads: true }],
    }),
  ]);
  expect(find("transcript").querySelector("img")).toBeNull();
  expect(find("turn").textContent).toContain(markup);
  expect(find("suggestion").textContent).toBe("<i>y</i>");
});

it("shows calls with arguments, result, duration and version, and keeps them unfolded", () => {
  const { model, find } = openPanel();
  const call = {
    call_id: "1",
    name: "rows",
    arguments: '{"city":"Bern"}',
    output: "12",
    error: null,
    status: "done",
    duration_ms: 12.4,
    version: 2,
    leads: true,
  } as const;
  model.turns([turn("a", { calls: [call] })]);
  for (const part of ['rows(city="Bern")', "v2", "12 ms", "→ 12"]) {
    expect(find("call").textContent).toContain(part);
  }
  find<HTMLDetailsElement>("call").open = true;
  model.turns([turn("a", { text: "Twelve.", calls: [{ ...call, output: "13" }] })]);
  expect(find<HTMLDetailsElement>("call").open).toBe(true);
  expect(find("call").dataset.callStatus).toBe("done");
});

it("says finished turns to a screen reader once, and no history", () => {
  const { model, find } = openPanel();
  model.turns([turn("old", { text: "history" })], { reset: true });
  model.turns([turn("a", { role: "user", text: "hel", status: "in_progress" })]);
  expect(find("captions").textContent).toBe("");
  model.turns([turn("a", { role: "user", text: "hello" })]);
  model.turns([turn("a", { role: "user", text: "hello" })]);
  expect(find("captions").textContent).toBe("You: hello");
});
