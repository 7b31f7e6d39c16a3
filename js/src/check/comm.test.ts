import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { burstFound, busyFound, Echo, echoFound, N_BURST, N_ECHOES, nodelayFound, quantile } from "./comm";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** A kernel that gives chunks back after a while, changed by `give`. */
function setup(
  delay_ms: number,
  give: (pcm: ArrayBuffer, n: number) => unknown | null = (pcm) => new DataView(pcm),
) {
  let n = 0;
  const echo: Echo = new Echo((echo_id, pcm) => {
    const back = give(pcm, n++);
    if (back !== null) setTimeout(() => echo.take(echo_id, [back]), delay_ms);
    return true;
  });
  return { echo, abort: new AbortController() };
}

async function measure({ echo, abort }: ReturnType<typeof setup>) {
  const done = echo.measure(abort.signal);
  await vi.advanceTimersByTimeAsync(30_000);
  return done;
}

it("measures round trips one by one, then a burst", async () => {
  const found = await measure(setup(20));
  expect(found.trips_ms).toHaveLength(N_ECHOES);
  expect(found).toMatchObject({ returned: N_BURST, damaged: 0, burst_ms: 20 });
  expect(echoFound(found)).toMatchObject({ status: "ok", found: expect.stringContaining("p95 20 ms") });
  expect(echoFound(found).found).toContain("± 10 ms");
  expect(burstFound(found).status).toBe("ok");
});

it("tells a slow way from one that is too slow", async () => {
  expect(echoFound(await measure(setup(300))).status).toBe("note");
  const found = echoFound(await measure(setup(900)));
  expect(found.status).toBe("problem");
  expect(found.remedy).toContain("network");
});

it("gives up on a kernel that does not answer", async () => {
  const found = await measure(setup(0, () => null));
  expect(found.trips_ms).toEqual([]);
  expect(echoFound(found)).toMatchObject({ status: "problem", remedy: expect.stringContaining("interrupt") });
  expect(burstFound(found).status).toBe("skipped");
});

it("counts what does not come back of a burst, and what comes back as another", async () => {
  const lost = await measure(setup(5, (pcm, n) => (n % 10 === 9 ? null : new Uint8Array(pcm))));
  expect(lost.trips_ms.length).toBeLessThan(N_ECHOES);
  const some = await measure(setup(5, (pcm, n) => (n > 50 && n % 10 === 0 ? null : pcm)));
  expect(burstFound(some)).toMatchObject({ status: "problem", found: expect.stringContaining("missing") });
  const damaged = await measure(setup(5, () => undefined));
  expect(burstFound(damaged)).toMatchObject({ status: "problem", found: expect.stringContaining("damaged") });
  expect(burstFound(damaged).remedy).toContain("JupyterLab");
});

it("judges a burst by the speed of speech", () => {
  const burst = (burst_ms: number) =>
    burstFound({ trips_ms: [1], returned: N_BURST, burst_ms, damaged: 0 }).status;
  expect([burst(400), burst(2000), burst(4000)]).toEqual(["ok", "note", "problem"]);
});

it("ends with its view", async () => {
  const { echo, abort } = setup(20, () => null);
  const done = echo.measure(abort.signal);
  abort.abort();
  expect((await done).trips_ms).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
});

it("says of each way what a busy cell does", () => {
  expect(busyFound("subshell").status).toBe("ok");
  expect(busyFound("control").status).toBe("ok");
  expect(busyFound("main")).toMatchObject({ status: "note", remedy: expect.stringContaining("ipykernel 7") });
  expect(busyFound(null).status).toBe("skipped");
});

it("knows of the server's extension what the page tells", () => {
  expect(nodelayFound(true).status).toBe("ok");
  expect(nodelayFound(false).remedy).toContain("jupyter server extension list");
  expect(nodelayFound(null).status).toBe("skipped");
});

it("counts quantiles of few values", () => {
  expect(quantile([3, 1, 2], 0.5)).toBe(2);
  expect(quantile([1], 0.95)).toBe(1);
  expect(quantile([], 0.5)).toBe(0);
});
