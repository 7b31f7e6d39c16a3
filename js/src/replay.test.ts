import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Handlers, Link } from "./link";
import { INITIAL_STATE, type PageMessage, type PlayerState } from "./messages";
import { Replay, type SoundElement } from "./replay";
import { Scope } from "./scope";
import { Store } from "./store";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const STILL: PlayerState = {
  playing: false,
  speed: 1,
  position_ms: 0,
  duration_ms: 10_000,
  begun: false,
  course: 0,
  created_at: null,
};

class FakeSound {
  src = "";
  currentTime = 0;
  duration = 9;
  paused = true;
  playbackRate = 1;
  volume = 1;
  seeks = 0;
  refuses: Error | null = null;
  canPlayType = () => "probably" as const;

  play(): Promise<void> {
    if (this.refuses !== null) return Promise.reject(this.refuses);
    this.paused = false;
    return Promise.resolve();
  }

  pause(): void {
    this.paused = true;
  }
}

function setup() {
  const sent: PageMessage[] = [];
  let handlers: Partial<Handlers> = {};
  const link = {
    page: "me",
    handle: (more: Partial<Handlers>) => {
      handlers = { ...handlers, ...more };
    },
    send: (message: PageMessage) => sent.push(message) > 0,
  };
  const scope = new Scope();
  const clock = { now: 0 };
  const store = new Store(() => clock.now);
  const element = new FakeSound();
  const create = vi.fn(() => element as unknown as SoundElement);
  const replay = new Replay(link as unknown as Link, store, scope, () => clock.now, create);
  const say = (player: Partial<PlayerState>, owner: string | null = "me") =>
    store.applyState({ ...INITIAL_STATE, owner, player: { ...STILL, ...player } });
  const give = (n_parts = 2) => {
    for (let part = 0; part < Math.max(1, n_parts); part++) {
      const message = { type: "player.sound" as const, page: "me", part, n_parts, kind: "audio/ogg" };
      handlers["player.sound"]!(message, n_parts > 0 ? [new DataView(new ArrayBuffer(4))] : []);
    }
  };
  const score = (levels: number[]) =>
    handlers["player.score"]!({ type: "player.score", page: "me", marks: [[0, 50, 0]], step_ms: 50 }, [
      new Uint8Array(levels).buffer,
    ]);
  const pass = async (ms: number) => {
    clock.now += ms;
    await vi.advanceTimersByTimeAsync(ms);
  };
  const moves = () => sent.filter((message) => message.type === "player.move").map((message) => message.move);
  return { replay, store, element, create, say, give, score, pass, sent, moves, scope, clock };
}

it("works the position out between two changes of course", () => {
  const { replay, say, clock } = setup();
  expect(replay.position_ms).toBe(0);
  say({ playing: true, position_ms: 1000, speed: 2 });
  clock.now += 500;
  expect(replay.position_ms).toBe(2000);
  clock.now += 60_000;
  expect(replay.position_ms).toBe(10_000);
  say({ position_ms: 3000 });
  clock.now += 500;
  expect(replay.position_ms).toBe(3000);
  say({ playing: true, position_ms: 3000, speed: null });
  clock.now += 500;
  expect(replay.position_ms).toBe(3000);
});

it("fetches the sound on the first click, and then plays", async () => {
  const { replay, say, give, sent, moves, store, element } = setup();
  say({});
  replay.play();
  expect(sent).toEqual([{ type: "player.sound.get", packed: true }]);
  expect(store.local.replay).toBe("fetching");
  give();
  expect(moves()).toEqual(["play"]);
  expect(element.src).toMatch(/^blob:/);
  say({ playing: true, course: 1 });
  expect(element.paused).toBe(false);
  replay.pause();
  expect([element.paused, moves().at(-1)]).toEqual([true, "pause"]);
  say({ course: 2, position_ms: 700 });
  replay.play();
  expect(sent.filter(({ type }) => type === "player.sound.get")).toHaveLength(1);
  expect(moves().at(-1)).toBe("play");
});

it("plays without sound where none was kept, or none comes", async () => {
  const silent = setup();
  silent.say({});
  silent.replay.play();
  silent.give(0);
  expect([silent.moves(), silent.store.local.replay]).toEqual([["play"], "silent"]);

  const slow = setup();
  slow.say({});
  slow.replay.play();
  await slow.pass(9_000);
  expect(slow.moves()).toEqual([]);
  await slow.pass(2_000);
  expect(slow.moves()).toEqual(["play"]);
  slow.say({ playing: true, position_ms: 500, course: 1 });
  slow.give();
  expect([slow.element.paused, slow.element.currentTime]).toEqual([false, 0.5]);
});

it("a second click while the sound is fetched takes the first back", () => {
  const { replay, say, give, moves } = setup();
  say({});
  replay.toggle();
  replay.toggle();
  give();
  expect(moves()).toEqual(["pause"]);
});

it("keeps the sound in its place, and leaves small drifts alone", async () => {
  const { replay, say, give, element, pass } = setup();
  say({});
  replay.play();
  give();
  say({ playing: true, course: 1, position_ms: 2000, speed: 1.5 });
  expect([element.currentTime, element.playbackRate]).toEqual([2, 1.5]);
  await pass(1000);
  element.currentTime = 3.4;
  await pass(0);
  expect(element.currentTime).toBe(3.4);
  element.currentTime = 1;
  await pass(400);
  expect(element.currentTime).toBeCloseTo(4.1);
  say({ playing: true, course: 2, position_ms: 100 });
  expect(element.currentTime).toBe(0.1);
  say({ course: 3, position_ms: 100 });
  expect(element.paused).toBe(true);
});

it("is heard in the page that has the voice, at speeds at which speech is speech", () => {
  const { replay, say, give, element } = setup();
  say({});
  replay.play();
  give();
  const heard = (player: Partial<PlayerState>, owner?: string) => {
    say({ playing: true, ...player }, owner);
    return !element.paused;
  };
  expect(heard({ course: 1 })).toBe(true);
  expect(heard({ course: 1 }, "another")).toBe(false);
  expect(heard({ course: 2, speed: 8 })).toBe(false);
  expect(heard({ course: 3, speed: 4 })).toBe(true);
  expect(heard({ course: 4, speed: null })).toBe(false);
  expect(heard({ course: 5, position_ms: 9500 })).toBe(false);
});

it("joins in where Python pressed Play, and says so where the browser wants a click", async () => {
  const { replay, say, give, element, store, pass, create } = setup();
  say({});
  expect(create).not.toHaveBeenCalled();
  say({ playing: true, course: 1 });
  expect(store.local.replay).toBe("fetching");
  element.refuses = Object.assign(new Error("no"), { name: "NotAllowedError" });
  await pass(600);
  give();
  await pass(0);
  expect(store.local.replay).toBe("blocked");
  element.refuses = null;
  replay.unblock();
  expect([element.paused, element.currentTime]).toEqual([false, 0.6]);
});

it("goes on without sound where the page can't play it", async () => {
  const { replay, say, give, element, store, pass, moves } = setup();
  say({});
  replay.play();
  give();
  element.refuses = Object.assign(new Error("no"), { name: "NotSupportedError" });
  say({ playing: true, course: 1 });
  await pass(500);
  expect(store.local.replay).toBe("failed");
  replay.pause();
  say({ course: 2 });
  replay.play();
  expect(moves()).toEqual(["play", "pause", "play"]);
});

it("tells how loud each side is at this moment", () => {
  const { replay, say, score, clock } = setup();
  const heard = vi.fn();
  replay.onscore(heard);
  score([255, 0, 0, 51]);
  expect(heard).toHaveBeenCalledOnce();
  expect(replay.marks).toEqual([[0, 50, 0]]);
  expect(replay.level(0)).toBe(0);
  say({ playing: true });
  expect([replay.level(0), replay.level(1)]).toEqual([1, 0]);
  clock.now += 60;
  expect([replay.level(0), replay.level(1)]).toEqual([0, 0.2]);
  clock.now += 5000;
  expect(replay.level(1)).toBe(0);
});

it("stands still when its last view goes, if it was begun here", () => {
  const here = setup();
  here.say({});
  here.replay.play();
  here.give();
  here.say({ playing: true, course: 1 });
  here.replay.leave();
  expect([here.element.paused, here.moves()]).toEqual([true, ["play", "pause"]]);

  const elsewhere = setup();
  elsewhere.say({ playing: true, course: 1 });
  elsewhere.give();
  expect(elsewhere.element.paused).toBe(false);
  elsewhere.replay.leave();
  elsewhere.say({ playing: true, course: 2 });
  expect([elsewhere.element.paused, elsewhere.moves()]).toEqual([true, []]);
  elsewhere.replay.comeBack();
  expect(elsewhere.element.paused).toBe(false);
});

it("falls silent with its page, and where the kernel is gone", () => {
  const { replay, say, give, element, scope, store } = setup();
  say({});
  replay.play();
  give();
  say({ playing: true, course: 1 });
  store.setLocal({ kernel: "gone" });
  expect(element.paused).toBe(true);
  store.setLocal({ kernel: "alive" });
  expect(element.paused).toBe(false);
  scope.dispose();
  expect(element.paused).toBe(true);
});
