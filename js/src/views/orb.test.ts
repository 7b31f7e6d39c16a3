import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { openPage } from "../testing/page";

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  document.body.replaceChildren();
});

const heights = (orb: Element) =>
  [...orb.querySelectorAll<HTMLElement>(".rtw-orb-bar")].map((bar) =>
    Number(/scaleY\((.*)\)/.exec(bar.style.transform)?.[1] ?? 0),
  );

it("follows the microphone while one listens and rests when it is quiet", async () => {
  const { find, connect, audio, chunk } = openPage();
  await connect({ listening: true });
  expect(find("orb").dataset.activity).toBe("listening");
  chunk(0);
  await vi.advanceTimersByTimeAsync(200);
  const loud = Math.max(...heights(find("orb")));
  expect(loud).toBeGreaterThan(0.3);
  const silence = { kind: "chunk", buffer: new ArrayBuffer(9600), length: 960, first_sample: 960, time: 0 };
  audio.capture().say({ ...silence, peak: 0, rms: 0 });
  await vi.advanceTimersByTimeAsync(2000);
  expect(Math.max(...heights(find("orb")))).toBeLessThan(0.2);
});

it("shows what runs: a tool by its name", async () => {
  const { find, connect, model } = openPage();
  await connect({ thinking: true });
  expect(find("orb").dataset.activity).toBe("thinking");
  const call = {
    call_id: "1",
    name: "rows",
    arguments: "{}",
    output: null,
    error: null,
    version: 1,
  } as const;
  const running = { ...call, status: "running", duration_ms: null, leads: true } as const;
  const turn = { id: "a", role: "assistant", text: "", heard_text: null, status: "in_progress" } as const;
  const rest = { uncertain: false, start_ms: null, connection: 1, heard_estimated: false } as const;
  model.turns([{ ...turn, ...rest, calls: [running] }]);
  expect(find("orb").dataset.activity).toBe("working");
  expect(find("status").textContent).toContain("Running rows…");
});
