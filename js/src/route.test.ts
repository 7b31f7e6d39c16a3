import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Handled, Via } from "./messages";
import { kernelOf, Route, sendControl } from "./route";
import { Scope } from "./scope";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** A kernel that answers probes as told: where it handles the comm's n-th message, and whether control works. */
function setup(comm: (Handled | null)[], control: { offered: boolean; answers: boolean }) {
  const asked: Via[] = [];
  let n = 0;
  const route: Route = new Route(
    (via) => {
      asked.push(via);
      const handled =
        via === "control" ? (control.answers ? "control" : null) : (comm[n++] ?? comm.at(-1) ?? null);
      if (handled !== null) setTimeout(() => route.answer(via, handled), 5);
    },
    () => control.offered,
    new Scope(),
  );
  route.begin();
  return { route, asked };
}

const NO_CONTROL = { offered: false, answers: false };
const CONTROL = { offered: true, answers: true };

describe("the way to the kernel", () => {
  it("is the comm where a subshell handles it, and asks no more then", async () => {
    const { route, asked } = setup(["subshell"], CONTROL);
    await vi.advanceTimersByTimeAsync(15_000);
    expect(route.via).toBe("comm");
    expect(asked).toEqual(["comm"]);
  });

  it("is the comm where only its first message went astray", async () => {
    const { route, asked } = setup(["main", "subshell"], CONTROL);
    await vi.advanceTimersByTimeAsync(15_000);
    expect(route.via).toBe("comm");
    expect(asked).toEqual(["comm", "comm"]);
  });

  it("is the control channel where the comm ends on the main thread", async () => {
    const { route, asked } = setup(["main"], CONTROL);
    await vi.advanceTimersByTimeAsync(400);
    expect(asked).toEqual(["comm", "comm", "control"]);
    expect(route.via).toBe("control");
  });

  it("is the control channel where a cell holds the comm up from the beginning", async () => {
    const { route } = setup([null], CONTROL);
    await vi.advanceTimersByTimeAsync(800);
    expect(route.via).toBe("control");
    route.answer("comm", "main");
    expect(route.via).toBe("control");
  });

  it("stays the comm where the kernel doesn't answer on the control channel", async () => {
    const { route } = setup(["main"], { offered: true, answers: false });
    await vi.advanceTimersByTimeAsync(15_000);
    expect(route.via).toBe("comm");
  });

  it("stays the comm where the host keeps the kernel to itself", async () => {
    const { route, asked } = setup(["main"], NO_CONTROL);
    await vi.advanceTimersByTimeAsync(15_000);
    expect(route.via).toBe("comm");
    expect(asked).not.toContain("control");
  });

  it("is sought anew for another comm", async () => {
    const { route, asked } = setup(["main"], CONTROL);
    await vi.advanceTimersByTimeAsync(400);
    route.begin();
    expect(route.via).toBe("comm");
    await vi.advanceTimersByTimeAsync(400);
    expect(route.via).toBe("control");
    expect(asked.filter((via) => via === "control").length).toBe(2);
  });
});

describe("the control channel", () => {
  it("takes a message for the session, sound included", () => {
    const sendControlMessage = vi.fn();
    const kernel = kernelOf({ widget_manager: { kernel: { clientId: "me", sendControlMessage } } })!;
    const pcm = new ArrayBuffer(4);
    sendControl(kernel, "session-1", { type: "audio" }, [pcm]);
    const [message, ...flags] = sendControlMessage.mock.calls[0]!;
    expect(message).toMatchObject({
      channel: "control",
      header: { msg_type: "comm_msg", session: "me" },
      content: { comm_id: "session-1", data: { method: "custom", content: { type: "audio" } } },
      buffers: [pcm],
    });
    expect(flags).toEqual([false, true]);
  });

  it.each([
    {},
    { widget_manager: {} },
    { widget_manager: { kernel: {} } },
    { widget_manager: { kernel: null } },
  ])("is not offered by every host: %o", (model) => expect(kernelOf(model)).toBeNull());
});
