import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { openPage } from "../testing/page";
import { isShown } from "../testing/panel";

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  document.body.replaceChildren();
});

const free = { kind: "subshell", note: "You can talk while a cell runs." } as const;
const busy = { kind: "main", note: "While a cell runs, this kernel hears nothing." } as const;

it("says what a running cell does, once there is a conversation", async () => {
  const { find, model, connect } = openPage();
  model.state({ route: free });
  expect(isShown(find("route"))).toBe(false);
  await connect({ route: free });
  expect(isShown(find("route"))).toBe(true);
  expect(find("route").textContent).toBe(free.note);
});

it("is left out of a small view unless a cell gets in the way", async () => {
  const { find, model, connect } = openPage({ traits: { compact: true } });
  await connect({ route: free });
  expect(isShown(find("route"))).toBe(false);
  model.state({ status: "connected", running: true, route: busy });
  expect(find("route").dataset.route).toBe("main");
  expect(isShown(find("route"))).toBe(true);
});
