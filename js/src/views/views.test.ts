import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { State } from "../messages";
import { installAudio } from "../testing/audio";
import { FakeModel, turn } from "../testing/model";
import widget from "../widget";
import { brief, callArguments, clock, duration } from "./format";
import { parseLuminance } from "./theme";
import { splitHeard } from "./turn";

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  document.body.replaceChildren();
});

function panel(state: Partial<State> = {}) {
  installAudio();
  const model = new FakeModel();
  const definition = widget();
  const el = document.body.appendChild(document.createElement("div"));
  definition.initialize({ model });
  definition.render({ model, el });
  model.state({ status: "connected", running: true, ...state });
  const find = <T extends HTMLElement>(hook: string) => el.querySelector<T>(`[data-rtw=${hook}]`)!;
  const all = (hook: string) => [...el.querySelectorAll<HTMLElement>(`[data-rtw=${hook}]`)];
  return { model, el, find, all };
}

describe("transcript", () => {
  it("shows turns in order, moves them and takes them away", () => {
    const { model, all } = panel();
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
    const { model, all } = panel();
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
    const { model, find } = panel();
    const cut = { text: "one two", heard_text: "one", status: "interrupted" } as const;
    model.turns([turn("a", cut)]);
    expect(find("turn").querySelector(".rtw-about")).toBeNull();
    model.turns([turn("a", { ...cut, heard_estimated: true })]);
    expect(find("turn").querySelector(".rtw-about")!.getAttribute("aria-label")).toBe("about here");
    expect(find("turn").querySelector(".rtw-text")!.textContent).toBe("one two");
  });

  it("draws a line where the connection changed, and keeps it in its place", () => {
    const { model, find } = panel();
    const lines = () =>
      [...find("transcript").children].map((e) => e.getAttribute("data-id") ?? e.textContent);
    const [seam, earlier] = ["Connected anew", "Earlier conversation above"];
    const empty = "Say something, or type below.";
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
    const { model, find } = panel({ title: "<b>x</b>", suggestions: ["<i>y</i>"] });
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
    const { model, find } = panel();
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
    const { model, find } = panel();
    model.turns([turn("old", { text: "history" })], { reset: true });
    model.turns([turn("a", { role: "user", text: "hel", status: "in_progress" })]);
    expect(find("captions").textContent).toBe("");
    model.turns([turn("a", { role: "user", text: "hello" })]);
    model.turns([turn("a", { role: "user", text: "hello" })]);
    expect(find("captions").textContent).toBe("You: hello");
  });
});

describe("kinds of sessions", () => {
  const shown = (element: Element | null) => element !== null && element.closest("[hidden]") === null;

  it("offers nothing to write to and no answer where a person is only written down", () => {
    const { model, find, all, el } = panel({ kind: "transcription" });
    for (const hook of ["text", "settings", "interrupt"]) expect(shown(find(hook))).toBe(false);
    expect(shown(el.querySelector("[aria-label='Voice level']"))).toBe(false);
    expect(el.textContent).not.toContain("type below");
    model.turns([turn("a", { role: "user", text: "so the", status: "in_progress" })]);
    expect(all("turn")[0]!.textContent).toContain("so the");
    model.state({ kind: "translation", status: "connected", running: true });
    expect(shown(el.querySelector("[aria-label='Voice level']"))).toBe(true);
    expect(shown(find("text"))).toBe(false);
    expect(el.textContent).toContain("Translation");
    model.turns([turn("b", { text: "así", status: "in_progress" })]);
    expect(all("turn")[1]!.textContent).toContain("translating…");
    model.state({ kind: "realtime", status: "connected", running: true });
    for (const hook of ["text", "settings", "interrupt"]) expect(shown(find(hook))).toBe(true);
  });
});

describe("settings", () => {
  const settings = {
    voice: "marin",
    turn_detection: "semantic_vad",
    instructions: "Be brief.",
    output: "audio",
  } as const;
  const choices = {
    voices: [
      { id: "marin", label: "Marin" },
      { id: "cedar", label: "Cedar" },
    ],
    turn_detection: [],
  };

  it("sends a choice and shows what is when the kernel does not follow", async () => {
    const { model, find } = panel({ settings, choices });
    const voice = find<HTMLSelectElement>("voice");
    expect(voice.value).toBe("marin");
    voice.value = "cedar";
    voice.dispatchEvent(new Event("change"));
    expect(model.of("settings")).toMatchObject([{ voice: "cedar" }]);
    model.state({ status: "connected", settings, choices });
    expect(voice.value).toBe("cedar");
    await vi.advanceTimersByTimeAsync(3000);
    expect(voice.value).toBe("marin");
  });

  it("gives the reason of a lock to eyes and ears", () => {
    const reason = "The voice cannot change once it has spoken.";
    const { el, find } = panel({
      settings,
      choices,
      locks: { voice: reason, turn_detection: null, instructions: null },
    });
    const voice = find<HTMLSelectElement>("voice");
    expect(voice.disabled).toBe(true);
    expect(el.querySelector(`#${voice.getAttribute("aria-describedby")}`)!.textContent).toBe(reason);
    expect(find<HTMLSelectElement>("turn-detection").disabled).toBe(false);
  });

  it("applies instructions on change and does not overwrite them while they are edited", () => {
    const { model, find } = panel({ settings, choices });
    const area = find<HTMLTextAreaElement>("instructions");
    area.focus();
    area.value = "Be verbose.";
    model.state({ status: "connected", settings: { ...settings, instructions: "Be quick." }, choices });
    expect(area.value).toBe("Be verbose.");
    area.dispatchEvent(new Event("change"));
    expect(model.of("settings")).toMatchObject([{ instructions: "Be verbose." }]);
  });

  it("labels every control", () => {
    const { el } = panel({ settings, choices });
    for (const control of el.querySelectorAll("select, textarea")) {
      expect(el.querySelector(`label[for="${control.id}"]`)?.textContent).toBeTruthy();
    }
    for (const button of el.querySelectorAll("button")) {
      expect(button.textContent || button.getAttribute("aria-label")).toBeTruthy();
    }
  });
});

it("says every status in words and in its own shape", () => {
  const { model, find } = panel();
  const seen = new Set<string>();
  const states: Partial<State>[] = [
    { status: "disconnected" },
    { status: "connecting" },
    { status: "connected", listening: true },
    { status: "connected", thinking: true },
    { status: "connected", speaking: true },
    { status: "connected" },
    { status: "reconnecting" },
    { status: "error" },
  ];
  for (const state of states) {
    model.state(state);
    const words = find("status").querySelector(".rtw-status-words")!.textContent;
    seen.add(`${words}|${find("status").querySelector("path")!.getAttribute("d")}`);
    expect(words).not.toBe("");
  }
  expect(seen.size).toBe(states.length);
});

it("tells what mends itself without alarm", () => {
  const { model, find } = panel();
  const error = { code: "connection_lost", message: "It ended.", remedy: "It is made again.", fatal: false };
  model.state({ status: "reconnecting", running: true, error });
  expect(find("error").className).toContain("rtw-wait");
  expect(find("error").getAttribute("role")).toBe("status");
  model.state({ status: "error", error: { ...error, fatal: true } });
  expect(find("error").className).toContain("rtw-error");
  expect(find("error").getAttribute("role")).toBe("alert");
});

it("lets one hold to talk while the connection is made again", () => {
  const settings = { voice: "", turn_detection: "none", instructions: "", output: "audio" } as const;
  const { model, find } = panel({ settings });
  model.state({ status: "reconnecting", running: true, settings });
  expect(find("ptt").textContent).toBe("Microphone is off");
});

it("dismisses an error that is not fatal, and shows the next one", () => {
  const { model, find } = panel();
  const error = { code: "a", message: "A tool failed.", remedy: "Look at it.", fatal: false };
  model.state({ status: "connected", error });
  find("error").querySelector<HTMLElement>("[data-dismiss]")!.click();
  expect(find("error")).toBeNull();
  model.state({ status: "connected", error: { ...error, message: "Another." } });
  expect(find("error").textContent).toContain("Another.");
  model.state({ status: "error", error: { ...error, fatal: true } });
  expect(find("error").querySelector("[data-dismiss]")).toBeNull();
});

it("formats times and calls", () => {
  expect([0, 59_999, 75_000, 3_723_000].map(clock)).toEqual(["0:00", "0:59", "1:15", "1:02:03"]);
  expect([0.2, 12.4, 1834].map(duration)).toEqual(["<1 ms", "12 ms", "1.8 s"]);
  expect(callArguments('{"a":1,"b":"x"}')).toBe('a=1, b="x"');
  expect(callArguments('{"a":')).toBe('{"a":');
  expect(brief("one\ntwo")).toBe("one…");
});

it("shows calls where they were made: above the answer made from them, or below the words that announced them", () => {
  const call = { call_id: "1", name: "rows", arguments: "{}", output: null, error: null } as const;
  const made = { ...call, status: "running" as const, duration_ms: null, version: 1 };
  const { model, all } = panel();
  const calls = [
    { ...made, leads: true },
    { ...made, call_id: "2", name: "later", leads: false },
  ];
  model.turns([turn("a", { text: "Words", calls })]);
  const text = all("turn")[0]!.textContent!;
  expect(text.indexOf("rows")).toBeLessThan(text.indexOf("Words"));
  expect(text.indexOf("later")).toBeGreaterThan(text.indexOf("Words"));
});

it("splits an interrupted answer where it was heard to", () => {
  expect(splitHeard(turn("a", { text: "one two", heard_text: "one" }))).toEqual(["one ", "two"]);
  expect(splitHeard(turn("a", { text: "one two", heard_text: "" }))).toEqual(["", "one two"]);
  expect(splitHeard(turn("a", { text: "one two", heard_text: "other" }))).toEqual(["other", ""]);
  expect(splitHeard(turn("a", { text: "one two" }))).toEqual(["one two", ""]);
});

it("reads the luminance of a page", () => {
  expect(parseLuminance("rgb(255, 255, 255)")).toBeCloseTo(1);
  expect(parseLuminance("rgb(0 0 0 / 0.9)")).toBe(0);
  expect(parseLuminance("rgba(0, 0, 0, 0)")).toBeNull();
  expect(parseLuminance("oklch(0.5 0 0)")).toBeNull();
});
