import { afterEach, expect, it, vi } from "vitest";
import { Rivals } from "./rivals";
import { Scope } from "./scope";

/** Channels of one browser: what one says all others hear. */
class FakeChannel {
  static open: FakeChannel[] = [];
  onmessage: (event: { data: unknown }) => void = () => {};

  constructor(readonly name: string) {
    FakeChannel.open.push(this);
  }

  postMessage(data: unknown): void {
    for (const other of FakeChannel.open) if (other !== this) other.onmessage({ data });
  }

  close(): void {
    FakeChannel.open = FakeChannel.open.filter((other) => other !== this);
  }
}

afterEach(() => {
  FakeChannel.open = [];
  vi.unstubAllGlobals();
});

function tab(session_id: string, page: string) {
  const scope = new Scope();
  const rivals = new Rivals(session_id, page, scope);
  const claimed = vi.fn();
  rivals.onclaimed = claimed;
  return { rivals, claimed, scope };
}

it("tells the other tabs of the session, and no others", () => {
  vi.stubGlobal("BroadcastChannel", FakeChannel);
  const [one, two, other] = [tab("s1", "p1"), tab("s1", "p2"), tab("s2", "p3")];
  two.rivals.claim();
  expect([one, two, other].map(({ claimed }) => claimed.mock.calls.length)).toEqual([1, 0, 0]);
  one.scope.dispose();
  two.rivals.claim();
  expect(one.claimed).toHaveBeenCalledOnce();
  expect(FakeChannel.open.length).toBe(2);
});

it("does without a channel where there is none, or none is allowed", () => {
  vi.stubGlobal("BroadcastChannel", undefined);
  tab("s1", "p1").rivals.claim();
  vi.stubGlobal(
    "BroadcastChannel",
    class {
      constructor() {
        throw new Error("not here");
      }
    },
  );
  tab("s1", "p1").rivals.claim();
});
