import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { openPanel } from "../testing/panel";

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  document.body.replaceChildren();
});

it("tells what mends itself without alarm", () => {
  const { model, find } = openPanel();
  const error = { code: "connection_lost", message: "It ended.", remedy: "It is made again.", fatal: false };
  model.state({ status: "reconnecting", running: true, error });
  expect(find("error").className).toContain("rtw-wait");
  expect(find("error").getAttribute("role")).toBe("status");
  model.state({ status: "error", error: { ...error, fatal: true } });
  expect(find("error").className).toContain("rtw-error");
  expect(find("error").getAttribute("role")).toBe("alert");
});

it("dismisses an error that is not fatal, and shows the next one", () => {
  const { model, find } = openPanel();
  const error = { code: "a", message: "A tool failed.", remedy: "Look at it.", fatal: false };
  model.state({ status: "connected", error });
  find("error").querySelector<HTMLElement>("[data-dismiss]")!.click();
  expect(find("error")).toBeNull();
  model.state({ status: "connected", error: { ...error, message: "Another." } });
  expect(find("error").textContent).toContain("Another.");
  model.state({ status: "error", error: { ...error, fatal: true } });
  expect(find("error").querySelector("[data-dismiss]")).toBeNull();
});

it("says before Start that a host gives no microphone, and what to do instead", () => {
  document.body.dataset.vscodeThemeKind = "vscode-dark";
  try {
    const { model, find } = openPanel();
    model.state({ status: "disconnected" });
    expect(find("mic-limit").textContent).toContain("VS Code");
    expect(find("mic-limit").textContent).toContain("send_audio");
    expect(find("mic-limit").getAttribute("role")).toBe("status");
    model.state({ status: "connected", running: true });
    expect(find("mic-limit")).toBeNull();
    model.state({ status: "disconnected" });
    find("mic-limit").querySelector<HTMLElement>("[data-dismiss]")!.click();
    expect(find("mic-limit")).toBeNull();
  } finally {
    delete document.body.dataset.vscodeThemeKind;
  }
});
