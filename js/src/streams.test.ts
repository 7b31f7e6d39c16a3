// @vitest-environment happy-dom
/** Streams of other widgets in the microphone's place, and the voice as such a stream. */

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { MicError } from "./audio/source";
import { join, leave } from "./hub";
import type { AudioIn } from "./messages";
import { openStream } from "./streams";
import { installAudio } from "./testing/audio";
import { FakeModel } from "./testing/model";
import { openPage } from "./testing/page";
import { serveVoice } from "./voice_stream";
import widget from "./widget";

class Track {
  readyState = "live";
  enabled = true;
  onended: (() => void) | null = null;
  label = "file";
  clones: Track[] = [];

  clone(): Track {
    const clone = new Track();
    this.clones.push(clone);
    return clone;
  }

  stop(): void {
    this.readyState = "ended";
  }

  getSettings(): MediaTrackSettings {
    return {};
  }
}

class Stream extends EventTarget {
  constructor(readonly tracks: Track[] = [new Track()]) {
    super();
  }

  getTracks = () => this.tracks;
  getAudioTracks = () => this.tracks;
}

const SOURCE: AudioIn = { kind: "stream", label: "AudioStream", model_id: "abc" };

const managerWith = (model: object) => ({ get_model: vi.fn(async (_id: string) => model) });
const life = () => new AbortController();

async function failureOf(opening: Promise<unknown>) {
  const error = await opening.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(MicError);
  return (error as MicError).failure;
}

beforeEach(() => {
  vi.useFakeTimers();
  Object.assign(globalThis, { MediaStream: Stream });
});

afterEach(() => {
  vi.useRealTimers();
});

test.each([
  ["captureStream", (stream: Stream) => ({ captureStream: async () => stream })],
  ["stream", (stream: Stream) => ({ stream: Promise.resolve(stream) })],
])("a share of the stream is taken from %s, and given back without ending it", async (_name, modelOf) => {
  const stream = new Stream();
  const manager = managerWith(modelOf(stream));
  const { signal, abort } = ((controller) => ({
    signal: controller.signal,
    abort: () => controller.abort(),
  }))(life());
  const share = (await openStream(manager, SOURCE, signal)) as unknown as Stream;
  expect(manager.get_model).toHaveBeenCalledWith("abc");
  expect(share.tracks).toEqual(stream.tracks[0]!.clones);
  abort();
  expect(share.tracks[0]!.readyState).toBe("ended");
  expect(stream.tracks[0]!.readyState).toBe("live");
});

test("an opening that was given up meanwhile leaves nothing open", async () => {
  const stream = new Stream();
  const controller = life();
  controller.abort();
  const share = (await openStream(managerWith({ stream }), SOURCE, controller.signal)) as unknown as Stream;
  expect(share.tracks[0]!.readyState).toBe("ended");
});

test("a file that is still loading is waited for", async () => {
  const stream = new Stream([]);
  const opening = openStream(managerWith({ stream }), SOURCE, life().signal);
  await vi.advanceTimersByTimeAsync(500);
  stream.tracks.push(new Track());
  stream.dispatchEvent(new Event("addtrack"));
  expect(((await opening) as unknown as Stream).tracks).toHaveLength(1);
});

test.each([
  ["no_widget_manager", {}, "JupyterLab"],
  ["no_widget_manager", undefined, "JupyterLab"],
  ["stream_failed", managerWith({ captureStream: () => Promise.reject(new Error("gone")) }), "AudioStream"],
  ["stream_failed", managerWith({}), "audio_in"],
  ["stream_failed", { get_model: () => Promise.reject(new Error("no such model")) }, "AudioStream"],
])("%s is said with its remedy", async (code, manager, remedy) => {
  const failure = await failureOf(openStream(manager, SOURCE, life().signal));
  expect(failure.code).toBe(code);
  expect(failure.remedy).toContain(remedy);
});

test("a stream without sound says so after a while", async () => {
  const failing = failureOf(openStream(managerWith({ stream: new Stream([]) }), SOURCE, life().signal));
  await vi.advanceTimersByTimeAsync(11_000);
  expect((await failing).code).toBe("stream_silent");
});

test("Start hears the stream and asks for no microphone; its end is told", async () => {
  const page = openPage();
  const stream = new Stream();
  page.model.widget_manager = managerWith({ stream });
  page.model.state({ audio_in: SOURCE });
  await page.connect({ audio_in: SOURCE });
  expect(page.model.of("start")).toMatchObject([{ mic: "open" }]);
  expect(page.audio.devices.asked).toEqual([]);
  page.chunk(0);
  expect(page.model.of("audio")).toHaveLength(1);
  expect(page.find("source").textContent).toBe("Sound comes from the AudioStream.");
  const [share] = stream.tracks[0]!.clones;
  share!.readyState = "ended";
  share!.onended!();
  expect(page.model.of("mic")).toMatchObject([{ state: "lost" }]);
  expect(page.el.textContent).toContain("The sound of the AudioStream has ended.");
  page.dispose();
});

test("Start asks for nothing where the sound comes from the kernel, and the panel says whence", async () => {
  const page = openPage();
  const audio_in: AudioIn = { kind: "kernel", label: "question.wav", model_id: null };
  page.model.state({ audio_in });
  await page.connect({ audio_in });
  expect(page.model.of("start")).toMatchObject([{ mic: "none" }]);
  expect(page.audio.devices.asked).toEqual([]);
  expect(page.find("source").textContent).toBe("Sound comes from question.wav.");
  expect(page.find("mic-on").hidden).toBe(true);
  expect(page.find("mute").hidden).toBe(false);
  page.model.state({ audio_in, status: "connected", running: true, owner: "another page" });
  expect(page.find("mic-on").hidden).toBe(false);
  page.find("mic-on").click();
  expect(page.model.of("mic")).toMatchObject([{ state: "open" }]);
  page.dispose();
});

test("a source that changes while the microphone is open closes it, or takes its place", async () => {
  const page = openPage();
  const stream = new Stream();
  page.model.widget_manager = managerWith({ stream });
  await page.connect();
  const [microphone] = page.tracks();
  page.model.state({ status: "connected", running: true, owner: page.page, audio_in: SOURCE });
  await page.settle();
  expect(microphone!.readyState).toBe("ended");
  expect(stream.tracks[0]!.clones[0]!.readyState).toBe("live");
  const audio_in: AudioIn = { kind: "kernel", label: "a clip of 2.0 s", model_id: null };
  page.model.state({ status: "connected", running: true, owner: page.page, audio_in });
  await page.settle();
  expect(stream.tracks[0]!.clones[0]!.readyState).toBe("ended");
  expect(page.audio.devices.asked).toHaveLength(1);
  page.model.state({ status: "connected", running: true, owner: page.page });
  await page.settle();
  expect(page.audio.devices.asked).toHaveLength(1);
  page.find("mic-on").click();
  await page.settle();
  expect(page.audio.devices.asked).toHaveLength(2);
  page.dispose();
});

test("the voice is a stream of the page once a panel of the session is there", async () => {
  installAudio();
  const raw: { captureStream?: () => Promise<unknown> } = {};
  const model = new FakeModel();
  model.widget_manager = managerWith(raw);
  model.traits = { own_id: "out", session_id: "s1", title: "Anna" };
  await serveVoice(model);
  const capturing = raw.captureStream!();
  await vi.advanceTimersByTimeAsync(300);
  const panel = new FakeModel();
  panel.traits = { session_id: "s1" };
  const token = {};
  const controller = join(token, panel);
  await vi.advanceTimersByTimeAsync(300);
  expect(await capturing).toBe(controller.sound.stream);
  leave(token);
  const vain = expect(raw.captureStream!()).rejects.toThrow("panel");
  await vi.advanceTimersByTimeAsync(12_000);
  await vain;
  const el = document.createElement("div");
  model.traits.kind = "audio_out";
  const definition = widget();
  const end = definition.initialize({ model });
  const hide = definition.render({ model, el });
  expect(el.textContent).toContain("“Anna”");
  expect(model.sent).toEqual([]);
  hide();
  end();
});
