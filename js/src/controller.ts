/** One per model: the verbs of the panel, and what follows from the kernel's messages. Views only call and watch. */

import type { Check } from "./check/check";
import type { Devices } from "./devices";
import { Inspector } from "./inspector";
import { hasMicrophone, type Link } from "./link";
import type { MicResult, Settings, State } from "./messages";
import { Replay } from "./replay";
import { Rivals } from "./rivals";
import type { Scope } from "./scope";
import type { Sound } from "./sound";
import type { MicOutcome, Speech } from "./speech";
import type { Store } from "./store";
import { WaitingTexts } from "./texts";
import { type Verdict, Watchdog } from "./watchdog";

/** A model without any displayed view keeps its microphone this long: a cell that runs again shows it anew. */
const UNSEEN_MS = 2000;
const STARTING_LIMIT_MS = 20_000;
const REST_MS = 500;
const ASK_ANEW_MS = 500;
const READY_RETRIES_MS = [1500, 5000, 15_000];

export interface Parts {
  link: Link;
  store: Store;
  speech: Speech;
  sound: Sound;
  devices: Devices;
  check: Check;
  scope: Scope;
}

export class Controller {
  readonly store: Store;
  readonly page: string;
  readonly speech: Speech;
  readonly sound: Sound;
  readonly devices: Devices;
  readonly check: Check;
  readonly inspector: Inspector;
  readonly replay: Replay;

  private readonly link: Link;
  private readonly scope: Scope;
  private readonly watchdog: Watchdog;
  private readonly views = new Set<object>();
  private cancelUnseen = () => {};
  private unseen = false;
  private cancelStarting = () => {};
  private cancelAsking = () => {};
  /** Counts starts: what a permission granted late would do is no longer wanted. */
  private start_id = 0;
  /** The start whose microphone is being opened. */
  private asking: number | null = null;
  private expecting_since: number | null = null;
  private readonly texts: WaitingTexts;
  private readonly rivals: Rivals;

  constructor(parts: Parts) {
    this.store = parts.store;
    this.link = parts.link;
    this.page = parts.link.page;
    this.speech = parts.speech;
    this.sound = parts.sound;
    this.devices = parts.devices;
    this.check = parts.check;
    this.inspector = new Inspector(parts.link, parts.scope);
    this.replay = new Replay(parts.link, parts.store, parts.scope);
    this.scope = parts.scope;
    this.texts = new WaitingTexts(parts.link, parts.store, parts.scope);
    this.rivals = new Rivals(String(parts.link.session_id ?? ""), parts.link.page, parts.scope);
    this.watchdog = new Watchdog(
      () => ({ heard_at: this.link.heard_at, expecting_since: this.expecting_since }),
      (verdict) => this.judge(verdict),
    );
    this.wire();
  }

  /** Tell the kernel that this page is here; it answers with everything there is to show. */
  announce(): void {
    const secure = globalThis.isSecureContext === true;
    this.link.send({ type: "page.ready", secure, has_microphone: hasMicrophone() });
  }

  /** Register a displayed view; the returned function takes it away. */
  addView(view: object): () => void {
    this.cancelUnseen();
    this.views.add(view);
    if (this.unseen) {
      this.announce();
      this.replay.comeBack();
    }
    this.unseen = false;
    return () => {
      if (!this.views.delete(view) || this.views.size > 0) return;
      // Closing a notebook removes its views and tells nothing else: an unseen microphone is closed.
      this.cancelUnseen = this.scope.timeout(() => this.leave(), UNSEEN_MS);
    };
  }

  /** Of several views one speaks to screen readers. */
  isFirstView(view: object): boolean {
    return this.views.values().next().value === view;
  }

  /** The Start click: sound and microphone inside the gesture, then the session. */
  async start(): Promise<void> {
    if (this.store.local.starting || this.store.status === "dead") return;
    const id = ++this.start_id;
    this.store.setLocal({ starting: true, dismissed: null });
    void this.sound.wake();
    this.asking = id;
    const { mic, detail } = await this.openMicrophone();
    if (this.asking === id) this.asking = null;
    if (id === this.start_id) this.sendStart(mic, detail);
  }

  /** End, or cancel a start: the microphone closes at once, the kernel hears of it after. */
  stop(): void {
    this.start_id++;
    this.endLocally();
    this.sound.silence();
    this.link.send({ type: "stop" });
  }

  /** Turn the microphone on in a session that runs already (started from Python, or by another page). */
  async turnMicOn(): Promise<void> {
    void this.sound.wake();
    if (this.store.heardElsewhere) {
      // Nothing to open; but the voice comes to the page that talks.
      this.link.send({ type: "mic", state: "open", detail: null });
      return;
    }
    const { mic, detail } = await this.openMicrophone();
    if (mic === "none") return;
    this.expecting_since ??= performance.now();
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
    this.texts.add(text);
    if (status === "dead") this.texts.giveBack();
    if (status !== "disconnected" && status !== "error") return;
    this.start_id++;
    this.store.setLocal({ starting: true, dismissed: null });
    void this.sound.wake();
    this.sendStart("none", null);
  }

  /** Silence the voice in the page first, then let the kernel stop the response. */
  interrupt(): void {
    this.sound.silence();
    this.link.send({ type: "interrupt" });
  }

  change(settings: Partial<Pick<Settings, "voice" | "turn_detection" | "instructions">>): void {
    this.link.send({ type: "settings", ...settings });
  }

  dismiss(key: string): void {
    this.store.setLocal({ dismissed: key });
  }

  dismissMicProblem(): void {
    this.store.setLocal({ micProblem: null });
  }

  /** Hand over text that could not be sent; the text box that takes it shows it again. */
  takeReturnedText(): string | null {
    return this.texts.takeReturned();
  }

  private openMicrophone(): Promise<MicOutcome> {
    this.rivals.claim();
    return this.speech.open();
  }

  private wire(): void {
    const { link, scope, sound, speech, store } = this;
    this.rivals.onclaimed = () => {
      this.forgetStart();
      speech.close();
    };
    link.handle({
      state: ({ state }) => this.applyState(state),
      turns: (patch) => {
        store.applyTurns(patch);
        if (!store.inStep) this.askAnew();
        else if (patch.page === undefined) this.texts.forgetShown(patch.turns);
      },
      audio: ({ item_id, content_index, seq }, [buffer]) => sound.play(item_id, content_index, seq, buffer),
      "audio.end": ({ item_id, content_index }) => sound.end(item_id, content_index),
      "audio.clear": ({ clear_id }) => sound.clear(clear_id),
      mic: () => {
        speech.close();
        this.restSoon();
      },
      "start.failed": () => {
        if (store.local.starting) this.endLocally();
      },
    });
    link.onDead((dead) => this.linkChanged(dead));
    speech.onpress = () => sound.silence();
    this.devices.onwanted = () => void this.turnMicOn();
    scope.interval(() => this.watchdog.tick(), Watchdog.period_ms);
    scope.listen(window, "pagehide", () => this.hide());
    for (const delay_ms of READY_RETRIES_MS) {
      scope.timeout(() => {
        if (link.heard_at === null && !link.isDead) this.announce();
      }, delay_ms);
    }
    scope.add(() => {
      speech.close();
      sound.dispose();
    });
  }

  private applyState(state: State): void {
    const before = this.store.state.status;
    this.store.applyState(state);
    this.speech.follow();
    this.store.setLocal({ kernel: "alive" });
    const { status } = this.store.state;
    if (status === "disconnected" || status === "error") this.sessionIsDown(before);
    else this.sessionIsUp();
  }

  private sessionIsUp(): void {
    this.cancelStarting();
    this.expecting_since ??= performance.now();
    this.store.setLocal({ starting: false });
    if (this.store.state.status === "connected") this.texts.sendAll();
  }

  /** Ask for all turns, unless what was asked for before comes meanwhile. */
  private askAnew(): void {
    this.cancelAsking();
    this.cancelAsking = this.scope.timeout(() => {
      if (!this.store.inStep) this.announce();
    }, ASK_ANEW_MS);
  }

  private sessionIsDown(before: State["status"]): void {
    // While a start opens the microphone, the old state says nothing about the session to come. Nor does it after:
    // a start that fails is told by a message of its own.
    if (this.asking === this.start_id) return;
    if (before !== "disconnected" && before !== "error") this.endLocally();
  }

  private endLocally(): void {
    this.cancelStarting();
    this.expecting_since = null;
    this.speech.close();
    this.store.setLocal({ starting: false });
    this.texts.giveBack();
    this.restSoon();
  }

  /** Give the audio device back once the last sound is out, unless it is wanted again by then. */
  private restSoon(): void {
    this.scope.timeout(() => {
      if (this.sound.isIdle || (this.unseen && !this.sound.isUsed)) this.sound.rest();
    }, REST_MS);
  }

  private sendStart(mic: MicResult, detail: string | null): void {
    if (!this.link.send({ type: "start", mic, detail })) return;
    this.expecting_since = performance.now();
    this.cancelStarting();
    this.cancelStarting = this.scope.timeout(() => this.endLocally(), STARTING_LIMIT_MS);
  }

  private judge(verdict: Verdict): void {
    const { kernel } = this.store.local;
    if (kernel === "gone" || kernel === "silent") return;
    if (verdict === "late") this.store.setLocal({ kernel: "late" });
    else if (verdict === "fine" && kernel === "late") this.store.setLocal({ kernel: "alive" });
    else if (verdict === "silent") {
      const wasOpen = this.speech.isOpen;
      this.endLocally();
      this.store.setLocal({ kernel: "silent" });
      if (wasOpen) this.link.send({ type: "mic", state: "closed", detail: "kernel_silent" });
    }
  }

  private linkChanged(dead: boolean): void {
    if (!dead) {
      this.store.setLocal({ kernel: this.link.heard_at === null ? "waiting" : "alive" });
      return;
    }
    this.start_id++;
    this.store.setLocal({ kernel: "gone" });
    this.endLocally();
    this.sound.silence();
  }

  private leave(): void {
    if (this.store.state.on_close !== "keep") {
      this.sound.silence();
      this.forgetStart();
      if (this.speech.close()) this.link.send({ type: "mic", state: "closed", detail: "not_displayed" });
      this.restSoon();
    }
    this.replay.leave();
    this.unseen = true;
    this.link.send({ type: "page.unseen" });
  }

  /** A permission that is granted from here on starts nothing. */
  private forgetStart(): void {
    if (this.asking !== this.start_id) return;
    this.start_id++;
    this.store.setLocal({ starting: false });
  }

  private hide(): void {
    this.replay.leave();
    this.sound.leave();
    this.forgetStart();
    this.speech.close();
    this.link.send({ type: "page.hide" });
  }
}
