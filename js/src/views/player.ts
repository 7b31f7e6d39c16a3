/** The transport of a saved conversation: play and pause, steps, speed, and a line to go anywhere along. */

import type { Controller } from "../controller";
import type { Mark, PlayerState } from "../messages";
import type { Scope } from "../scope";
import type { Store } from "../store";
import { h, setAttribute, setText, show, uniqueId } from "./dom";
import { clock } from "./format";
import { type IconName, icon, setIcon } from "./icons";

const FRAME_MS = 200;
/** While the line is dragged, the conversation follows this often. */
const DRAG_MS = 150;
const ARROW_MS = 5_000;
const PAGE_MS = 30_000;
const SPEEDS: readonly (readonly [speed: number, label: string])[] = [
  [0.5, "½×"],
  [1, "1×"],
  [1.5, "1½×"],
  [2, "2×"],
  [4, "4×"],
];
const FASTEST_WITH_SOUND = 4;
const WIDTH = 1000;
const LANES = ["user", "assistant", "system", "tool"] as const;

export function mountPlayer(controller: Controller, scope: Scope): HTMLElement {
  const { replay, store } = controller;
  const line = mountLine(controller, scope);
  const root = h(
    "section",
    { class: "rtw-player", "data-rtw": "player", "aria-label": "Player" },
    h(
      "div",
      { class: "rtw-player-buttons" },
      stepButton("step-back", "stepBack", "Step back", () => replay.step(-1), scope),
      mountPlay(controller, scope),
      stepButton("step-forward", "stepForward", "Step forward", () => replay.step(1), scope),
    ),
    line,
    mountSpeed(controller, scope),
    mountNote(controller, scope),
  );
  scope.listen<KeyboardEvent>(root, "keydown", (event) => {
    // Buttons and lists take the space bar for themselves.
    if (event.key !== " " || (event.target as Element).closest("button, select") !== null) return;
    event.preventDefault();
    replay.toggle();
  });
  const update = () => show(root, store.replays);
  scope.add(store.subscribe((change) => change.kind === "state" && update()));
  update();
  return root;
}

/** The one button that a slim bar has, and the time. */
export function mountPlayerButton(controller: Controller, scope: Scope): HTMLElement {
  const { replay, store } = controller;
  const time = h("span", { class: "rtw-player-time" });
  const root = h("span", { class: "rtw-player-slim" }, time, mountPlay(controller, scope));
  const update = () => {
    show(root, store.replays);
    const { player } = store.state;
    if (player) setText(time, `${clock(replay.position_ms)} / ${clock(player.duration_ms)}`);
  };
  scope.add(store.subscribe((change) => change.kind !== "turns" && update()));
  scope.interval(() => replay.playing && update(), FRAME_MS);
  update();
  return root;
}

function mountPlay({ replay, store }: Controller, scope: Scope): HTMLElement {
  const drawing = icon("play");
  const words = h("span", {});
  const play = h(
    "button",
    { type: "button", class: "rtw-button rtw-primary rtw-play", "data-rtw": "play" },
    drawing,
    words,
  );
  scope.listen(play, "click", () => replay.toggle());
  const update = () => {
    const going = replay.playing || store.local.replay === "fetching";
    setIcon(drawing, going ? "pause" : "play");
    setText(words, going ? "Pause" : "Play");
    play.disabled = store.status === "dead";
  };
  scope.add(store.subscribe((change) => change.kind !== "turns" && update()));
  update();
  return play;
}

function stepButton(
  hook: string,
  name: IconName,
  label: string,
  step: () => void,
  scope: Scope,
): HTMLElement {
  const title = `${label}: to where a turn or a call begins or ends`;
  const button = h(
    "button",
    { type: "button", class: "rtw-button rtw-step", "data-rtw": hook, "aria-label": label, title },
    icon(name),
  );
  scope.listen(button, "click", step);
  return button;
}

/** The line: how far it is, who has the word when, and a handle to go somewhere else. */
function mountLine(controller: Controller, scope: Scope): HTMLElement {
  const { replay, store } = controller;
  const drawing = createMarks();
  const slider = h("input", {
    type: "range",
    class: "rtw-seek",
    "data-rtw": "seek",
    "aria-label": "Position",
    min: 0,
    step: 1,
  });
  const now = h("span", { class: "rtw-player-time", "data-rtw": "position" });
  const end = h("span", { class: "rtw-player-time" });
  let dragging = false;
  let sent_at = 0;
  const draw = () => {
    const { player } = store.state;
    if (player === null) return;
    const at_ms = dragging ? Number(slider.value) : replay.position_ms;
    if (!dragging) slider.value = String(Math.round(at_ms));
    setText(now, clock(at_ms));
    setAttribute(slider, "aria-valuetext", `${clock(at_ms)} of ${clock(player.duration_ms)}`);
  };
  const update = () => {
    const { player } = store.state;
    if (player === null) return;
    setAttribute(slider, "max", Math.max(1, Math.round(player.duration_ms)));
    slider.disabled = store.status === "dead";
    setText(end, clock(player.duration_ms));
    draw();
  };
  const seek = (at_ms: number) => {
    sent_at = performance.now();
    replay.seek(at_ms);
  };
  scope.listen(slider, "input", () => {
    dragging = true;
    draw();
    if (performance.now() - sent_at > DRAG_MS) seek(Number(slider.value));
  });
  scope.listen(slider, "change", () => {
    seek(Number(slider.value));
    dragging = false;
  });
  scope.listen<KeyboardEvent>(slider, "keydown", (event) => {
    const by_ms = keyStep(event.key);
    if (by_ms === null) return;
    event.preventDefault();
    seek(replay.position_ms + by_ms);
  });
  const redraw = () => drawMarks(drawing, replay.marks, store.state.player);
  scope.add(replay.onscore(redraw));
  scope.add(store.subscribe((change) => change.kind === "state" && update()));
  scope.interval(() => replay.playing && draw(), FRAME_MS);
  redraw();
  update();
  return h(
    "div",
    { class: "rtw-player-line" },
    now,
    h("div", { class: "rtw-seek-box" }, drawing, slider),
    end,
  );
}

function keyStep(key: string): number | null {
  const steps: Record<string, number> = {
    ArrowLeft: -ARROW_MS,
    ArrowDown: -ARROW_MS,
    ArrowRight: ARROW_MS,
    ArrowUp: ARROW_MS,
    PageDown: -PAGE_MS,
    PageUp: PAGE_MS,
  };
  return steps[key] ?? null;
}

function mountSpeed({ replay, store }: Controller, scope: Scope): HTMLElement {
  const id = uniqueId("speed");
  const select = h("select", { id, class: "rtw-input", "data-rtw": "speed" });
  let offered = "";
  const update = () => {
    const { player } = store.state;
    if (player === null) return;
    const speeds = offeredSpeeds(player.speed);
    const key = JSON.stringify(speeds);
    if (key !== offered) {
      offered = key;
      select.replaceChildren(...speeds.map(([speed, label]) => h("option", { value: String(speed) }, label)));
    }
    select.value = String(player.speed);
  };
  scope.listen(select, "change", () => replay.setSpeed(Number(select.value)));
  scope.add(store.subscribe((change) => change.kind === "state" && update()));
  update();
  const label = h("label", { for: id, class: "rtw-hidden" }, "Speed");
  return h("div", { class: "rtw-speed" }, label, select);
}

/** The usual speeds, and the one that is played at, which Python may have chosen. */
function offeredSpeeds(speed: number | null): (readonly [number | null, string])[] {
  if (speed === null) return [...SPEEDS, [null, "max"]];
  if (SPEEDS.some(([known]) => known === speed)) return [...SPEEDS];
  return [...SPEEDS, [speed, `${Number(speed.toPrecision(3))}×`] as const].sort(
    (one, other) => one[0] - other[0],
  );
}

/** What it is that is played, and what there is to say of its sound. */
function mountNote({ replay, store }: Controller, scope: Scope): HTMLElement {
  const about = h("span", { "data-rtw": "player-note" });
  const sound = h("span", { role: "status" });
  const unblock = h(
    "button",
    { type: "button", class: "rtw-button", "data-rtw": "player-sound-on" },
    icon("sound"),
    h("span", {}, "Turn on sound"),
  );
  scope.listen(unblock, "click", () => replay.unblock());
  const update = () => {
    const { player } = store.state;
    if (player === null) return;
    setText(about, aboutWords(player));
    setText(sound, soundWords(store, player));
    show(unblock, store.local.replay === "blocked");
  };
  scope.add(store.subscribe((change) => change.kind !== "turns" && update()));
  update();
  return h("p", { class: "rtw-player-note" }, about, sound, unblock);
}

function aboutWords({ created_at, duration_ms }: PlayerState): string {
  const date = created_at === null ? null : new Date(created_at);
  const day = date === null || Number.isNaN(date.getTime()) ? [] : [isoDay(date)];
  const length = duration_ms > 0 ? [clock(duration_ms)] : [];
  return ["Saved conversation", ...day, ...length].join(" · ");
}

function isoDay(date: Date): string {
  const [month, day] = [date.getMonth() + 1, date.getDate()].map((part) => String(part).padStart(2, "0"));
  return `${date.getFullYear()}-${month}-${day}`;
}

function soundWords(store: Store, player: PlayerState): string {
  if (store.local.replay === "fetching") return "Fetching the sound…";
  if (store.local.replay === "silent") return "No sound was kept.";
  if (store.local.replay === "failed") return "This page can't play the sound.";
  if (player.playing && (player.speed ?? Number.POSITIVE_INFINITY) > FASTEST_WITH_SOUND)
    return "Silent at this speed.";
  return "";
}

const NAMESPACE = "http://www.w3.org/2000/svg";

function createMarks(): SVGSVGElement {
  const svg = document.createElementNS(NAMESPACE, "svg");
  svg.setAttribute("class", "rtw-marks");
  svg.setAttribute("viewBox", `0 0 ${WIDTH} ${LANES.length}`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  for (const lane of LANES) {
    const path = document.createElementNS(NAMESPACE, "path");
    path.setAttribute("class", `rtw-mark-${lane}`);
    svg.append(path);
  }
  return svg;
}

/** One path for each side, however many turns there are: the user above, the assistant below, tools between. */
function drawMarks(svg: SVGSVGElement, marks: readonly Mark[], player: PlayerState | null): void {
  const scale = WIDTH / Math.max(1, player?.duration_ms ?? 1);
  LANES.forEach((_, side) => {
    const y = [0, 2, 0, 1][side]!;
    const boxes = marks
      .filter((mark) => mark[2] === side)
      .map(([begin, end]) => {
        const width = Math.max((end - begin) * scale, 2);
        return `M${Math.min(begin * scale, WIDTH - width).toFixed(1)} ${y}h${width.toFixed(1)}v2h-${width.toFixed(1)}z`;
      });
    svg.children[side]!.setAttribute("d", boxes.join(""));
  });
}
