/** Talking through the page: speech, push-to-talk, voice, typed text. */

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { turn } from "./testing/model";
import { openPage } from "./testing/page";

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  document.body.replaceChildren();
});

describe("speech", () => {
  it("sends chunks only while connected and unmuted", async () => {
    const { model, find, settle, connect, chunk, tracks } = openPage();
    find("start").click();
    await settle();
    chunk(0);
    expect(model.of("audio")).toEqual([]);
    await connect();
    chunk(960);
    find("mute").click();
    chunk(1920);
    expect(tracks()[0]!.enabled).toBe(false);
    find("mute").click();
    chunk(2880);
    expect(model.of("audio").map((message) => [message.seq, message.first_sample])).toEqual([
      [0, 960],
      [1, 2880],
    ]);
    expect(model.of("mute").map((message) => message.muted)).toEqual([true, false]);
    expect(tracks()[0]!.enabled).toBe(true);
  });

  it("goes on sending between two connections, since the kernel keeps what is said", async () => {
    const { model, connect, chunk } = openPage();
    await connect();
    model.state({ status: "reconnecting" });
    chunk(960);
    model.state({ status: "error" });
    chunk(1920);
    expect(model.of("audio").map((message) => message.first_sample)).toEqual([960]);
  });

  it("follows a mute from Python", async () => {
    const { model, connect, tracks, find } = openPage();
    await connect();
    model.state({ status: "connected", muted: true });
    expect(tracks()[0]!.enabled).toBe(false);
    expect(find("status").textContent).toContain("muted");
  });

  it("holds to talk: pre-roll, live chunks, tail, one release", async () => {
    const { model, connect, chunk, find, audio, voice } = openPage();
    await connect({ settings: { voice: "", turn_detection: "none", instructions: "", output: "audio" } });
    for (let i = 0; i < 20; i++) chunk(i * 960);
    expect(model.of("audio")).toEqual([]);
    voice("a");
    find("ptt").dispatchEvent(new MouseEvent("pointerdown", { button: 0, bubbles: true }));
    expect(audio.playback().posted.at(-1)!.kind).toBe("clear");
    chunk(20 * 960);
    await vi.advanceTimersByTimeAsync(250);
    for (const type of ["pointerup", "lostpointercapture", "blur"])
      find("ptt").dispatchEvent(new Event(type));
    chunk(21 * 960);
    await vi.advanceTimersByTimeAsync(155);
    const flush = audio.capture().posted.findLast((message) => message.kind === "flush")!;
    audio.capture().say({ kind: "flushed", id: flush.id });
    await vi.advanceTimersByTimeAsync(10);
    chunk(22 * 960);
    const log = model.of("ptt", "audio").map((message) => message.phase ?? message.first_sample);
    expect(log[0]).toBe("press");
    expect(log.at(-1)).toBe("release");
    expect(log.slice(1, -1)).toEqual(
      Array.from({ length: log.length - 2 }, (_, i) => (14 - (log.length - 2 - 8) + i) * 960),
    );
    expect(log.slice(1, -1).at(-1)).toBe(21 * 960);
  });

  it("holds by key, ignores repeats, discards on Escape", async () => {
    const { model, connect, find } = openPage();
    await connect({ settings: { voice: "", turn_detection: "none", instructions: "", output: "audio" } });
    const key = (type: string, name: string, repeat = false) =>
      find("ptt").dispatchEvent(
        new KeyboardEvent(type, { key: name, repeat, bubbles: true, cancelable: true }),
      );
    key("keydown", " ");
    key("keydown", " ", true);
    await vi.advanceTimersByTimeAsync(250);
    key("keyup", " ");
    await vi.advanceTimersByTimeAsync(400);
    key("keydown", "Enter");
    key("keydown", "Escape");
    key("keyup", "Enter");
    await vi.advanceTimersByTimeAsync(400);
    expect(model.of("ptt").map((message) => [message.ptt_id, message.phase])).toEqual([
      [1, "press"],
      [1, "release"],
      [2, "press"],
      [2, "cancel"],
    ]);
  });

  it("says when the device goes away", async () => {
    const { model, connect, tracks, find } = openPage();
    await connect();
    tracks()[0]!.onended?.();
    expect(model.of("mic")).toMatchObject([{ state: "lost" }]);
    expect(find("mic-error").textContent).toContain("went away");
  });
});

describe("voice", () => {
  it("interrupts in the page first, then tells the kernel", async () => {
    const { model, connect, find, voice, audio } = openPage();
    await connect();
    expect(find<HTMLButtonElement>("interrupt").disabled).toBe(true);
    voice("a");
    expect(find<HTMLButtonElement>("interrupt").disabled).toBe(false);
    find("interrupt").click();
    expect(audio.playback().posted.at(-1)!.kind).toBe("clear");
    expect(model.of("interrupt").length).toBe(1);
  });

  it("leaves audio for another page alone", async () => {
    const { model, connect, audio } = openPage();
    await connect();
    model.receive({ type: "audio", page: "other", item_id: "a", content_index: 0, seq: 0 }, [
      new ArrayBuffer(2),
    ]);
    expect(audio.playback().posted).toEqual([]);
  });

  it("leaves a clear to the page that owns the voice", async () => {
    const { model } = openPage();
    model.state({ status: "connected", owner: "other" });
    model.receive({ type: "audio.clear", clear_id: 1 });
    expect(model.of("played")).toEqual([]);
    model.state({ status: "connected", owner: null });
    model.receive({ type: "audio.clear", clear_id: 2 });
    expect(model.of("played")).toMatchObject([{ clear_id: 2, items: [] }]);
  });
});

describe("typing", () => {
  const type = (find: ReturnType<typeof openPage>["find"], text: string) => {
    const box = find<HTMLTextAreaElement>("text");
    box.value = text;
    box.dispatchEvent(new Event("input", { bubbles: true }));
    box.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true }));
    return box;
  };

  it("sends on Enter, and interrupts a voice that speaks", async () => {
    const { model, connect, find, voice } = openPage();
    await connect();
    voice("a");
    const box = type(find, " hello ");
    expect(box.value).toBe("");
    expect(model.of("interrupt", "text").map((message) => message.text ?? message.type)).toEqual([
      "interrupt",
      "hello",
    ]);
  });

  it("starts a session without a microphone and sends once connected", async () => {
    const { model, find, settle, audio } = openPage();
    type(find, "hello");
    await settle();
    expect(model.of("start")).toMatchObject([{ mic: "none" }]);
    expect(audio.streams).toEqual([]);
    model.state({ status: "connecting" });
    expect(model.of("text")).toEqual([]);
    model.state({ status: "connected" });
    model.state({ status: "connected" });
    expect(model.of("text").map((message) => message.text)).toEqual(["hello"]);
  });

  it("puts the text back when the session fails", async () => {
    const { model, find, settle } = openPage();
    const box = type(find, "hello");
    await settle();
    model.state({ status: "connecting" });
    model.state({
      status: "error",
      error: { code: "x", message: "No key.", remedy: "Set one.", fatal: true },
    });
    expect(box.value).toBe("hello");
    expect(find("error").textContent).toContain("No key.Set one.");
  });

  it("starts again after an error, though the old one is told once more meanwhile", async () => {
    const { model, find, settle, page, tracks } = openPage();
    const error = { code: "x", message: "Nobody there.", remedy: "Start it.", fatal: true };
    model.state({ status: "error", error });
    find("start").click();
    await settle();
    const box = type(find, "hello");
    model.state({ status: "error", error, owner: page });
    expect([box.value, tracks()[0]!.readyState]).toEqual(["", "live"]);
    model.state({ status: "connected", running: true, owner: page });
    expect(model.of("text").map((message) => message.text)).toEqual(["hello"]);
  });

  it("puts the text back when a start is refused", async () => {
    const { model, find, settle, page } = openPage();
    model.state({ status: "error" });
    const box = type(find, "hello");
    await settle();
    model.receive({ type: "start.failed", page });
    expect(box.value).toBe("hello");
  });

  it("shows what waits for a connection, until it stands in the conversation", async () => {
    const { model, connect, find, el } = openPage();
    const waiting = () => [...el.querySelectorAll("[data-rtw=waiting] .rtw-text")].map((p) => p.textContent);
    await connect();
    model.state({ status: "reconnecting", running: true });
    const box = type(find, "hello");
    expect([box.placeholder, box.value]).toEqual(["Type a message", ""]);
    expect(waiting()).toEqual(["hello"]);
    model.turns([turn("a", { role: "user", text: "hello" })]);
    expect(waiting()).toEqual(["hello"]); // the same words from before: these aren't sent yet
    model.state({ status: "connected", running: true });
    expect(model.of("text").map((message) => message.text)).toEqual(["hello"]);
    expect(waiting()).toEqual(["hello"]);
    model.turns([turn("b", { role: "user", text: "hello" })]);
    expect(waiting()).toEqual([]);
  });

  it("takes back what waits when there will be no connection", async () => {
    const { model, connect, find, el } = openPage();
    await connect();
    model.state({ status: "reconnecting", running: true });
    const box = type(find, "hello");
    model.state({ status: "error" });
    expect(box.value).toBe("hello");
    expect(el.querySelector("[data-rtw=waiting]")).toBeNull();
    expect(model.of("text")).toEqual([]);
  });

  it("sends a suggestion as text", async () => {
    const { model, connect, find } = openPage();
    await connect({ suggestions: ["what can you do"] });
    find("suggestion").click();
    expect(model.of("text").map((message) => message.text)).toEqual(["what can you do"]);
  });
});
