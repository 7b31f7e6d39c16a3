/**
 * The comm messages between kernel and page. Keep in step with `realtime_widget/widget/messages.py`.
 *
 * Every message is one JSON object with a `type`; audio travels beside it as one binary buffer of
 * 24 kHz, 16-bit, little-endian, mono PCM.
 */

export const SAMPLE_RATE = 24_000;

/** Kernel to page. */
export const STATE = "state";
export const TURNS = "turns";
export const AUDIO = "audio";
export const AUDIO_END = "audio.end";
export const AUDIO_CLEAR = "audio.clear";
export const MIC = "mic";
export const START_FAILED = "start.failed";
export const ROUTE = "route";
export const SAVED = "saved";
export const PING = "ping";
export const GONE = "gone";
export const CHECK_LINES = "check.lines";
export const INSPECTOR_ROWS = "inspector.rows";
export const PLAYER_SCORE = "player.score";
export const PLAYER_SOUND = "player.sound";

/** Page to kernel (`audio` and `mic` go both ways). */
export const PAGE_READY = "page.ready";
export const PAGE_HIDE = "page.hide";
export const PAGE_UNSEEN = "page.unseen";
export const ROUTE_PROBE = "route.probe";
export const SAVED_GET = "saved.get";
export const BEAT = "beat";
export const START = "start";
export const STOP = "stop";
export const TEXT = "text";
export const INTERRUPT = "interrupt";
export const MUTE = "mute";
export const SETTINGS = "settings";
export const PTT = "ptt";
export const PLAYED = "played";
export const INSPECTOR_OPEN = "inspector.open";
export const INSPECTOR_CLOSE = "inspector.close";
export const INSPECTOR_RAW = "inspector.raw";
export const CHECK_RUN = "check.run";
export const CHECK_PAGE = "check.page";
export const PLAYER_MOVE = "player.move";
export const PLAYER_SOUND_GET = "player.sound.get";
/** Both ways. */
export const CHECK_ECHO = "check.echo";

export type Status = "disconnected" | "connecting" | "connected" | "reconnecting" | "error";
export type TurnDetection = "semantic_vad" | "server_vad" | "none";
export type Role = "user" | "assistant" | "system";
export type TurnStatus = "in_progress" | "completed" | "interrupted" | "failed" | "incomplete" | "cancelled";
export type CallStatus = "running" | "done" | "failed" | "cancelled" | "timed_out";

export interface Choice {
  id: string;
  label: string;
}

export interface SessionError {
  code: string;
  message: string;
  remedy: string;
  fatal: boolean;
}

export interface Settings {
  voice: string;
  turn_detection: TurnDetection;
  instructions: string;
  output: "audio" | "text";
}

/** Why a control may not be changed now; null where it may. */
export interface Locks {
  voice: string | null;
  turn_detection: string | null;
  instructions: string | null;
}

export interface ToolView {
  name: string;
  description: string;
  version: number;
}

/** Who converses: a person with a model, or a person alone, written down or translated. */
export type SessionKind = "realtime" | "transcription" | "translation";

/** Which microphone (a part of its name, or its id; null for the system's), and what the browser does to its sound. */
export interface MicrophoneWish {
  device: string | null;
  echo_cancellation: boolean;
  noise_suppression: boolean;
  auto_gain_control: boolean;
}

/** Whence the user's sound comes: this page's microphone, a stream of another widget in it, or the kernel itself. */
export interface AudioIn {
  kind: "microphone" | "stream" | "kernel";
  label: string;
  /** Of the stream's widget. */
  model_id: string | null;
}

/** How the player of a saved conversation stands. */
export interface PlayerState {
  playing: boolean;
  /** 1 is the pace of the conversation; null for as fast as it goes. */
  speed: number | null;
  /** As of this message; while the course stays the same, the page works it out by itself. */
  position_ms: number;
  duration_ms: number;
  /** It was moved; before, the whole conversation is shown. */
  begun: boolean;
  /** Rises whenever it is started, stopped, moved, or plays at another speed. */
  course: number;
  /** When the conversation took place, as an ISO date. */
  created_at: string | null;
}

/** Begin and end in ms, and who has the word: 0 the user, 1 the assistant, 2 others, 3 a tool. */
export type Mark = [begin_ms: number, end_ms: number, side: number];

/** What the conversation cost, in US dollars. */
export interface Cost {
  /** So far, as far as prices are known. */
  usd: number;
  /** The engine costs nothing. */
  free: boolean;
  /** Models that `usd` doesn't count, for what they cost isn't known. */
  unpriced: string[];
  /** Why that is, and what helps; null if all is counted. */
  unknown: string | null;
  /** About what the next turn will cost; null where that can't be told. */
  next_usd: number | null;
  /** The date of the prices. */
  prices: string | null;
  /** The prices are the user's own. */
  own_prices: boolean;
  budget_usd: number | null;
  /** What the answers took; cached tokens are a part of those given. */
  tokens: { modality: string; given: number; cached: number; made: number }[];
  /** `usd` is null where the price isn't known. */
  models: { model: string; kind: string; bills: number; seconds: number; usd: number | null }[];
}

/** The whole small state; the kernel sends it complete every time. */
export interface State {
  status: Status;
  kind: SessionKind;
  engine: {
    kind: "local" | "openai" | "azure" | "url" | null;
    name: string;
    model: string;
    note: string | null;
  };
  elapsed_ms: number;
  running: boolean;
  listening: boolean;
  speaking: boolean;
  thinking: boolean;
  muted: boolean;
  error: SessionError | null;
  notice: string | null;
  settings: Settings;
  choices: { voices: Choice[]; turn_detection: Choice[] };
  locks: Locks;
  suggestions: string[];
  tools: ToolView[];
  owner: string | null;
  chunk_ms: number;
  /** How the kernel wants the microphone opened; what a person chose in this browser goes before. */
  microphone: MicrophoneWish;
  /** Send nothing of the microphone while the voice sounds. */
  half_duplex: boolean;
  /** What the session hears; the microphone is asked for only where it is that. */
  audio_in: AudioIn;
  title: string;
  session_id: string;
  /** What happens when the last view is gone. */
  on_close: "keep" | "mute" | "stop";
  /** By which way the kernel hears the page that has the microphone, and what a busy cell does to it. */
  route: { kind: Handled | null; note: string };
  /** Of a saved conversation, which is played and not talked in; null where people talk. */
  player: PlayerState | null;
  /** Where the conversation is written as it happens, and why it isn't at the moment; null where it never is. */
  store: { place: string; problem: string | null } | null;
  /** What it cost so far. */
  cost: Cost | null;
}

/** One thing that a check of the surroundings looked at. */
export interface CheckLine {
  id: string;
  group: "page" | "comm" | "engine" | "versions";
  title: string;
  /** "note": it works, with a limit that one should know; "skipped": it could not be asked. */
  status: "ok" | "note" | "problem" | "skipped" | "pending";
  found: string;
  /** What to do; empty where nothing has to be done. */
  remedy: string;
}

export interface CallView {
  call_id: string;
  name: string;
  arguments: string;
  output: string | null;
  error: string | null;
  status: CallStatus;
  duration_ms: number | null;
  version: number;
  /** Made before the turn's words, which answer it; else the words announced it. */
  leads: boolean;
}

export interface TurnView {
  id: string;
  role: Role;
  text: string;
  heard_text: string | null;
  status: TurnStatus;
  uncertain: boolean;
  start_ms: number | null;
  /** Ordinal of the connection that it came over, from 1; 0 for an earlier conversation. */
  connection: number;
  /** Nobody knows at which word an interrupted answer was cut. */
  heard_estimated: boolean;
  calls: CallView[];
}

export type Direction = "in" | "out" | "local";

/** An event from the server, a command to it, or something that happened to the session itself. */
export interface EventRow {
  number: number;
  t_ms: number;
  direction: Direction;
  kind: string;
  event_id: string | null;
  item_id: string | null;
  response_id: string | null;
  n_bytes: number;
}

/** Where in the list of ids how many are cut, and which come in their place. */
export interface Splice {
  at: number;
  cut: number;
  ids: string[];
}

/**
 * What changed of the turns, for all pages; with a `page` what that one lacked of them, and how many it still lacks.
 * The `revision` is one more with each patch for all: a page that missed one asks for everything anew.
 */
export type TurnsPatch = Omit<Extract<KernelMessage, { type: typeof TURNS }>, "type">;

export type KernelMessage =
  | { type: typeof STATE; state: State }
  | {
      type: typeof TURNS;
      page?: string;
      revision: number;
      reset: boolean;
      order: Splice | null;
      turns: TurnView[];
      removed: string[];
      n_left: number;
    }
  | { type: typeof AUDIO; page: string; item_id: string; content_index: number; seq: number }
  | { type: typeof AUDIO_END; page: string; item_id: string; content_index: number }
  | { type: typeof AUDIO_CLEAR; clear_id: number }
  | { type: typeof MIC; page: string; action: "release" }
  | { type: typeof START_FAILED; page: string }
  | { type: typeof ROUTE; page: string; probe_id: number; via: Via; handled: Handled }
  /** What the notebook file should tell; with the output itself for a page that asked. */
  | { type: typeof SAVED; digest: string; data?: Record<string, string>; marks?: Record<string, unknown> }
  | { type: typeof PING; page: string; sent_ms: number }
  | { type: typeof GONE }
  | { type: typeof CHECK_LINES; lines: CheckLine[]; ended: boolean }
  | { type: typeof CHECK_ECHO; page: string; echo_id: number }
  | {
      type: typeof INSPECTOR_ROWS;
      page: string;
      query_id: number;
      rows: EventRow[];
      n_events: number;
      searching: boolean;
    }
  | { type: typeof INSPECTOR_RAW; page: string; number: number; text: string | null }
  /** Who has the word when; the buffer has two bytes, how loud user and assistant are, for each step. */
  | { type: typeof PLAYER_SCORE; page: string; marks: Mark[]; step_ms: number }
  /** A part of the sound file that goes with the player; none at all where nothing sounds. */
  | { type: typeof PLAYER_SOUND; page: string; part: number; n_parts: number; kind: string };

export type MicResult = "open" | "denied" | "unavailable" | "none";
export type MicState = "open" | "closed" | "denied" | "lost" | "unavailable";

export interface PlayedItem {
  item_id: string;
  content_index: number;
  /** Rendered so far, counted at 24 kHz. */
  played_samples: number;
  /** When the first sample was at the loudspeaker, by the page's clock; null while nothing was played. */
  started_ms: number | null;
  finished: boolean;
}

/** By which way a message was sent, and where the kernel handled it. */
export type Via = "comm" | "control";
export type Handled = "main" | "subshell" | "control";

/** What the page sends; `link.ts` adds the `page` and its number `n`. */
export type PageMessage =
  | { type: typeof PAGE_READY; secure: boolean; has_microphone: boolean }
  | { type: typeof PAGE_HIDE }
  | { type: typeof SAVED_GET; digest: string }
  | { type: typeof PAGE_UNSEEN }
  | { type: typeof ROUTE_PROBE; probe_id: number; via: Via }
  /** By the page's clock; `skew_ms` is by how much the date differs from it. */
  | { type: typeof BEAT; ping_ms?: number; received_ms?: number; answered_ms?: number; skew_ms?: number }
  | { type: typeof START; mic: MicResult; detail: string | null }
  | { type: typeof STOP }
  | { type: typeof MIC; state: MicState; detail: string | null }
  | { type: typeof TEXT; text: string }
  | { type: typeof INTERRUPT }
  | { type: typeof MUTE; muted: boolean }
  | ({ type: typeof SETTINGS } & Partial<Pick<Settings, "voice" | "turn_detection" | "instructions">>)
  | { type: typeof PTT; ptt_id: number; phase: "press" | "release" | "cancel" }
  /** `captured_ms` by the page's clock. `resumed`: what is missing before it was held back here, not lost. */
  | { type: typeof AUDIO; seq: number; first_sample: number; captured_ms: number; resumed?: boolean }
  | { type: typeof PLAYED; clear_id: number | null; items: PlayedItem[] }
  | { type: typeof CHECK_RUN; again: boolean }
  | { type: typeof CHECK_ECHO; echo_id: number }
  | { type: typeof CHECK_PAGE; lines: CheckLine[] }
  | {
      type: typeof INSPECTOR_OPEN;
      query_id: number;
      after: number | null;
      text: string;
      direction: Direction | "all";
    }
  | { type: typeof INSPECTOR_CLOSE }
  | { type: typeof INSPECTOR_RAW; number: number }
  | {
      type: typeof PLAYER_MOVE;
      move: "play" | "pause" | "seek" | "step" | "speed";
      speed?: number;
      position_ms?: number;
      steps?: number;
    }
  | { type: typeof PLAYER_SOUND_GET; packed: boolean };

/** The player of a saved conversation, before the kernel has said anything of it. */
export const INITIAL_PLAYER: PlayerState = {
  playing: false,
  speed: 1,
  position_ms: 0,
  duration_ms: 0,
  begun: false,
  course: -1,
  created_at: null,
};

/** What the panel shows before the kernel has said anything. */
export const INITIAL_STATE: State = {
  status: "disconnected",
  kind: "realtime",
  engine: { kind: null, name: "", model: "", note: null },
  elapsed_ms: 0,
  running: false,
  listening: false,
  speaking: false,
  thinking: false,
  muted: false,
  error: null,
  notice: null,
  settings: { voice: "", turn_detection: "semantic_vad", instructions: "", output: "audio" },
  choices: { voices: [], turn_detection: [] },
  locks: { voice: null, turn_detection: null, instructions: null },
  suggestions: [],
  tools: [],
  owner: null,
  chunk_ms: 100,
  microphone: { device: null, echo_cancellation: true, noise_suppression: true, auto_gain_control: true },
  half_duplex: false,
  audio_in: { kind: "microphone", label: "the microphone", model_id: null },
  title: "",
  session_id: "",
  on_close: "mute",
  route: { kind: null, note: "" },
  player: null,
  store: null,
  cost: null,
};
