/** The whole page: entry, controller and panel, with a scripted kernel and stand-in audio. */

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FakeStream, installAudio } from "./testing/audio";
import { FakeModel, turn } from "./testing/model";
import widget from "./widget";

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  document.body.replaceChildren();
});

function setup(options: Parameters<typeof installAudio>[0] = {}) {
  const audio = installAudio(options);
  const model = new FakeModel();
  const definition = widget();
  const dispose = definition.initialize({ model });
  const mount = () => {
    const el = document.body.appendChild(document.createElement("div"));
    const unmount = definition.render({ model, el });
    return { el, unmount };
  };
  const { el, unmount } = mount();
  const find = <T extends HTMLElement>(hook: string, root: ParentNode = el) =>
    root.querySelector<T>(`[data-rtw=${hook}]`)!;
  const settle = () => vi.advanceTimersByTimeAsync(20);
  const page = model.sent[0]!.page as string;
  const connect = async (patch = {}) => {
    find("start").click();
    await settle();
    model.state({ status: "connected", running: true, owner: page, ...patch });
    await settle();
  };
  const chunk = (first_sample: number) =>
    audio.capture().say({
      kind: "chunk",
      buffer: new ArrayBuffer(9600),
      length: 960,
      first_sample,
      peak: 0.3,
      rms: 0.1,
      time: 0,
    });
  const voice = (item_id: string, seq = 0) =>
    model.receive({ type: "audio", page, item_id, content_index: 0, seq }, [
      new DataView(new ArrayBuffer(4800)),
    ]);
  const tracks = () => audio.streams.flatMap((stream) => stream.tracks);
  return { audio, model, dispose, mount, unmount, el, find, settle, page, connect, chunk, voice, tracks };
}

describe("start and end", () => {
  it("announces itself and touches no microphone on display", async () => {
    const { model, audio, settle } = setup();
    await settle();
    expect(model.of("page.ready")[0]).toMatchObject({ secure: true, has_microphone: true });
    expect(audio.streams).toEqual([]);
    expect(audio.contexts).toEqual([]);
  });

  it("opens the microphone in the click, then starts", async () => {
    const { model, find, settle, el } = setup();
    find("start").click();
    expect(el.querySelector(".rtw")!.getAttribute("data-status")).toBe("connecting");
    await settle();
    expect(model.of("start")).toMatchObject([{ mic: "open", detail: null }]);
    find("start").click();
    await settle();
    expect(model.of("start").length).toBe(1);
  });

  it("starts without a microphone and says why and what to do", async () => {
    const error = Object.assign(new Error("Permission denied"), { name: "NotAllowedError" });
    const { model, find, settle } = setup({ microphone: () => Promise.reject(error) });
    find("start").click();
    await settle();
    expect(model.of("start")).toMatchObject([{ mic: "denied", detail: "permission_denied" }]);
    expect(find("mic-error").textContent).toContain("Allow the microphone");
    find("mic-error").querySelector<HTMLElement>("[data-dismiss]")!.click();
    expect(find("mic-error")).toBeNull();
  });

  it("gives a microphone back that is granted after Cancel", async () => {
    let grant: (stream: FakeStream) => void = () => {};
    const { model, find, settle, tracks } = setup({
      microphone: () => new Promise((resolve) => (grant = resolve)),
    });
    find("start").click();
    await settle();
    find("end").click();
    grant(new FakeStream());
    await settle();
    expect(model.of("start", "stop").map((message) => message.type)).toEqual(["stop"]);
    expect(tracks().map((track) => track.readyState)).toEqual(["ended"]);
  });

  it("frees the microphone at End, at the kernel's word, and when the session ends by itself", async () => {
    const { model, find, connect, page, tracks } = setup();
    await connect();
    find("end").click();
    expect(tracks()[0]!.readyState).toBe("ended");
    expect(model.of("stop").length).toBe(1);
    model.state({});
    await connect();
    model.receive({ type: "mic", page, action: "release" });
    expect(tracks()[1]!.readyState).toBe("ended");
    find("mic-on").click();
    await vi.advanceTimersByTimeAsync(20);
    model.state({ status: "error" });
    expect(tracks()[2]!.readyState).toBe("ended");
  });

  it("frees the microphone when the page goes away", async () => {
    const { model, connect, tracks } = setup();
    await connect();
    window.dispatchEvent(new Event("pagehide"));
    expect(tracks()[0]!.readyState).toBe("ended");
    expect(model.of("page.hide").length).toBe(1);
  });

  it("tells a dead kernel, closes the microphone and keeps the transcript", async () => {
    const { model, connect, tracks, find, el } = setup();
    await connect();
    model.turns([turn("a", { text: "still here" })]);
    model.die();
    expect(tracks()[0]!.readyState).toBe("ended");
    expect(el.querySelector(".rtw")!.getAttribute("data-status")).toBe("dead");
    expect(find("error").textContent).toContain("Run the cell again");
    expect(find("transcript").textContent).toContain("still here");
  });

  it("closes the microphone when the kernel falls silent, and recovers when it speaks", async () => {
    const { model, connect, tracks, find } = setup();
    await connect();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(tracks()[0]!.readyState).toBe("live");
    await vi.advanceTimersByTimeAsync(7000);
    expect(tracks()[0]!.readyState).toBe("ended");
    expect(model.of("mic")).toMatchObject([{ state: "closed", detail: "kernel_silent" }]);
    expect(find("error").textContent).toContain("15 seconds");
    model.state({ status: "connected", running: true });
    expect(find("error")).toBeNull();
    expect(find("mic-on").hidden).toBe(false);
  });
});

describe("speech", () => {
  it("sends chunks only while connected and unmuted", async () => {
    const { model, find, settle, connect, chunk, tracks } = setup();
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

  it("follows a mute from Python", async () => {
    const { model, connect, tracks, find } = setup();
    await connect();
    model.state({ status: "connected", muted: true });
    expect(tracks()[0]!.enabled).toBe(false);
    expect(find("status").textContent).toContain("muted");
  });

  it("holds to talk: pre-roll, live chunks, tail, one release", async () => {
    const { model, connect, chunk, find, audio, voice } = setup();
    await connect({ settings: { voice: "", turn_detection: "none", instructions: "", output: "audio" } });
    for (let i = 0; i < 20; i++) chunk(i * 960);
    expect(model.of("audio")).toEqual([]);
    voice("a");
    find("ptt").dispatchEvent(new MouseEvent("pointerdown", { button: 0, bubbles: true }));
    expect(audio.playback().posted.at(-1)!.kind).toBe("clear");
    chunk(20 * 960);
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
    const { model, connect, find } = setup();
    await connect({ settings: { voice: "", turn_detection: "none", instructions: "", output: "audio" } });
    const key = (type: string, name: string, repeat = false) =>
      find("ptt").dispatchEvent(
        new KeyboardEvent(type, { key: name, repeat, bubbles: true, cancelable: true }),
      );
    key("keydown", " ");
    key("keydown", " ", true);
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
    const { model, connect, tracks, find } = setup();
    await connect();
    tracks()[0]!.onended?.();
    expect(model.of("mic")).toMatchObject([{ state: "lost" }]);
    expect(find("mic-error").textContent).toContain("went away");
  });
});

describe("voice", () => {
  it("interrupts in the page first, then tells the kernel", async () => {
    const { model, connect, find, voice, audio } = setup();
    await connect();
    expect(find<HTMLButtonElement>("interrupt").disabled).toBe(true);
    voice("a");
    expect(find<HTMLButtonElement>("interrupt").disabled).toBe(false);
    find("interrupt").click();
    expect(audio.playback().posted.at(-1)!.kind).toBe("clear");
    expect(model.of("interrupt").length).toBe(1);
  });

  it("leaves audio for another page alone", async () => {
    const { model, connect, audio } = setup();
    await connect();
    model.receive({ type: "audio", page: "other", item_id: "a", content_index: 0, seq: 0 }, [
      new ArrayBuffer(2),
    ]);
    expect(audio.playback().posted).toEqual([]);
  });

  it("leaves a clear to the page that owns the voice", async () => {
    const { model } = setup();
    model.state({ status: "connected", owner: "other" });
    model.receive({ type: "audio.clear", clear_id: 1 });
    expect(model.of("played")).toEqual([]);
    model.state({ status: "connected", owner: null });
    model.receive({ type: "audio.clear", clear_id: 2 });
    expect(model.of("played")).toMatchObject([{ clear_id: 2, items: [] }]);
  });
});

describe("typing", () => {
  const type = (find: ReturnType<typeof setup>["find"], text: string) => {
    const box = find<HTMLTextAreaElement>("text");
    box.value = text;
    box.dispatchEvent(new Event("input", { bubbles: true }));
    box.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true }));
    return box;
  };

  it("sends on Enter, and interrupts a voice that speaks", async () => {
    const { model, connect, find, voice } = setup();
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
    const { model, find, settle, audio } = setup();
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
    const { model, find, settle } = setup();
    const box = type(find, "hello");
    await settle();
    model.state({ status: "connecting" });
    model.state({
      status: "error",
      error: { code: "x", message: "No key.", remedy: "Set one.", fatal: true },
    });
    expect(box.value).toBe("hello");
    expect(find("error").textContent).toBe("No key.Set one.");
  });

  it("sends a suggestion as text", async () => {
    const { model, connect, find } = setup();
    await connect({ suggestions: ["what can you do"] });
    find("suggestion").click();
    expect(model.of("text").map((message) => message.text)).toEqual(["what can you do"]);
  });
});

describe("lifetime", () => {
  it("shares one microphone among views and closes it when none is left", async () => {
    const { audio, connect, mount, unmount, tracks } = setup();
    await connect();
    const second = mount();
    second.el.querySelector<HTMLElement>("[data-rtw=start]")!.click();
    await vi.advanceTimersByTimeAsync(20);
    expect(audio.streams.length).toBe(1);
    expect(second.el.querySelector(".rtw")!.getAttribute("data-status")).toBe("connected");
    unmount();
    await vi.advanceTimersByTimeAsync(3000);
    expect(tracks()[0]!.readyState).toBe("live");
    second.unmount();
    await vi.advanceTimersByTimeAsync(1000);
    expect(tracks()[0]!.readyState).toBe("live");
    await vi.advanceTimersByTimeAsync(2000);
    expect(tracks()[0]!.readyState).toBe("ended");
  });

  it("leaks no listener over fifty views", () => {
    const { mount, unmount, model, dispose } = setup();
    unmount();
    const targets = [window, document];
    let open = 0;
    const spies = targets.flatMap((target) => {
      const { addEventListener, removeEventListener } = target;
      const add = vi.spyOn(target, "addEventListener").mockImplementation((...args: unknown[]) => {
        open++;
        return addEventListener.apply(target, args as never);
      });
      const remove = vi.spyOn(target, "removeEventListener").mockImplementation((...args: unknown[]) => {
        open--;
        return removeEventListener.apply(target, args as never);
      });
      return [add, remove];
    });
    const timers = vi.getTimerCount();
    for (let i = 0; i < 50; i++) mount().unmount();
    expect(open).toBe(0);
    expect(vi.getTimerCount()).toBeLessThanOrEqual(timers);
    expect(document.querySelectorAll(".rtw").length).toBe(0);
    for (const spy of spies) spy.mockRestore();
    dispose();
    expect(model.listenerCount).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("keeps the notebook's shortcuts out", () => {
    const { find, el } = setup();
    const leaked = vi.fn();
    document.body.addEventListener("keydown", leaked);
    find("text").dispatchEvent(new KeyboardEvent("keydown", { key: "a", bubbles: true }));
    expect(leaked).not.toHaveBeenCalled();
    expect(el.querySelector(".rtw")!.hasAttribute("data-lm-suppress-shortcuts")).toBe(true);
    document.body.removeEventListener("keydown", leaked);
  });
});
