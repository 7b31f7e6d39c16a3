/** What goes on, in one word for the style sheet, a shape and a few words for the reader. */

import type { PlayerState } from "../messages";
import type { Store } from "../store";
import type { IconName } from "./icons";

export type Activity =
  | "off"
  | "waiting"
  | "ready"
  | "listening"
  | "thinking"
  | "working"
  | "speaking"
  | "muted"
  | "trouble";

export interface StatusLook {
  icon: IconName;
  words: string;
  activity: Activity;
}

/** Calls of the latest turns may still run; older ones have their results. */
const TURNS_WITH_CALLS = 6;

const LOOKS: Record<Store["status"], [IconName, string, Activity]> = {
  disconnected: ["off", "Not connected", "off"],
  connecting: ["wait", "Connecting…", "waiting"],
  connected: ["ready", "Ready", "ready"],
  reconnecting: ["retry", "Reconnecting…", "waiting"],
  error: ["warn", "Stopped by an error", "trouble"],
  dead: ["gone", "Kernel stopped", "trouble"],
};

/** What the status line shows; the first that applies wins. */
export function statusLook(store: Store): StatusLook {
  const { status, state, local } = store;
  if (state.player !== null && status !== "dead") return replayLook(store, state.player);
  if (local.mic === "opening" && local.starting) {
    const what = state.audio_in.kind === "microphone" ? "the microphone" : `the ${state.audio_in.label}`;
    return { icon: "mic", words: `Waiting for ${what}…`, activity: "waiting" };
  }
  if (status !== "connected") {
    const [name, words, activity] = LOOKS[status];
    return { icon: name, words, activity };
  }
  if (local.kernel === "late") {
    return { icon: "wait", words: "Kernel is slow to answer…", activity: "waiting" };
  }
  if (local.kernel === "silent")
    return { icon: "warn", words: "Kernel does not answer", activity: "trouble" };
  if (local.ptt === "held") {
    return { icon: "listen", words: "Listening, release to send", activity: "listening" };
  }
  const now = goingOn(store);
  if (now !== null) return now;
  if (store.heard && store.muted) {
    const words = state.audio_in.kind === "microphone" ? "Microphone muted" : "Sound muted";
    return { icon: "micOff", words, activity: "muted" };
  }
  return { icon: "ready", words: readyWords(store), activity: "ready" };
}

/** A saved conversation: while it plays, what went on; else how the player stands. */
function replayLook(store: Store, player: PlayerState): StatusLook {
  if (!player.playing) {
    if (!player.begun) return { icon: "play", words: "Ready to play", activity: "off" };
    const ended = player.position_ms >= player.duration_ms;
    return { icon: ended ? "ready" : "pause", words: ended ? "At the end" : "Paused", activity: "off" };
  }
  return goingOn(store) ?? { icon: "play", words: "Playing", activity: "ready" };
}

/** Who has the word, or what is being done for an answer; null where nothing is. */
function goingOn(store: Store): StatusLook | null {
  if (store.state.listening) return { icon: "listen", words: "Listening", activity: "listening" };
  if (store.speaking) return { icon: "sound", words: "Speaking", activity: "speaking" };
  const running = runningCalls(store);
  if (running.length > 0) return { icon: "tool", words: callWords(running), activity: "working" };
  if (store.state.thinking) return { icon: "think", words: "Thinking", activity: "thinking" };
  return null;
}

function readyWords(store: Store): string {
  if (store.heardElsewhere) return store.converses ? "Ready, type below" : "Ready";
  if (store.local.mic !== "open")
    return store.converses ? "Ready, type below" : "Ready, the microphone is off";
  return store.pushToTalk ? "Ready, hold to talk" : "Ready, say something";
}

function callWords(names: readonly string[]): string {
  return names.length === 1 ? `Running ${names[0]}…` : `Running ${names.length} tools…`;
}

/** The names of the calls that run now. */
function runningCalls({ order, turns }: Store): string[] {
  return order
    .slice(-TURNS_WITH_CALLS)
    .flatMap((id) => turns.get(id)?.calls ?? [])
    .filter((call) => call.status === "running")
    .map((call) => call.name);
}
