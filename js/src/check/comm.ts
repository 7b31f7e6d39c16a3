/** The way between page and kernel, measured: chunks as the microphone sends them go out and come back. */

import type { CheckLine } from "../messages";

/** 40 ms of sound. */
export const CHUNK_BYTES = 1920;
export const CHUNK_MS = 40;
/** Each echo makes three messages of the kernel's server, which drops what goes beyond 1000 a second. */
export const N_ECHOES = 12;
export const N_BURST = 100;
const ECHO_LIMIT_MS = 5000;
const BURST_LIMIT_MS = 8000;

export const COMM_TITLES = {
  echo: "Round trip",
  burst: "Throughput",
  busy: "While a cell runs",
  nodelay: "Server extension",
} as const;

/** What came of the measurement. */
export interface Echoes {
  /** Round trips of single chunks, in ms; empty when none came back. */
  trips_ms: readonly number[];
  /** Chunks of the burst that came back. */
  returned: number;
  burst_ms: number;
  /** Chunks whose sound came back as another, or not at all. */
  damaged: number;
}

/** Sends chunks and takes what comes back. */
export class Echo {
  private waiting = new Map<number, { take: () => void; pcm: Uint8Array }>();
  private echo_id = 0;
  private damaged = 0;

  constructor(
    private readonly send: (echo_id: number, pcm: ArrayBuffer) => boolean,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** A chunk came back. */
  take(echo_id: number, buffers: readonly unknown[]): void {
    const sent = this.waiting.get(echo_id);
    if (sent === undefined) return;
    this.waiting.delete(echo_id);
    if (!same(sent.pcm, buffers[0])) this.damaged += 1;
    sent.take();
  }

  /** Measure; `aborted` ends it early. */
  async measure(signal: AbortSignal): Promise<Echoes> {
    this.damaged = 0;
    const trips_ms: number[] = [];
    for (let n = 0; n < N_ECHOES && !signal.aborted; n++) {
      const trip_ms = await this.trip(signal);
      if (trip_ms === null) break;
      trips_ms.push(trip_ms);
    }
    const burst = trips_ms.length > 0 ? await this.burst(signal) : { returned: 0, burst_ms: 0 };
    this.waiting.clear();
    return { trips_ms, ...burst, damaged: this.damaged };
  }

  private async trip(signal: AbortSignal): Promise<number | null> {
    const began = this.now();
    const came = await within(this.one(), ECHO_LIMIT_MS, signal);
    return came ? this.now() - began : null;
  }

  private async burst(signal: AbortSignal): Promise<{ returned: number; burst_ms: number }> {
    const began = this.now();
    let returned = 0;
    let ended = began;
    const all = Array.from({ length: N_BURST }, () =>
      this.one().then(() => {
        returned += 1;
        ended = this.now();
      }),
    );
    await within(Promise.all(all), BURST_LIMIT_MS, signal);
    return { returned, burst_ms: ended - began };
  }

  private one(): Promise<void> {
    const echo_id = this.echo_id++;
    const pcm = new Uint8Array(CHUNK_BYTES).map((_, place) => (place * 7 + echo_id) & 0xff);
    return new Promise((resolve) => {
      this.waiting.set(echo_id, { take: resolve, pcm });
      this.send(echo_id, pcm.slice().buffer);
    });
  }
}

function same(sent: Uint8Array, came: unknown): boolean {
  if (!(came instanceof DataView) && !(came instanceof ArrayBuffer) && !ArrayBuffer.isView(came))
    return false;
  const bytes =
    came instanceof ArrayBuffer
      ? new Uint8Array(came)
      : new Uint8Array(came.buffer, came.byteOffset, came.byteLength);
  return bytes.length === sent.length && bytes.every((byte, place) => byte === sent[place]);
}

/** Whether a promise is kept in time. */
function within(work: Promise<unknown>, limit_ms: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (kept: boolean) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
      resolve(kept);
    };
    const stop = () => end(false);
    const timer = setTimeout(stop, limit_ms);
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    work.then(
      () => end(true),
      () => end(false),
    );
  });
}

type Found = Pick<CheckLine, "status" | "found"> & { remedy?: string };

const SLOW_MS = 150;
const VERY_SLOW_MS = 400;
/** Times real time: below the first a conversation can't work, below the second something else in the way stops it. */
const ENOUGH = 1.5;
const PLENTY = 2.5;

export function echoFound({ trips_ms }: Echoes): Found {
  if (trips_ms.length === 0) {
    return {
      status: "problem",
      found: `The kernel did not answer within ${ECHO_LIMIT_MS / 1000} s.`,
      remedy:
        "It may be busy with a cell, or gone: wait for the cell or interrupt it, or restart the kernel.",
    };
  }
  const [p50_ms, p95_ms] = [quantile(trips_ms, 0.5), quantile(trips_ms, 0.95)];
  // Of the quickest it is unknown only which way took how much of it.
  const clocks_ms = Math.min(...trips_ms) / 2;
  const found = `To the kernel and back: p50 ${round(p50_ms)} ms, p95 ${round(p95_ms)} ms; the two clocks can be compared to ± ${round(clocks_ms)} ms.`;
  if (p95_ms <= SLOW_MS) return { status: "ok", found };
  const remedy =
    "Answers and interruptions come later by this much: use a nearer server, a better network, or a less busy machine.";
  return { status: p95_ms <= VERY_SLOW_MS ? "note" : "problem", found, remedy };
}

export function burstFound({ trips_ms, returned, burst_ms, damaged }: Echoes): Found {
  if (trips_ms.length === 0) return { status: "skipped", found: "Not measured: the kernel did not answer." };
  if (damaged > 0) {
    return {
      status: "problem",
      found: `${damaged} of ${trips_ms.length + returned} chunks came back damaged.`,
      remedy:
        "This host does not carry binary buffers as it should: open the notebook in JupyterLab in a browser.",
    };
  }
  const lost = N_BURST - returned;
  const times = burst_ms > 0 ? (returned * CHUNK_MS) / burst_ms : 0;
  const found = `${seconds(returned * CHUNK_MS)} s of sound both ways in ${seconds(burst_ms)} s, ${times.toFixed(times < 10 ? 1 : 0)} times as fast as speech${lost > 0 ? `; ${lost} of ${N_BURST} chunks are missing` : ""}.`;
  if (lost === 0 && times >= PLENTY) return { status: "ok", found };
  const remedy = "Sound may stutter: use a better network, or a server that is nearer or less busy.";
  return { status: lost > 0 || times < ENOUGH ? "problem" : "note", found, remedy };
}

/** What a cell does to the conversation, by the way that was found. */
export function busyFound(kind: "main" | "subshell" | "control" | null): Found {
  if (kind === null) return { status: "skipped", found: "Not known: the kernel did not answer." };
  if (kind === "subshell") {
    return { status: "ok", found: "One can go on talking: the kernel hears the page on a subshell." };
  }
  if (kind === "control") {
    return {
      status: "ok",
      found: "One can go on talking: the kernel hears the page on its control channel.",
    };
  }
  return {
    status: "note",
    found:
      "The kernel hears the page only between cells; what is said meanwhile reaches it at the end, up to 30 s of it.",
    remedy:
      "Keep cells short while talking; in Jupyter, use ipykernel 7 with JupyterLab 4.4, Notebook 7.4 or newer.",
  };
}

/** Whether the server's extension is there; null where the host's page does not tell. */
export function nodelayFound(told: boolean | null): Found {
  if (told === true) return { status: "ok", found: "It is on: the voice is sent at once." };
  if (told === null) return { status: "skipped", found: "This host does not tell." };
  return {
    status: "note",
    found: "It is not on: the voice comes some 20 ms later.",
    remedy:
      "Install realtime-widget where the Jupyter server runs, or enable it there (`jupyter server extension list` tells; `… enable realtime_widget`), and restart that.",
  };
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

function round(ms: number): string {
  return ms < 10 ? ms.toFixed(1) : String(Math.round(ms));
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(ms < 10_000 ? 2 : 1);
}
