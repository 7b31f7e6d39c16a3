/** One per model: the verbs of the panel, and what follows from the kernel's messages. Views only call and watch. */

import type { Chunk, Microphone } from "./audio/capture";
import type { AudioEngine } from "./audio/engine";
import { toInt16 } from "./audio/pcm";
import type { Player } from "./audio/playback";
import { PushToTalk } from "./audio/ptt";
import { MicError } from "./audio/source";
import { Uplink } from "./audio/uplink";
import { hasMicrophone, type Link } from "./link";
import type { MicResult, PageMessage, Settings, State } from "./messages";
import type { Scope } from "./scope";
import type { Store } from "./store";
import { type Verdict, Watchdog } from "./watchdog";

/** A model without any displayed view keeps its microphone this long: a cell that runs again shows it anew. */
const UNSEEN_MS = 2000;
const STARTING_LIMIT_MS = 20_000;
const MUTE_LIMIT_MS = 3000;
const READY_RETRIES_MS = [1500, 5000, 15_000];

export interface Parts {
  link: Link;
  store: Store;
  engine: AudioEngine;
  microphone: Microphone;
  player: Player;
  scope: Scope;
}

export class Controller {
  readonly store: Store;
  readonly page: string;
  /** Levels go straight to the meters: 20 times a second is no matter for the store. */
  readonly levels = { input: 0, output: 0 };

  private readonly link: Link;
  private readonly engine: AudioEngine;
  private readonly microphone: Microphone;
  private readonly player: Player;
  private readonly scope: Scope;
  private readonly uplink: Uplink;
  private readonly ptt: PushToTalk;
  private readonly watchdog: Watchdog;
  private views = 0;
  private cancelUnseen = () => {};
  private cancelStarting = () => {};
  private cancelMute = () => {};
  private start_id = 0;
  private expecting_since: number | null = null;
  private waitingTexts: string[] = [];
  private last_status: State["status"] = "disconnected";

  constructor(parts: Parts) {
    this.store = parts.store;
    this.link = parts.link;
    this.page = parts.link.page;
    this.engine = parts.engine;
    this.microphone = parts.microphone;
    this.player = parts.player;
    this.scope = parts.scope;
    this.uplink = new Uplink(
      (message, pcm) => this.link.send(message, pcm),
      () => this.maySend(),
    );
    this.ptt = new PushToTalk({
      press: (ptt_id) => this.pttPressed(ptt_id),
      release: (ptt_id) => this.link.send({ type: "ptt", ptt_id, phase: "release" }),
      cancel: (ptt_id) => this.link.send({ type: "ptt", ptt_id, phase: "cancel" }),
      flush: () => this.microphone.flush(),
      changed: (ptt) => this.store.setLocal({ ptt }),
    });
    this.watchdog = new Watchdog(
      () => ({ heard_at: this.link.heard_at, expecting_since: this.expecting_since }),
      (verdict) => this.judge(verdict),
    );
    this.wire();
  }

  /** Tell the kernel that this page is here; it answers with everything there is to show. */
  announce(): void {
    this.link.send({
      type: "page.ready",
      secure: globalThis.isSecureContext === true,
      has_microphone: hasMicrophone(),
    });
  }

  /** Register a displayed view; the returned function takes it away. */
  addView(): () => void {
    this.cancelUnseen();
    if (this.views++ === 0) this.announce();
    let shown = true;
    return () => {
      if (!shown) return;
      shown = false;
      // Closing a notebook removes its views and tells nothing else: an unseen microphone is closed.
      if (--this.views === 0) this.cancelUnseen = this.scope.timeout(() => this.leave(), UNSEEN_MS);
    };
  }

  /** The Start click: sound and microphone inside the gesture, then the session. */
  async start(): Promise<void> {
    if (this.store.local.starting) return;
    const id = ++this.start_id;
    this.store.setLocal({ starting: true, micProblem: null, dismissed: null });
    void this.wakeSound();
    const { mic, detail } = await this.openMic();
    if (id !== this.start_id) return;
    this.sendStart(mic, detail);
  }

  /** End, or cancel a start: the microphone closes at once, the kernel hears of it after. */
  stop(): void {
    this.start_id++;
    this.cancelStarting();
    this.waitingTexts = [];
    this.closeMic();
    this.silence();
    this.expecting_since = null;
    this.link.send({ type: "stop" });
    this.store.setLocal({ starting: false });
    this.scope.timeout(() => this.sleepSound(), 500);
  }

  /** Turn the microphone on in a session that runs already (started from Python, or by another page). */
  async turnMicOn(): Promise<void> {
    this.store.setLocal({ micProblem: null });
    void this.wakeSound();
    const { mic, detail } = await this.openMic();
    if (mic === "none") return;
    this.link.send({ type: "mic", state: mic, detail });
  }

  /** Send typed text; starts a session without a microphone where none runs. */
  sendText(text: string): void {
    const { status } = this.store;
    if (status === "connected") {
      if (this.store.speaking) this.interrupt();
      this.link.send({ type: "text", text });
      return;
    }
    if (status === "dead") {
      this.store.setLocal({ returnedText: text });
      return;
    }
    this.waitingTexts.push(text);
    if (status !== "disconnected" && status !== "error") return;
    this.start_id++;
    this.store.setLocal({ starting: true, dismissed: null });
    void this.wakeSound();
    this.sendStart("none", null);
  }

  /** Silence the voice in the page first, then let the kernel stop the response. */
  interrupt(): void {
    this.silence();
    this.link.send({ type: "interrupt" });
  }

  setMuted(muted: boolean): void {
    this.store.setLocal({ muted });
    this.microphone.setEnabled(!muted);
    if (muted) {
      this.ptt.cancel();
      this.uplink.forget();
    }
    this.link.send({ type: "mute", muted });
    this.cancelMute();
    this.cancelMute = this.scope.timeout(() => {
      this.store.setLocal({ muted: null });
      this.microphone.setEnabled(!this.store.muted);
    }, MUTE_LIMIT_MS);
  }

  change(settings: Partial<Pick<Settings, "voice" | "turn_detection" | "instructions">>): void {
    this.link.send({ type: "settings", ...settings });
  }

  pttDown(): void {
    if (this.store.status === "connected" && this.microphone.isOpen && !this.store.muted) this.ptt.down();
  }

  pttUp(): void {
    this.ptt.up();
  }

  pttCancel(): void {
    this.ptt.cancel();
  }

  dismiss(key: string): void {
    this.store.setLocal({ dismissed: key });
  }

  dismissMicProblem(): void {
    this.store.setLocal({ micProblem: null });
  }

  async wakeSound(): Promise<void> {
    const prepared = this.player.prepare();
    const running = await this.engine.resume();
    this.store.setLocal({ soundBlocked: !running && this.store.speaking });
    await prepared;
  }

  /** Text handed back to the text box has been put there. */
  takeReturnedText(): string | null {
    const { returnedText } = this.store.local;
    if (returnedText !== null) this.store.setLocal({ returnedText: null });
    return returnedText;
  }

  dispose(): void {
    this.ptt.cancel();
    this.microphone.close();
    this.player.dispose();
    this.engine.close();
  }

  private wire(): void {
    const { link, player, microphone, engine, scope, store } = this;
    link.handle({
      state: ({ state }) => this.applyState(state),
      turns: (patch) => store.applyTurns(patch),
      audio: ({ item_id, content_index, seq }, [buffer]) => {
        const samples = toInt16(buffer);
        if (samples) player.push(item_id, content_index, seq, samples);
      },
      "audio.end": ({ item_id, content_index }) => player.end(item_id, content_index),
      "audio.clear": ({ clear_id }) => this.clearFromKernel(clear_id),
      mic: () => this.closeMic(),
    });
    link.onDead((dead) => this.linkChanged(dead));
    player.onplayed = (items, clear_id) => link.send({ type: "played", clear_id, items });
    player.onplaying = (playing) => store.setLocal({ playing });
    player.onlevel = (peak) => {
      this.levels.output = peak;
    };
    player.onwanted = () => {
      if (!engine.exists || engine.context.state !== "running") void this.wakeSound();
    };
    microphone.onchunk = (chunk: Chunk) => this.uplink.take(chunk);
    microphone.onlevel = (peak) => {
      this.levels.input = peak;
    };
    microphone.onlost = () => this.micLost();
    engine.onstate = (running) => {
      if (running) store.setLocal({ soundBlocked: false });
    };
    scope.interval(() => this.watchdog.tick(), Watchdog.period_ms);
    if (typeof window !== "undefined") scope.listen(window, "pagehide", () => this.hide());
    for (const delay_ms of READY_RETRIES_MS) {
      scope.timeout(() => {
        if (link.heard_at === null && !link.isDead) this.announce();
      }, delay_ms);
    }
    scope.add(() => this.dispose());
  }

  private applyState(state: State): void {
    const before = this.last_status;
    this.last_status = state.status;
    this.store.applyState(state);
    if (this.store.local.muted === this.store.state.muted) {
      this.cancelMute();
      this.store.setLocal({ muted: null });
    }
    this.microphone.setEnabled(!this.store.muted);
    this.microphone.setChunk(this.store.state.chunk_ms);
    if (!this.store.pushToTalk) this.ptt.cancel();
    if (state.status !== "disconnected" && state.status !== "error") {
      this.expecting_since ??= performance.now();
    }
    this.statusChanged(before, state.status);
    this.store.setLocal({ kernel: "alive" });
  }

  private statusChanged(before: State["status"], status: State["status"]): void {
    const ended = status === "disconnected" || status === "error";
    if (before === status && !(status === "error" && this.store.local.starting)) return;
    if (!ended) {
      this.cancelStarting();
      this.store.setLocal({ starting: false });
    }
    if (status === "connected") {
      for (const text of this.waitingTexts.splice(0)) this.link.send({ type: "text", text });
    }
    if (ended && (before !== "disconnected" || status === "error")) this.sessionEnded();
  }

  private sessionEnded(): void {
    // While the permission is being asked for, an old error says nothing about the session to come.
    if (this.store.local.mic === "opening") return;
    this.cancelStarting();
    this.expecting_since = null;
    this.closeMic();
    const returned = this.waitingTexts.splice(0).join("\n");
    this.store.setLocal({ starting: false, ...(returned ? { returnedText: returned } : {}) });
    this.scope.timeout(() => this.sleepSound(), 500);
  }

  private sendStart(mic: MicResult, detail: string | null): void {
    if (!this.link.send({ type: "start", mic, detail })) {
      this.store.setLocal({ starting: false });
      this.closeMic();
      return;
    }
    this.expecting_since = performance.now();
    this.cancelStarting();
    this.cancelStarting = this.scope.timeout(() => {
      this.store.setLocal({ starting: false });
    }, STARTING_LIMIT_MS);
  }

  private async openMic(): Promise<{ mic: MicResult; detail: string | null }> {
    this.store.setLocal({ mic: "opening" });
    try {
      const open = await this.microphone.open();
      if (!open) return { mic: "none", detail: null };
      this.uplink.opened();
      this.microphone.setEnabled(!this.store.muted);
      this.expecting_since ??= performance.now();
      this.store.setLocal({ mic: "open", micProblem: null });
      return { mic: "open", detail: null };
    } catch (error) {
      return this.micFailed(error);
    }
  }

  private micFailed(error: unknown): { mic: MicResult; detail: string } {
    this.microphone.close();
    const failure =
      error instanceof MicError
        ? error.failure
        : {
            state: "unavailable" as const,
            code: "microphone_failed",
            message: `The microphone could not be opened (${String(error)}).`,
            remedy: "Reload the page and try again, or go on by typing.",
          };
    const { state, code, message, remedy } = failure;
    this.store.setLocal({ mic: "off", micProblem: { code, message, remedy } });
    return { mic: state, detail: code };
  }

  private closeMic(): void {
    this.ptt.cancel();
    this.microphone.close();
    this.store.setLocal({ mic: "off" });
  }

  private micLost(): void {
    this.ptt.cancel();
    const problem = {
      code: "lost",
      message: "The microphone went away.",
      remedy: "Plug it in or allow it again, then turn the microphone on.",
    };
    this.store.setLocal({ mic: "off", micProblem: problem });
    this.link.send({ type: "mic", state: "lost", detail: null });
  }

  private maySend(): boolean {
    if (this.store.status !== "connected" || this.store.muted) return false;
    return !this.store.pushToTalk || this.ptt.state !== "idle";
  }

  private pttPressed(ptt_id: number): void {
    this.silence();
    this.link.send({ type: "ptt", ptt_id, phase: "press" });
    this.uplink.preroll();
  }

  /** Fall silent in this page and tell the kernel what was heard. */
  private silence(): void {
    if (this.player.hasOpenParts) this.player.clear(null);
  }

  private clearFromKernel(clear_id: number): void {
    const { owner } = this.store.state;
    // Every page hears this; one that neither plays nor owns the voice has nothing to say to it.
    if (owner !== null && owner !== this.page && !this.player.hasOpenParts) return;
    this.player.clear(clear_id);
  }

  private judge(verdict: Verdict): void {
    const { kernel } = this.store.local;
    if (kernel === "gone" || kernel === "silent") return;
    if (verdict !== "silent") {
      if (verdict === "late" || kernel === "late") {
        this.store.setLocal({ kernel: verdict === "late" ? "late" : "alive" });
      }
      return;
    }
    const wasOpen = this.microphone.isOpen;
    this.closeMic();
    this.expecting_since = null;
    this.store.setLocal({ kernel: "silent", starting: false });
    if (wasOpen) this.link.send({ type: "mic", state: "closed", detail: "kernel_silent" });
  }

  private linkChanged(dead: boolean): void {
    if (!dead) {
      this.store.setLocal({ kernel: this.link.heard_at === null ? "waiting" : "alive" });
      return;
    }
    this.start_id++;
    this.expecting_since = null;
    const returned = this.waitingTexts.splice(0).join("\n");
    this.closeMic();
    this.silence();
    this.store.setLocal({ kernel: "gone", starting: false, ...(returned ? { returnedText: returned } : {}) });
  }

  private leave(): void {
    const message: PageMessage = { type: "mic", state: "closed", detail: "not_displayed" };
    const wasOpen = this.microphone.isOpen;
    this.closeMic();
    this.silence();
    if (wasOpen) this.link.send(message);
  }

  private hide(): void {
    const running = this.microphone.isOpen;
    this.microphone.close();
    this.player.clear(null);
    this.link.send({ type: "page.hide" });
    if (running) this.store.setLocal({ mic: "off" });
  }

  private sleepSound(): void {
    const { status } = this.store;
    if ((status === "disconnected" || status === "error") && !this.microphone.isOpen) {
      void this.engine.suspend();
    }
  }
}
