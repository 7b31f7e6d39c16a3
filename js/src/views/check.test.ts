import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { CHECK_RUN, type CheckLine } from "../messages";
import { FakeModel } from "../testing/model";
import { openPanel } from "../testing/panel";
import widget from "../widget";
import { summarise } from "./check";

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  document.body.replaceChildren();
});

const line = (id: string, status: CheckLine["status"], more: Partial<CheckLine> = {}): CheckLine => ({
  id,
  group: "engine",
  title: id,
  status,
  found: "",
  remedy: "",
  ...more,
});

const KERNEL = [
  line("engine", "ok"),
  line("key", "problem", { title: "API key", found: "<b>No key.</b>", remedy: "Set one." }),
];

/** Answer what a check asks, as a kernel does. */
function answer(model: FakeModel, lines: CheckLine[] = KERNEL): void {
  model.onsend = (content, buffers) => {
    const { type, page, echo_id, via, probe_id } = content;
    if (type === CHECK_RUN) model.receive({ type: "check.lines", lines, ended: true });
    if (type === "check.echo") setTimeout(() => model.receive({ type, page, echo_id }, [...buffers]), 5);
    if (type === "route.probe") model.receive({ type: "route", page, probe_id, via, handled: "subshell" });
  };
}

it("draws realtime_widget.check() line by line, and tells the kernel what the page found", async () => {
  const model = new FakeModel();
  model.traits = { kind: "check", session_id: "c" };
  answer(model);
  const definition = widget();
  const dispose = definition.initialize({ model });
  const el = document.body.appendChild(document.createElement("div"));
  const unmount = definition.render({ model, el });
  const check = el.querySelector<HTMLElement>("[data-rtw=check]")!;
  expect(check.hasAttribute("data-ended")).toBe(false);
  expect(el.querySelector<HTMLButtonElement>("[data-rtw=check-again]")!.disabled).toBe(true);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(check.hasAttribute("data-ended")).toBe(true);
  const key = el.querySelector("[data-line=key]")!;
  expect(key.textContent).toContain("Problem");
  expect(key.textContent).toContain("<b>No key.</b>");
  expect(key.querySelector("b")).toBeNull();
  expect(key.textContent).toContain("→ Set one.");
  expect(el.querySelector("[data-line=busy]")!.getAttribute("data-status")).toBe("ok");
  const [told] = model.of("check.page") as unknown as { lines: CheckLine[] }[];
  expect(told!.lines.map(({ id }) => id)).toEqual(expect.arrayContaining(["secure", "echo", "busy"]));
  expect(told!.lines.some(({ status }) => status === "pending")).toBe(false);

  model.sent.length = 0;
  el.querySelector<HTMLButtonElement>("[data-rtw=check-again]")!.click();
  await vi.advanceTimersByTimeAsync(50);
  expect(model.of("check.run")).toMatchObject([{ again: true }]);
  unmount();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(model.listenerCount).toBe(0);
  expect(el.childElementCount).toBe(0);
  dispose();
});

it("opens below the error that it explains, asks nothing of Python, and closes by Escape", async () => {
  const { model, el, find } = openPanel();
  answer(model);
  const error = { code: "x", message: "Nobody there.", remedy: "Start it.", fatal: true };
  model.state({ status: "error", error });
  const opener = find("error").querySelector<HTMLElement>("[data-check]")!;
  opener.click();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(find("check").previousElementSibling?.className).toContain("rtw-notices");
  expect(find("check-summary").textContent).toContain("problem");
  expect(model.of("check.page")).toEqual([]);
  opener.click();
  expect(el.querySelectorAll("[data-rtw=check]").length).toBe(1);
  find("check").dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
  expect(find("check")).toBeNull();
});

it("sums up in words", () => {
  expect(summarise([line("a", "ok")], true)).toBe("Everything is well.");
  expect(summarise([line("a", "problem"), line("b", "note"), line("c", "note")], true)).toBe(
    "1 problem, 2 notes.",
  );
  expect(summarise([line("a", "pending")], false)).toBe("Looking…");
});
