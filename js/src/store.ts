/** What the panel shows: the kernel's state and turns, and what only this page knows. */

import {
  type Choice,
  INITIAL_STATE,
  type Splice,
  type State,
  type TurnsPatch,
  type TurnView,
} from "./messages";

/** A trouble of this page (microphone, sound), in the user's words. */
export interface Problem {
  code: string;
  message: string;
  remedy: string;
}

/** What is chosen about sound in this page. */
export interface SoundSettings {
  /** Ids of devices; "" is the system's default. */
  input: string;
  output: string;
  /** 0 to 1. */
  volume: number;
  echo_cancellation: boolean;
  noise_suppression: boolean;
  auto_gain_control: boolean;
  half_duplex: boolean;
}

export interface Local {
  /** "open" as long as a track of ours runs, and no longer; "opening" while none does yet. */
  mic: "off" | "opening" | "open";
  micProblem: Problem | null;
  /** Something about devices that is good to know and stops nothing. */
  deviceNote: Problem | null;
  sound: SoundSettings;
  /** The devices by name, as far as the browser tells them; loudspeakers null where it lets nobody choose. */
  inputs: readonly Choice[];
  outputs: readonly Choice[] | null;
  /** The name of the microphone that is open. */
  inputInUse: string | null;
  /** The test sound plays. */
  testing: boolean;
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
  /** The sound of a saved conversation in this page: not asked for yet, on its way, here, … */
  replay: "none" | "fetching" | "ready" | "blocked" | "silent" | "failed";
  dismissed: string | null;
  /** Typed before there was a connection to send it over; shown until it stands in the conversation. */
  waitingTexts: readonly string[];
  /** Text that could not be sent and goes back into the text box. */
  returnedText: string | null;
}

export type Change =
  | { kind: "state" }
  | { kind: "local" }
  | {
      kind: "turns";
      reset: boolean;
      /** What came had been said before: it is no news. */
      older: boolean;
      changed: readonly string[];
      removed: readonly string[];
    };

export class Store {
  state: State = INITIAL_STATE;
  /** `performance.now()` of the last state; elapsed time is extrapolated from it. */
  state_at = 0;
  turns = new Map<string, TurnView>();
  /** The turns that are here, in order. */
  order: readonly string[] = [];
  /** False once a patch was missed, until everything came anew. */
  inStep = true;
  local: Local = {
    mic: "off",
    micProblem: null,
    deviceNote: null,
    sound: {
      input: "",
      output: "",
      volume: 1,
      echo_cancellation: true,
      noise_suppression: true,
      auto_gain_control: true,
      half_duplex: false,
    },
    inputs: [],
    outputs: null,
    inputInUse: null,
    testing: false,
    starting: false,
    kernel: "waiting",
    playing: false,
    soundBlocked: false,
    ptt: "idle",
    muted: null,
    replay: "none",
    dismissed: null,
    waitingTexts: [],
    returnedText: null,
  };
  /** All turns in order, those that are still to come from the kernel included. */
  private ids: readonly string[] = [];
  private named = new Set<string>();
  private revision = 0;
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
      microphone: { ...INITIAL_STATE.microphone, ...state.microphone },
    };
    this.state_at = this.now();
    this.emit({ kind: "state" });
  }

  applyTurns(patch: TurnsPatch): void {
    if (!this.keepsStep(patch)) return;
    if (patch.reset) {
      this.turns = new Map();
      this.ids = [];
      this.named = new Set();
    }
    if (patch.order !== null) this.splice(patch.order);
    for (const id of patch.removed) this.turns.delete(id);
    for (const turn of patch.turns) if (this.named.has(turn.id)) this.turns.set(turn.id, turn);
    const complete = this.turns.size === this.ids.length;
    this.order = complete ? this.ids : this.ids.filter((id) => this.turns.has(id));
    const { reset, removed } = patch;
    const older = patch.page !== undefined && !reset;
    this.emit({ kind: "turns", reset, older, changed: patch.turns.map((turn) => turn.id), removed });
  }

  /** Patches change the list that the one before left: without that one they would make a wrong list. */
  private keepsStep({ page, revision, reset }: TurnsPatch): boolean {
    if (reset) this.inStep = true;
    else if (revision !== this.revision + (page === undefined ? 1 : 0)) this.inStep = false;
    if (this.inStep) this.revision = revision;
    return this.inStep;
  }

  private splice({ at, cut, ids }: Splice): void {
    for (const id of this.ids.slice(at, at + cut)) this.named.delete(id);
    for (const id of ids) this.named.add(id);
    this.ids = [...this.ids.slice(0, at), ...ids, ...this.ids.slice(at + cut)];
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

  /** It is a saved conversation, which is played. */
  get replays(): boolean {
    return this.state.player !== null;
  }

  /** The user's sound comes from the kernel, and no page has to listen. */
  get heardElsewhere(): boolean {
    return this.state.audio_in.kind === "kernel";
  }

  /** Somebody or something is heard, unless muted. */
  get heard(): boolean {
    return this.local.mic === "open" || (this.live && this.heardElsewhere);
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
