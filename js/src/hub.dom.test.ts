import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { findController } from "./hub";
import { installAudio } from "./testing/audio";
import { FakeModel } from "./testing/model";
import widget from "./widget";

beforeEach(() => {
  vi.useFakeTimers();
  installAudio();
});
afterEach(() => {
  vi.useRealTimers();
  document.body.replaceChildren();
});

function panel(session_id: string, parts: string[] = []) {
  const model = new FakeModel();
  model.traits = { session_id, parts, compact: false };
  const definition = widget();
  const dispose = definition.initialize({ model });
  const el = document.body.appendChild(document.createElement("div"));
  const unmount = definition.render({ model, el });
  return { model, el, dispose, unmount };
}

it("gives all panels of a session one controller, which talks through the first", () => {
  const one = panel("s1");
  const two = panel("s1", ["transcript"]);
  const other = panel("s2");
  expect(findController("s1")).not.toBe(findController("s2"));
  expect(one.model.of("page.ready").length).toBe(1);
  expect(two.model.sent).toEqual([]);
  expect(other.model.of("page.ready").length).toBe(1);
  one.model.state({ title: "Shared" });
  expect(findController("s1")!.store.state.title).toBe("Shared");
  two.model.state({ title: "Said twice" });
  expect(findController("s1")!.store.state.title).toBe("Shared");
  for (const each of [one, two, other]) each.dispose();
});

it("talks through another panel when the first is closed, and ends with the last", () => {
  const one = panel("s3");
  const two = panel("s3", ["transcript"]);
  const controller = findController("s3")!;
  one.dispose();
  expect(findController("s3")).toBe(controller);
  expect(two.model.of("page.ready")).toMatchObject([{ page: controller.page }]);
  expect(one.model.listenerCount).toBe(0);
  two.model.state({ title: "Goes on" });
  expect(controller.store.state.title).toBe("Goes on");
  two.dispose();
  expect(findController("s3")).toBeNull();
  expect(two.model.listenerCount).toBe(0);
});

it("closes the microphone only when no panel of the session is seen any more", async () => {
  const one = panel("s4");
  const two = panel("s4", ["controls"]);
  const controller = findController("s4")!;
  void controller.start();
  await vi.advanceTimersByTimeAsync(20);
  one.model.state({ status: "connected", running: true, owner: controller.page });
  expect(controller.speech.isOpen).toBe(true);
  one.unmount();
  await vi.advanceTimersByTimeAsync(3000);
  expect(controller.speech.isOpen).toBe(true);
  expect(one.model.of("page.unseen")).toEqual([]);
  two.unmount();
  await vi.advanceTimersByTimeAsync(3000);
  expect(controller.speech.isOpen).toBe(false);
  expect(one.model.of("page.unseen").length).toBe(1);
  for (const each of [one, two]) each.dispose();
});

it("leaves the microphone open where the session is to be kept", async () => {
  const { model, unmount, dispose } = panel("s5");
  const controller = findController("s5")!;
  void controller.start();
  await vi.advanceTimersByTimeAsync(20);
  model.state({ status: "connected", running: true, owner: controller.page, on_close: "keep" });
  unmount();
  await vi.advanceTimersByTimeAsync(3000);
  expect(controller.speech.isOpen).toBe(true);
  expect(model.of("page.unseen").length).toBe(1);
  dispose();
});

it("answers the kernel's question whether the page is still there", () => {
  const { model, dispose } = panel("s6");
  model.receive({ type: "ping", page: "another" });
  expect(model.of("beat")).toEqual([]);
  model.receive({ type: "ping", page: findController("s6")!.page });
  expect(model.of("beat").length).toBe(1);
  dispose();
});

it("comes back to life with a new model, as when a notebook is closed and opened again", async () => {
  const old = panel("s7");
  const controller = findController("s7")!;
  void controller.start();
  await vi.advanceTimersByTimeAsync(20);
  old.model.state({ status: "connected", running: true, owner: controller.page });
  old.unmount();
  old.model.die();
  expect(controller.speech.isOpen).toBe(false);
  expect(controller.store.status).toBe("dead");
  const again = panel("s7");
  expect(findController("s7")).toBe(controller);
  expect(again.model.of("page.ready").length).toBe(1);
  again.model.state({ status: "connected", running: true, title: "Still here" });
  expect(controller.store.status).toBe("connected");
  old.dispose();
  expect(findController("s7")).toBe(controller);
  again.model.state({ title: "And on" });
  expect(controller.store.state.title).toBe("And on");
  again.dispose();
  expect(findController("s7")).toBeNull();
});
