/** What the panel shows: the kernel's state and turns, and what only this page knows. */

import { INITIAL_STATE, type State, type TurnView } from "./messages";

/** A trouble of this page (microphone, sound), in the user's words. */
export interface Problem {
  code: string;
  message: string;
  remedy: string;
}

export interface Local {
  mic: "off" | "opening" | "open";
  micProblem: Problem | null;
  /** True from the Start click until the kernel reports a status of its own. */
  starting: boolean;
  /** "late": slow to answer; "silent": gave up waiting; "gone": the comm is dead. */
  kernel: "waiting" | "alive" | "late" | "silent" | "gone";
  playing: boolean;
  /** The browser wants a click before it plays sound. */
  soundBlocked: boolean;
  ptt: "idle" | "held" | "tail";
  /** The user's own choice while the kernel has not confirmed it. */
  muted: boolean | null;
  dismissed: string | null;
  /** Typed before there was a connection to send it over; shown until it stands in the conversation. */
  waitingTexts: readonly string[];
  /** Text that could not be sent and goes back into the text box. */
  returnedText: string | null;
}

export type Change =
  | { kind: "state" }
  | { kind: "local" }
  | { kind: "turns"; reset: boolean; changed: readonly string[]; removed: readonly string[] };

export class Store {
  state: State = INITIAL_STATE;
  /** `performance.now()` of the last state; elapsed time is extrapolated from it. */
  state_at = 0;
  turns = new Map<string, TurnView>();
  order: string[] = [];
  local: Local = {
    mic: "off",
    micProblem: null,
    starting: false,
    kernel: "waiting",
    playing: false,
    soundBlocked: false,
    ptt: "idle",
    muted: null,
    dismissed: null,
    waitingTexts: [],
    returnedText: null,
  };
  private listeners = new Set<(change: Change) => void>();

  constructor(private readonly now: () => number = () => performance.now()) {}

  subscribe(listener: (change: Change) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  get subscribers(): number {
    return this.listeners.size;
  }

  applyState(state: State): void {
    // Missing fields keep their defaults, so an older or newer kernel package cannot break the panel.
    this.state = {
      ...INITIAL_STATE,
      ...state,
      engine: { ...INITIAL_STATE.engine, ...state.engine },
      settings: { ...INITIAL_STATE.settings, ...state.settings },
      choices: { ...INITIAL_STATE.choices, ...state.choices },
      locks: { ...INITIAL_STATE.locks, ...state.locks },
    };
    this.state_at = this.now();
    this.emit({ kind: "state" });
  }

  applyTurns(patch: { reset: boolean; order: string[] | null; turns: TurnView[]; removed: string[] }): void {
    if (patch.reset) {
      this.turns = new Map();
      this.order = [];
    }
    const known = new Set(this.order);
    for (const turn of patch.turns) {
      this.turns.set(turn.id, turn);
      if (!known.has(turn.id)) {
        known.add(turn.id);
        this.order.push(turn.id);
      }
    }
    for (const id of patch.removed) this.turns.delete(id);
    const order = patch.order ?? this.order;
    this.order = order.filter((id) => this.turns.has(id));
    const changed = patch.turns.map((turn) => turn.id);
    this.emit({ kind: "turns", reset: patch.reset, changed, removed: patch.removed });
  }

  setLocal(patch: Partial<Local>): void {
    const keys = Object.keys(patch) as (keyof Local)[];
    if (keys.every((key) => this.local[key] === patch[key])) return;
    this.local = { ...this.local, ...patch };
    this.emit({ kind: "local" });
  }

  /** The status to show: what the kernel says, or what this page already knows better. */
  get status(): State["status"] | "dead" {
    if (this.local.kernel === "gone") return "dead";
    const { status } = this.state;
    if (this.local.starting && (status === "disconnected" || status === "error")) return "connecting";
    return status;
  }

  get muted(): boolean {
    return this.local.muted ?? this.state.muted;
  }

  get speaking(): boolean {
    return this.state.speaking || this.local.playing;
  }

  /** A conversation goes on; between two connections the kernel keeps what is said. */
  get live(): boolean {
    return this.status === "connected" || this.status === "reconnecting";
  }

  /** There is somebody to write to, who can be told how to be. */
  get converses(): boolean {
    return this.state.kind === "realtime";
  }

  get pushToTalk(): boolean {
    return this.state.settings.turn_detection === "none";
  }

  get elapsed_ms(): number {
    const { elapsed_ms, running } = this.state;
    const live = running && this.local.kernel !== "gone" && this.local.kernel !== "silent";
    return elapsed_ms + (live ? this.now() - this.state_at : 0);
  }

  private emit(change: Change): void {
    for (const listener of [...this.listeners]) listener(change);
  }
}
