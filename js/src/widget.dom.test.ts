/** The life of a page: announcing, Start, End, failures, several views, no leaks. */

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FakeStream } from "./testing/audio";
import { turn } from "./testing/model";
import { openPage } from "./testing/page";

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  document.body.replaceChildren();
});

describe("start and end", () => {
  it("announces itself and touches no microphone on display", async () => {
    const { model, audio, settle } = openPage();
    await settle();
    expect(model.of("page.ready")[0]).toMatchObject({ secure: true, has_microphone: true });
    expect(audio.streams).toEqual([]);
    expect(audio.contexts).toEqual([]);
  });

  it("opens the microphone in the click, then starts", async () => {
    const { model, find, settle, el } = openPage();
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
    const { model, find, settle } = openPage({ microphone: () => Promise.reject(error) });
    find("start").click();
    await settle();
    expect(model.of("start")).toMatchObject([{ mic: "denied", detail: "permission_denied" }]);
    expect(find("mic-error").textContent).toContain("Allow the microphone");
    find("mic-error").querySelector<HTMLElement>("[data-dismiss]")!.click();
    expect(find("mic-error")).toBeNull();
  });

  it("is ready for another start when the kernel refuses one", async () => {
    const { model, find, settle, tracks, page } = openPage();
    find("start").click();
    await settle();
    model.receive({ type: "start.failed", page: "another" });
    expect(find("start").hidden).toBe(true);
    model.receive({ type: "start.failed", page });
    const error = { code: "too_many_starts", message: "Too many.", remedy: "Wait 9 s.", fatal: false };
    model.state({ status: "disconnected", error });
    expect(find("start").hidden).toBe(false);
    expect(find("error").textContent).toContain("Wait 9 s.");
    expect(tracks().map((track) => track.readyState)).toEqual(["ended"]);
  });

  it("gives a microphone back that is granted after Cancel", async () => {
    let grant: (stream: FakeStream) => void = () => {};
    const { model, find, settle, tracks } = openPage({
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
    const { model, find, connect, page, tracks } = openPage();
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
    const { model, connect, tracks } = openPage();
    await connect();
    window.dispatchEvent(new Event("pagehide"));
    expect(tracks()[0]!.readyState).toBe("ended");
    expect(model.of("page.hide").length).toBe(1);
  });

  it("tells a dead kernel, closes the microphone and keeps the transcript", async () => {
    const { model, connect, tracks, find, el } = openPage();
    await connect();
    model.turns([turn("a", { text: "still here" })]);
    model.die();
    expect(tracks()[0]!.readyState).toBe("ended");
    expect(el.querySelector(".rtw")!.getAttribute("data-status")).toBe("dead");
    expect(find("error").textContent).toContain("Run the cell again");
    expect(find("transcript").textContent).toContain("still here");
  });

  it("closes the microphone when the kernel falls silent, and recovers when it speaks", async () => {
    const { model, connect, tracks, find } = openPage();
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

describe("lifetime", () => {
  it("shares one microphone among views and closes it when none is left", async () => {
    const { audio, connect, mount, unmount, tracks } = openPage();
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
    const { mount, unmount, model, dispose } = openPage();
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
    const { find, el } = openPage();
    const leaked = vi.fn();
    document.body.addEventListener("keydown", leaked);
    find("text").dispatchEvent(new KeyboardEvent("keydown", { key: "a", bubbles: true }));
    expect(leaked).not.toHaveBeenCalled();
    expect(el.querySelector(".rtw")!.hasAttribute("data-lm-suppress-shortcuts")).toBe(true);
    document.body.removeEventListener("keydown", leaked);
  });
});
