import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { FakeStream, installAudio } from "../testing/audio";
import { type Chunk, Microphone } from "./capture";
import { AudioEngine } from "./engine";
import { type InputWish, MicError, openMicrophone } from "./source";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const DEFAULT: InputWish = {
  device: [],
  echo_cancellation: true,
  noise_suppression: true,
  auto_gain_control: true,
};

function setup(options: Parameters<typeof installAudio>[0] = {}) {
  Object.assign(globalThis, {
    document: {},
    location: { protocol: "https:", host: "localhost" },
    window: globalThis,
  });
  const audio = installAudio(options);
  audio.devices.list.push({ kind: "audioinput", deviceId: "usb", label: "USB" });
  let wish = DEFAULT;
  const microphone = new Microphone(new AudioEngine(), (signal) => openMicrophone(wish, signal));
  const chunks: Chunk[] = [];
  const live: boolean[] = [];
  const lost: string[] = [];
  microphone.onchunk = (chunk) => chunks.push(chunk);
  microphone.onlive = (on) => live.push(on);
  microphone.onlost = (label) => lost.push(label);
  const say = (first_sample: number, samples = 960) =>
    audio.capture().say({
      kind: "chunk",
      buffer: new ArrayBuffer(9600),
      length: samples,
      first_sample,
      peak: 0.3,
      rms: 0.1,
      time: 0,
    });
  const states = () => audio.streams.map((stream) => stream.tracks[0]!.readyState);
  const wishFor = (patch: Partial<InputWish>) => {
    wish = { ...DEFAULT, ...patch };
  };
  return { audio, microphone, chunks, live, lost, say, states, wishFor };
}

/** A permission that is granted when the test says so. */
function pending() {
  const waiting: ((stream: FakeStream) => void)[] = [];
  const microphone = () => new Promise<FakeStream>((resolve) => waiting.push(resolve));
  return { microphone, grant: (label: string) => waiting.shift()!(new FakeStream(label)) };
}

const settle = () => vi.advanceTimersByTimeAsync(1);

it("changes the device under the running worklet: the old one is heard until the new one is", async () => {
  const { audio, microphone, chunks, live, say, states, wishFor } = setup();
  await microphone.open();
  say(0);
  wishFor({ device: ["usb"] });
  expect(await microphone.reopen()).toBe(true);
  say(960);
  expect(audio.devices.asked[1]!.deviceId).toEqual({ exact: "usb" });
  expect(states()).toEqual(["ended", "live"]);
  expect(audio.nodes.length).toBe(1);
  expect(audio.sources.map((source) => source.to.length)).toEqual([0, 1]);
  expect(chunks.map((chunk) => chunk.first_sample)).toEqual([0, 960]);
  expect(live).toEqual([true]);
  expect(microphone.track?.label).toBe("USB");
});

it("counts on where the new device needs a worklet of its own", async () => {
  const { audio, microphone, chunks, say } = setup();
  await microphone.open();
  say(0);
  const context = audio.contexts[0] as unknown as { createMediaStreamSource: () => void };
  context.createMediaStreamSource = () => {
    throw new Error("the rates differ");
  };
  await microphone.reopen();
  say(0);
  say(960);
  expect(audio.nodes.length).toBe(2);
  expect(audio.nodes[0]!.port.posted.at(-1)!.kind).toBe("stop");
  expect(chunks.map((chunk) => chunk.first_sample)).toEqual([0, 960, 1920]);
  microphone.close();
  expect(audio.contexts[1]!.state).toBe("closed");
  await microphone.open();
  say(0);
  expect(chunks.at(-1)!.first_sample).toBe(0);
});

it("stops every track when it is closed while one is opened", async () => {
  const { microphone: allow, grant } = pending();
  const { microphone, live, states } = setup({ microphone: allow });
  const opening = microphone.open();
  await settle();
  microphone.close();
  grant("late");
  expect(await opening).toBe(false);
  expect(states()).toEqual(["ended"]);
  expect(microphone.isOpen).toBe(false);
  expect(live).not.toContain(true);
});

it("stops both tracks when it is closed in the midst of a change", async () => {
  const { microphone: allow, grant } = pending();
  const { microphone, live, states } = setup({ microphone: allow });
  const opening = microphone.open();
  await settle();
  grant("old");
  await opening;
  const changing = microphone.reopen();
  await settle();
  microphone.close();
  expect(states()).toEqual(["ended"]);
  grant("new");
  expect(await changing).toBe(false);
  expect(states()).toEqual(["ended", "ended"]);
  expect(live.at(-1)).toBe(false);
});

it("takes the last of several changes", async () => {
  const { microphone: allow, grant } = pending();
  const { microphone, states } = setup({ microphone: allow });
  const opening = microphone.open();
  await settle();
  grant("first");
  await opening;
  const second = microphone.reopen();
  const third = microphone.reopen();
  await settle();
  grant("second");
  grant("third");
  expect(await Promise.all([second, third])).toEqual([false, true]);
  expect(states()).toEqual(["ended", "ended", "live"]);
  expect(microphone.track?.label).toBe("third");
});

it("keeps the old device when the new one fails, and tells so", async () => {
  const { audio, microphone, states } = setup();
  await microphone.open();
  const fails = Object.assign(new Error("no"), { name: "NotAllowedError" });
  audio.devices.getUserMedia = () => Promise.reject(fails);
  await expect(microphone.reopen()).rejects.toBeInstanceOf(MicError);
  expect(microphone.isOpen).toBe(true);
  expect(states()).toEqual(["live"]);
});

it("lets the old device go first where only one can be open", async () => {
  const { audio, microphone, live, states } = setup();
  await microphone.open();
  const open = audio.devices.getUserMedia;
  audio.devices.getUserMedia = async (wanted) => {
    if (states().includes("live")) throw Object.assign(new Error("busy"), { name: "NotReadableError" });
    return open(wanted);
  };
  expect(await microphone.reopen()).toBe(true);
  expect(states()).toEqual(["ended", "live"]);
  expect(live).toEqual([true, false, true]);
  expect(audio.nodes.length).toBe(1);
});

it("is closed when neither the new device nor the old one is left", async () => {
  const { audio, microphone, live, states } = setup();
  await microphone.open();
  audio.devices.getUserMedia = () =>
    Promise.reject(Object.assign(new Error("busy"), { name: "NotReadableError" }));
  await expect(microphone.reopen()).rejects.toBeInstanceOf(MicError);
  expect(microphone.isOpen).toBe(false);
  expect([states(), live.at(-1)]).toEqual([["ended"], false]);
});

it("finds a device by its name once names are known, without asking twice for the same", async () => {
  const { audio, microphone, states, wishFor } = setup();
  wishFor({ device: ["usb"] });
  await microphone.open();
  expect(audio.devices.asked.map((asked) => asked.deviceId)).toEqual([undefined, { exact: "usb" }]);
  expect(states()).toEqual(["ended", "live"]);
  wishFor({ device: ["built"] });
  await microphone.reopen();
  expect(audio.devices.asked.length).toBe(3);
  wishFor({ device: ["nobody's"] });
  await microphone.reopen();
  expect(audio.devices.asked.at(-1)!.deviceId).toBeUndefined();
  expect(states().filter((state) => state === "live").length).toBe(1);
});

it("takes the default when the device went after it was listed", async () => {
  const { audio, microphone, wishFor } = setup();
  audio.devices.allowed = true;
  wishFor({ device: ["usb"] });
  const list = audio.devices.enumerateDevices;
  audio.devices.enumerateDevices = async () => {
    const before = await list();
    audio.devices.list = audio.devices.list.filter(({ deviceId }) => deviceId !== "usb");
    return before;
  };
  await microphone.open();
  expect(microphone.track?.label).toBe("Built-in");
});

it("notices a device that goes, also one that went before its stream was used", async () => {
  const { audio, microphone, lost, live } = setup();
  await microphone.open();
  audio.streams[0]!.tracks[0]!.vanish();
  expect([lost, microphone.isOpen, live.at(-1)]).toEqual([["Built-in"], false, false]);
  const open = audio.devices.getUserMedia;
  audio.devices.getUserMedia = async (wanted) => {
    const stream = await open(wanted);
    stream.tracks[0]!.readyState = "ended";
    return stream;
  };
  expect(await microphone.open()).toBe(false);
  expect(lost.length).toBe(2);
});

it("tunes an open track only where that takes effect", async () => {
  const { audio, microphone } = setup();
  const wish = { ...DEFAULT, echo_cancellation: false };
  await microphone.open();
  expect(await microphone.retune(wish)).toBe(false);
  audio.streams[0]!.tracks[0]!.tunes = true;
  expect(await microphone.retune(wish)).toBe(true);
  expect(audio.devices.asked.length).toBe(1);
});
