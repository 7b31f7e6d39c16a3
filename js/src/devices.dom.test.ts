/** Devices through the page: picking, switching, unplugging, half-duplex, loudness, the test sound, what is remembered. */

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { INITIAL_STATE } from "./messages";
import { openPage } from "./testing/page";

beforeEach(() => {
  vi.useFakeTimers();
  localStorage.clear();
});
afterEach(() => {
  vi.useRealTimers();
  document.body.replaceChildren();
});

function open(options: Parameters<typeof openPage>[0] = {}) {
  const page = openPage(options);
  page.audio.devices.list.push(
    { kind: "audioinput", deviceId: "default", label: "Default - Built-in" },
    { kind: "audioinput", deviceId: "usb", label: "USB" },
    { kind: "audiooutput", deviceId: "headset", label: "Headset" },
  );
  const choose = async (hook: string, value: string) => {
    const control = page.find<HTMLSelectElement>(hook);
    control.value = value;
    control.dispatchEvent(new Event(control.tagName === "SELECT" ? "change" : "input"));
    await page.settle();
  };
  const toggle = async (hook: string) => {
    page.find(hook).click();
    await page.settle();
  };
  const names = (hook: string) =>
    [...page.find<HTMLSelectElement>(hook).options].map((option) => option.text);
  const states = () => page.tracks().map((track) => track.readyState);
  return { ...page, choose, toggle, names, states };
}

const DRAWER = "sound";

describe("microphones", () => {
  it("are named after a permission, and looking at them asks for none", async () => {
    const { find, settle, names, audio, connect, el } = open();
    find(DRAWER).click();
    await settle();
    expect(names("input-device")).toEqual(["System default"]);
    expect(find("input-device-hint").textContent).toContain("once it was allowed");
    expect([audio.devices.asked, audio.contexts]).toEqual([[], []]);
    await connect();
    expect(names("input-device")).toEqual(["System default", "Built-in", "USB"]);
    expect(find("input-device-hint").textContent).toBe("In use: Built-in");
    expect(el.querySelector("label[for]")).not.toBeNull();
  });

  it("change in the midst of a conversation, which does not notice", async () => {
    const { find, choose, connect, chunk, model, states, audio } = open();
    find(DRAWER).click();
    await connect();
    chunk(0);
    await choose("input-device", "usb");
    chunk(960);
    expect(audio.devices.asked.at(-1)!.deviceId).toEqual({ exact: "usb" });
    expect(states()).toEqual(["ended", "live"]);
    expect(model.of("audio").map(({ seq, first_sample }) => [seq, first_sample])).toEqual([
      [0, 0],
      [1, 960],
    ]);
    expect(model.of("mic", "start").map(({ type }) => type)).toEqual(["start"]);
    expect(find("input-device-hint").textContent).toBe("In use: USB");
  });

  it("are noticed when they go; picking one turns the microphone on again", async () => {
    const { find, choose, connect, chunk, model, tracks, states, el, audio } = open();
    find(DRAWER).click();
    await connect();
    tracks()[0]!.vanish();
    audio.devices.unplug("built-in");
    expect(model.of("mic")).toMatchObject([{ state: "lost" }]);
    expect(find("mic-error").textContent).toContain("“Built-in” went away");
    expect(el.querySelector(".rtw")!.getAttribute("data-mic")).toBe("off");
    expect(model.of("stop")).toEqual([]);
    find("mic-error").querySelector<HTMLElement>("[data-dismiss]")!.click();
    await choose("input-device", "usb");
    expect(model.of("mic").map(({ state }) => state)).toEqual(["lost", "open"]);
    expect(states()).toEqual(["ended", "live"]);
    expect(find("mic-error")).toBeNull();
    chunk(0);
    expect(model.of("audio").at(-1)).toMatchObject({ seq: 0, first_sample: 0 });
  });

  it("are noticed when they go without a word", async () => {
    const { find, settle, connect, states, model, audio } = open();
    await connect();
    audio.devices.unplug("built-in");
    await settle();
    expect(states()).toEqual(["ended"]);
    expect(model.of("mic")).toMatchObject([{ state: "lost" }]);
    expect(find("mic-error").textContent).toContain("went away");
  });

  it("appear in the list when they are plugged in", async () => {
    const { find, settle, connect, names, audio } = open();
    find(DRAWER).click();
    await connect();
    audio.devices.plug("audioinput", "lapel", "Lapel");
    await settle();
    expect(names("input-device")).toEqual(["System default", "Built-in", "USB", "Lapel"]);
  });

  it("are not turned on by picking one while nobody talks, or while another page does", async () => {
    const { find, choose, model, page } = open();
    find(DRAWER).click();
    await choose("input-device", "");
    model.state({ status: "connected", running: true, owner: `not ${page}` });
    await choose("input-device", "");
    expect(model.of("mic", "start")).toEqual([]);
  });

  it("follow what the kernel wishes for, by a part of the name", async () => {
    const { model, connect, tracks, audio } = open();
    const microphone = { ...INITIAL_STATE.microphone, device: "usb", noise_suppression: false };
    model.state({ microphone });
    await connect({ microphone });
    expect(tracks().map(({ label, readyState }) => [label, readyState])).toEqual([
      ["Built-in", "ended"],
      ["USB", "live"],
    ]);
    expect(audio.devices.asked.at(-1)).toMatchObject({ noiseSuppression: false, echoCancellation: true });
  });

  it("take the default, and say so, where the wished one is not there", async () => {
    const { model, connect, find, settle, tracks, audio } = open();
    const microphone = { ...INITIAL_STATE.microphone, device: "Studio" };
    model.state({ microphone });
    await connect({ microphone });
    expect(tracks().map(({ label, readyState }) => [label, readyState])).toEqual([["Built-in", "live"]]);
    expect(find("device-note").textContent).toContain("no microphone “Studio”");
    audio.devices.plug("audioinput", "studio", "Studio 1");
    await settle();
    expect(find("device-note")).toBeNull();
  });

  it("stay, and the panel says why, when the new one cannot be opened", async () => {
    const { find, choose, connect, states, model, audio } = open();
    find(DRAWER).click();
    await connect();
    audio.devices.getUserMedia = () =>
      Promise.reject(Object.assign(new Error("Permission denied"), { name: "NotAllowedError" }));
    await choose("input-device", "usb");
    expect(states()).toEqual(["live"]);
    expect(find("mic-error").textContent).toContain("not allowed");
    expect(model.of("mic")).toEqual([]);
  });
});

describe("switches", () => {
  it("open the microphone anew, or tune the open one where that works", async () => {
    const { find, toggle, connect, tracks, states, audio } = open();
    find(DRAWER).click();
    await connect();
    await toggle("echo-cancellation");
    expect(states()).toEqual(["ended", "live"]);
    expect(audio.devices.asked.at(-1)).toMatchObject({ echoCancellation: false, autoGainControl: true });
    tracks()[1]!.tunes = true;
    await toggle("auto-gain-control");
    expect(states()).toEqual(["ended", "live"]);
    expect(tracks()[1]!.getSettings()).toMatchObject({ autoGainControl: false, echoCancellation: false });
  });

  it("keep the voice out of the microphone where it is half-duplex, without calling that a loss", async () => {
    const { connect, chunk, voice, model, audio } = open();
    await connect({ half_duplex: true });
    chunk(0);
    voice("a");
    chunk(960);
    audio.playback().say({ kind: "finished", part: 0, played_samples: 2400 });
    await vi.advanceTimersByTimeAsync(100);
    chunk(1920);
    await vi.advanceTimersByTimeAsync(400);
    chunk(2880);
    chunk(3840);
    expect(model.of("audio").map(({ seq, first_sample, resumed }) => [seq, first_sample, resumed])).toEqual([
      [0, 0, false],
      [1, 2880, true],
      [2, 3840, false],
    ]);
  });

  it("let a held key speak at once, for the press silences the voice", async () => {
    const { connect, chunk, voice, model, find } = open();
    const settings = { ...INITIAL_STATE.settings, turn_detection: "none" as const };
    await connect({ half_duplex: true, settings });
    voice("a");
    chunk(0);
    find("ptt").dispatchEvent(new MouseEvent("pointerdown", { button: 0, bubbles: true }));
    chunk(960);
    expect(model.of("audio").map(({ first_sample }) => first_sample)).toEqual([960]);
  });
});

describe("the loudspeaker", () => {
  it("is chosen where the browser lets one choose", async () => {
    const { find, choose, connect, names, audio } = open({ sinks: { refused: [] } });
    find(DRAWER).click();
    await connect();
    expect(names("output-device")).toEqual(["System default", "Headset"]);
    await choose("output-device", "headset");
    expect(audio.contexts[0]!.sinkId).toBe("headset");
    audio.devices.unplug("headset");
    await vi.advanceTimersByTimeAsync(20);
    expect(audio.contexts[0]!.sinkId).toBe("");
    expect(find("device-note").textContent).toContain("“Headset” is not there");
    audio.devices.plug("audiooutput", "other id", "Headset");
    await vi.advanceTimersByTimeAsync(20);
    expect(audio.contexts[0]!.sinkId).toBe("other id");
    expect(find("device-note")).toBeNull();
  });

  it("says when it refuses, and plays on the system's", async () => {
    const { find, choose, connect, audio } = open({ sinks: { refused: ["headset"] } });
    find(DRAWER).click();
    await connect();
    await choose("output-device", "headset");
    expect(audio.contexts[0]!.sinkId).toBe("");
    expect(find("device-note").textContent).toContain("“Headset” is not there");
    find("device-note").querySelector<HTMLElement>("[data-dismiss]")!.click();
    expect(find("device-note")).toBeNull();
  });

  it("cannot be chosen elsewhere", async () => {
    const { find, connect } = open();
    find(DRAWER).click();
    await connect();
    expect(find("output-device").closest("[hidden]")).not.toBeNull();
  });

  it("is as loud as wanted, also off", async () => {
    const { find, choose, toggle, connect, voice, audio } = open();
    find(DRAWER).click();
    await connect();
    voice("a");
    await choose("volume", "40");
    expect(audio.gains[0]!.gain.value).toBeCloseTo(0.4);
    await toggle("volume-off");
    expect(audio.gains[0]!.gain.value).toBe(0);
    expect(find("volume-off").getAttribute("aria-pressed")).toBe("true");
    await toggle("volume-off");
    expect(audio.gains[0]!.gain.value).toBeCloseTo(0.4);
  });

  it("plays a test sound before any start, asks for no microphone, and rests again", async () => {
    const { find, toggle, settle, audio, model } = open();
    find(DRAWER).click();
    await toggle("test-sound");
    const [chime] = audio.chimes;
    expect(chime!.started).toBe(true);
    expect(chime!.to).toEqual(audio.gains);
    expect([audio.devices.asked, model.of("start", "mic")]).toEqual([[], []]);
    expect(find<HTMLButtonElement>("test-sound").disabled).toBe(true);
    chime!.onended!();
    await settle();
    expect(find<HTMLButtonElement>("test-sound").disabled).toBe(false);
    expect(audio.contexts[0]!.state).toBe("suspended");
  });

  it("says why a test cannot be heard", async () => {
    const { find, choose, toggle, audio } = open({ running: false });
    find(DRAWER).click();
    await toggle("test-sound");
    await vi.advanceTimersByTimeAsync(3000);
    expect(find("device-note").textContent).toContain("no sound through");
    await choose("volume", "0");
    await toggle("test-sound");
    expect(find("device-note").textContent).toContain("0 %");
    expect(audio.chimes).toEqual([]);
  });
});

describe("what was chosen", () => {
  it("counts in the next page too, until the kernel says something else", async () => {
    const first = open();
    first.find(DRAWER).click();
    await first.connect();
    await first.choose("input-device", "usb");
    await first.choose("volume", "30");
    await first.toggle("noise-suppression");
    first.dispose();
    document.body.replaceChildren();

    const next = open();
    await next.connect();
    expect(next.tracks().filter((track) => track.readyState === "live")[0]!.label).toBe("USB");
    expect(next.audio.devices.asked.at(-1)).toMatchObject({ noiseSuppression: false });
    next.voice("a");
    await next.settle();
    expect(next.audio.gains[0]!.gain.value).toBeCloseTo(0.3);
    const microphone = { ...INITIAL_STATE.microphone, device: "Built-in" };
    next.model.state({ status: "connected", running: true, owner: next.page, microphone });
    await next.settle();
    expect(next.tracks().filter((track) => track.readyState === "live")[0]!.label).toBe("Built-in");
    expect(localStorage.length).toBe(1);
  });

  it("is no condition: damaged or forbidden, all is as it would be without", async () => {
    localStorage.setItem(
      "realtime-widget.sound",
      '{"volume": 7, "input": 3, "half_duplex": {"value": "on"}}',
    );
    const { find, settle, choose } = open();
    find(DRAWER).click();
    await settle();
    expect(find<HTMLInputElement>("volume").value).toBe("100");
    expect(find<HTMLInputElement>("half-duplex").checked).toBe(false);
    const forbidden = vi.spyOn(Storage.prototype, "setItem").mockImplementation(() => {
      throw new Error("SecurityError");
    });
    await choose("volume", "50");
    expect(find<HTMLInputElement>("volume").value).toBe("50");
    forbidden.mockRestore();
  });
});

describe("the way out", () => {
  const running = ({ audio }: ReturnType<typeof open>) => audio.contexts[0]!.state === "running";
  const later = () => vi.advanceTimersByTimeAsync(3000);

  it.each([
    ["End", (page: ReturnType<typeof open>) => page.find("end").click()],
    ["the last view gone", (page) => page.unmount()],
    ["the kernel dead", (page) => page.model.die()],
    ["the page hidden", () => window.dispatchEvent(new Event("pagehide"))],
    ["the kernel's word", (page) => page.model.receive({ type: "mic", page: page.page, action: "release" })],
  ] satisfies [string, (page: ReturnType<typeof open>) => void][])(
    "frees both devices: %s",
    async (way, end) => {
      const page = open();
      page.find(DRAWER).click();
      await page.connect();
      const grants: (() => void)[] = [];
      const getUserMedia = page.audio.devices.getUserMedia;
      page.audio.devices.getUserMedia = (wanted) =>
        new Promise((resolve) => grants.push(() => resolve(getUserMedia(wanted))));
      await page.choose("input-device", "usb");
      expect([page.states(), grants.length]).toEqual([["live"], 1]);
      end(page);
      // A view may come back: a cell that runs again shows the panel anew.
      if (way === "the last view gone") await vi.advanceTimersByTimeAsync(2000);
      expect(page.states()).toEqual(["ended"]);
      grants[0]!();
      page.model.state({ status: "disconnected", owner: "another" });
      await later();
      expect(page.states()).toEqual(["ended", "ended"]);
      expect(running(page)).toBe(false);
    },
  );

  it("frees what is granted after the last view went, and starts nothing", async () => {
    let grant = () => {};
    const page = open();
    const { getUserMedia } = page.audio.devices;
    page.audio.devices.getUserMedia = (wanted) =>
      new Promise((resolve) => {
        grant = () => resolve(getUserMedia(wanted));
      });
    page.find("start").click();
    await page.settle();
    page.unmount();
    await later();
    grant();
    await later();
    expect(page.states()).toEqual(["ended"]);
    expect(page.model.of("start")).toEqual([]);
    expect(running(page)).toBe(false);
  });

  it("keeps a microphone that was allowed while its session is still to be started, whatever the old state says", async () => {
    const page = open();
    page.model.state({ status: "connected", running: true });
    page.model.state({ status: "error" });
    page.find("start").click();
    // Allowed by now, and the worklet is still to be loaded.
    for (let i = 0; i < 20 && page.states().length === 0; i++) await Promise.resolve();
    expect([page.states(), page.model.of("start")]).toEqual([["live"], []]);
    page.model.state({ status: "disconnected" });
    await page.settle();
    expect(page.states()).toEqual(["live"]);
    expect(page.model.of("start")).toMatchObject([{ mic: "open" }]);
  });

  it("frees a microphone that is allowed after its session has ended", async () => {
    let grant = () => {};
    const page = open();
    const { getUserMedia } = page.audio.devices;
    page.model.state({ status: "connected", running: true, owner: page.page });
    page.audio.devices.getUserMedia = (wanted) =>
      new Promise((resolve) => {
        grant = () => resolve(getUserMedia(wanted));
      });
    page.find("mic-on").click();
    await page.settle();
    page.model.state({ status: "disconnected" });
    grant();
    await page.settle();
    expect(page.states()).toEqual(["ended"]);
    expect(page.model.of("mic", "start")).toEqual([]);
  });
});
