import { afterEach, expect, it, vi } from "vitest";
import { pageNow } from "./clock";
import { type Handlers, Link } from "./link";
import { Scope } from "./scope";
import { FakeModel } from "./testing/model";

function setup() {
  vi.useFakeTimers();
  const model = new FakeModel();
  const scope = new Scope();
  const link = new Link(model, "page-1", scope, () => 1234);
  model.sent = [];
  model.buffers = [];
  const handlers = {
    state: vi.fn(),
    turns: vi.fn(),
    audio: vi.fn(),
    "audio.end": vi.fn(),
    "audio.clear": vi.fn(),
    mic: vi.fn(),
    "start.failed": vi.fn(),
  } satisfies Partial<Handlers>;
  link.handle(handlers);
  return { model, scope, link, handlers };
}

afterEach(() => vi.useRealTimers());

it("adds the page to every message and sends PCM beside it", () => {
  const { model, link } = setup();
  const pcm = new ArrayBuffer(4);
  expect(link.send({ type: "audio", seq: 0, first_sample: 0, captured_ms: 1 }, pcm)).toBe(true);
  expect(model.sent[0]).toMatchObject({ type: "audio", seq: 0, page: "page-1" });
  expect(model.buffers[0]).toEqual([pcm]);
});

it("dispatches by type, with the buffers", () => {
  const { model, handlers } = setup();
  const buffer = new DataView(new ArrayBuffer(2));
  model.receive({ type: "audio", page: "page-1", item_id: "a", content_index: 0, seq: 0 }, [buffer]);
  model.receive({ type: "audio.clear", clear_id: 3 });
  expect(handlers.audio.mock.calls[0]![1]).toEqual([buffer]);
  expect(handlers["audio.clear"]).toHaveBeenCalledOnce();
});

it("ignores messages for another page, and still counts them as a sign of life", () => {
  const { model, link, handlers } = setup();
  expect(link.heard_at).toBeNull();
  model.receive({ type: "mic", page: "page-2", action: "release" });
  expect(handlers.mic).not.toHaveBeenCalled();
  expect(link.heard_at).toBe(1234);
});

it("takes unknown and malformed messages in silence", () => {
  const { model, handlers } = setup();
  for (const message of [{ type: "future.thing" }, null, "text", 7, {}]) model.receive(message);
  for (const handler of Object.values(handlers)) expect(handler).not.toHaveBeenCalled();
});

it("survives a dead comm and says so once", () => {
  const { model, link } = setup();
  const listener = vi.fn();
  link.onDead(listener);
  model.dead = true;
  expect(link.send({ type: "stop" })).toBe(false);
  expect(link.send({ type: "stop" })).toBe(false);
  expect(listener.mock.calls).toEqual([[true]]);
  model.receive({ type: "turns", reset: false, order: null, turns: [], removed: [] });
  expect(listener.mock.calls).toEqual([[true], [false]]);
});

it("finds out at a kernel restart that the comm is dead", () => {
  const { model, link } = setup();
  model.die();
  expect(link.isDead).toBe(true);
});

it("takes the kernel's word that it ends", () => {
  const { model, link } = setup();
  model.receive({ type: "gone" });
  expect(link.isDead).toBe(true);
  link.send({ type: "beat" });
  expect(link.isDead).toBe(true);
  model.receive({ type: "turns", reset: false, order: null, turns: [], removed: [] });
  expect(link.isDead).toBe(false);
});

it("gives a ping back, with what its own clock says", () => {
  const { model } = setup();
  const before = pageNow();
  model.receive({ type: "ping", page: "page-1", sent_ms: 12.5 });
  const beat = model.sent.find(({ type }) => type === "beat") as unknown as {
    ping_ms: number;
    received_ms: number;
    answered_ms: number;
    skew_ms: number;
  };
  expect(beat.ping_ms).toBe(12.5);
  expect(beat.received_ms).toBeGreaterThanOrEqual(before);
  expect(beat.answered_ms).toBeGreaterThanOrEqual(beat.received_ms);
  expect(pageNow()).toBeGreaterThanOrEqual(beat.answered_ms);
  expect(Math.abs(beat.received_ms + beat.skew_ms - Date.now())).toBeLessThan(1000);
});

it("leaves no listener behind", () => {
  const { model, scope } = setup();
  expect(model.listenerCount).toBe(2);
  scope.dispose();
  expect(model.listenerCount).toBe(0);
});

it("sends again what a running cell may hold up, when a way is found that it doesn't", async () => {
  const { model, link } = setup();
  link.send({ type: "start", mic: "open", detail: null });
  const controlled: unknown[] = [];
  model.widget_manager = {
    kernel: {
      sendControlMessage: ({ content }: { content: { data: { content: { type: string } } } }) => {
        const sent = content.data.content;
        controlled.push(sent);
        if (sent.type === "route.probe") {
          const { probe_id } = sent as unknown as { probe_id: number };
          model.receive({ type: "route", page: "page-1", probe_id, via: "control", handled: "control" });
        }
      },
    },
  };
  await vi.advanceTimersByTimeAsync(800);
  link.send({ type: "stop" });
  expect(controlled).toMatchObject([
    { type: "route.probe" },
    { type: "start", n: 0 },
    { type: "stop", n: 1 },
  ]);
});

it("sends nothing twice where messages end on the main thread anyway", async () => {
  const { model, link } = setup();
  link.send({ type: "start", mic: "open", detail: null });
  model.receive({ type: "route", page: "page-1", probe_id: 0, via: "comm", handled: "main" });
  model.receive({ type: "route", page: "page-1", probe_id: 1, via: "comm", handled: "main" });
  await vi.advanceTimersByTimeAsync(20_000);
  expect(model.sent.filter(({ type }) => type === "start")).toHaveLength(1);
});
