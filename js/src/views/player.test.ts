import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { PlayerState, State } from "../messages";
import { turn } from "../testing/model";
import { openPage } from "../testing/page";
import { isShown } from "../testing/panel";

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  document.body.replaceChildren();
});

const STILL: PlayerState = {
  playing: false,
  speed: 1,
  position_ms: 0,
  duration_ms: 95_000,
  begun: false,
  course: 0,
  created_at: "2026-11-21T12:00:00+00:00",
};

function openPlayer(options: Parameters<typeof openPage>[0] = {}) {
  const page = openPage(options);
  const player = (patch: Partial<PlayerState> = {}, state: Partial<State> = {}) =>
    page.model.state({ owner: page.page, ...state, player: { ...STILL, ...patch } });
  player();
  const moves = () =>
    page.model
      .of("player.move")
      .map(({ move, steps, position_ms, speed }) => [move, steps ?? position_ms ?? speed]);
  return { ...page, player, moves };
}

const status = (el: Element) => el.querySelector(".rtw-status-words")!.textContent;

it("has a transport where others have a microphone", async () => {
  const { find, el, audio } = openPlayer();
  expect(isShown(find("player"))).toBe(true);
  for (const hidden of ["start", "end", "text", "mute", "mic-on", "settings", "sound", "set-up", "mic-limit"])
    expect([hidden, isShown(find(hidden))]).toEqual([hidden, false]);
  expect(isShown(find("inspector"))).toBe(true);
  expect(find("player-note").textContent).toBe("Saved conversation · 2026-11-21 · 1:35");
  expect(status(el)).toBe("Ready to play");
  expect(audio.streams).toHaveLength(0);
});

it("never offers to talk, not even before the kernel answers", () => {
  const { find } = openPage({ traits: { replays: true } });
  expect([isShown(find("player")), isShown(find("start")), isShown(find("text"))]).toEqual([
    true,
    false,
    false,
  ]);
  expect(find("player-note").textContent).toBe("Saved conversation");
});

it("is nowhere to be seen where people talk", () => {
  const { find, model } = openPage();
  model.state({ status: "connected", running: true });
  expect(isShown(find("player"))).toBe(false);
});

it("plays, pauses, steps, and changes its speed", async () => {
  const { find, moves, model, player } = openPlayer();
  find("play").click();
  expect(find("play").textContent).toBe("Pause");
  expect(model.of("player.sound.get")).toHaveLength(1);
  model.receive({ type: "player.sound", page: model.sent[0]!.page, part: 0, n_parts: 0, kind: "" });
  player({ playing: true, begun: true, course: 1 });
  expect(find("play").textContent).toBe("Pause");
  find("play").click();
  find("step-back").click();
  find("step-forward").click();
  const speed = find<HTMLSelectElement>("speed");
  speed.value = "2";
  speed.dispatchEvent(new Event("change"));
  expect(moves()).toEqual([
    ["play", 1],
    ["pause", undefined],
    ["step", -1],
    ["step", 1],
    ["speed", 2],
  ]);
  expect(document.body.textContent).toContain("No sound was kept.");
});

it("shows any speed that Python chose", () => {
  const { find, player, el } = openPlayer();
  const speed = find<HTMLSelectElement>("speed");
  player({ speed: 20, playing: true, begun: true });
  expect(speed.selectedOptions[0]!.textContent).toBe("20×");
  expect(el.textContent).toContain("Silent at this speed.");
  player({ speed: null });
  expect(speed.selectedOptions[0]!.textContent).toBe("max");
  player({ speed: 0.5 });
  expect([speed.options.length, speed.selectedOptions[0]!.textContent]).toEqual([5, "½×"]);
});

it("goes along the line by itself, and where it is told", async () => {
  const { find, moves, player } = openPlayer();
  const seek = find<HTMLInputElement>("seek");
  player({ playing: true, begun: true, position_ms: 10_000, speed: 2, course: 1 });
  await vi.advanceTimersByTimeAsync(2000);
  expect(find("position").textContent).toBe("0:14");
  expect(seek.getAttribute("aria-valuetext")).toBe("0:14 of 1:35");
  for (const [key, to_ms] of [
    ["ArrowRight", 19_000],
    ["ArrowLeft", 9_000],
    ["PageUp", 44_000],
  ] as const) {
    seek.dispatchEvent(new KeyboardEvent("keydown", { key, cancelable: true }));
    expect(Math.round((moves().at(-1)![1] as number) / 1000)).toBe(to_ms / 1000);
  }
  seek.value = "60000";
  seek.dispatchEvent(new Event("input"));
  expect(find("position").textContent).toBe("1:00");
  await vi.advanceTimersByTimeAsync(500);
  expect(find("position").textContent).toBe("1:00");
  seek.dispatchEvent(new Event("change"));
  expect(moves().at(-1)).toEqual(["seek", 60_000]);
});

it("takes the space bar on the line", () => {
  const { find, moves, player } = openPlayer();
  player({ playing: true, begun: true });
  find("seek").dispatchEvent(new KeyboardEvent("keydown", { key: " ", bubbles: true, cancelable: true }));
  find("play").dispatchEvent(new KeyboardEvent("keydown", { key: " ", bubbles: true, cancelable: true }));
  expect(moves()).toEqual([["pause", undefined]]);
});

it("draws who has the word, one path for each side", () => {
  const { el, model } = openPlayer();
  const marks = [
    [0, 9500, 0],
    [19_000, 38_000, 1],
    [12_000, 12_001, 3],
    [95_000, 95_000, 0],
  ];
  model.receive({ type: "player.score", page: model.sent[0]!.page, marks, step_ms: 50 }, [
    new ArrayBuffer(4),
  ]);
  const paths = [...el.querySelectorAll(".rtw-marks path")].map((path) => path.getAttribute("d"));
  expect(paths).toEqual([
    "M0.0 0h100.0v2h-100.0zM998.0 0h2.0v2h-2.0z",
    "M200.0 2h200.0v2h-200.0z",
    "",
    "M126.3 1h2.0v2h-2.0z",
  ]);
});

it("says what went on at each moment, and how it stands between", () => {
  const { el, player, model, find } = openPlayer();
  const at = (patch: Partial<PlayerState>, state: Partial<State> = {}) => {
    player({ begun: true, ...patch }, state);
    return status(el);
  };
  expect(at({ playing: true }, { listening: true })).toBe("Listening");
  expect(at({ playing: true }, { thinking: true })).toBe("Thinking");
  expect(at({ playing: true }, { speaking: true })).toBe("Speaking");
  expect(at({ playing: true })).toBe("Playing");
  expect(at({ position_ms: 500 })).toBe("Paused");
  expect(el.querySelector(".rtw-empty")!.textContent).toBe("Nothing was said yet.");
  expect(at({ position_ms: 95_000 })).toBe("At the end");
  model.turns([turn("a", { text: "Hello" })]);
  model.die();
  expect(status(el)).toBe("Kernel stopped");
  expect(find<HTMLButtonElement>("play").disabled).toBe(true);
});

it("has one button and the time in a slim bar", () => {
  const { el, find, moves, player } = openPlayer({ traits: { compact: true } });
  player({ begun: true, position_ms: 41_000 });
  expect(el.querySelector(".rtw-player-slim")!.textContent).toBe("0:41 / 1:35Play");
  expect(isShown(find("start"))).toBe(false);
  player({ begun: true, playing: true });
  find("play").click();
  expect(moves()).toEqual([["pause", undefined]]);
});
