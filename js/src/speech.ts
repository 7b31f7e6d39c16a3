/** The microphone of a page: when it opens and closes, mute, push-to-talk, and which of its chunks leave the page. */

import type { Chunk, Microphone } from "./audio/capture";
import type { HalfDuplex } from "./audio/duplex";
import { PushToTalk } from "./audio/ptt";
import { type InputWish, MicError, type MicFailure } from "./audio/source";
import { type Fate, Uplink } from "./audio/uplink";
import type { Link } from "./link";
import type { MicResult } from "./messages";
import type { Scope } from "./scope";
import type { Problem, Store } from "./store";

const MUTE_LIMIT_MS = 3000;

export interface MicOutcome {
  mic: MicResult;
  detail: string | null;
}

export class Speech {
  /** Level of the microphone now, 0..1; read by the meters. */
  level = 0;
  /** Called before a press is sent, to silence the voice. */
  onpress: () => void = () => {};

  private readonly uplink: Uplink;
  private readonly ptt: PushToTalk;
  private cancelMute = () => {};
  private source = "microphone null";
  /** Openings and changes that wait for the browser or the person. */
  private readonly waits = new Set<object>();

  constructor(
    private readonly link: Link,
    private readonly store: Store,
    private readonly microphone: Microphone,
    private readonly duplex: HalfDuplex,
    private readonly scope: Scope,
  ) {
    this.uplink = new Uplink(
      (message, pcm) => link.send(message, pcm),
      (chunk) => this.fate(chunk),
    );
    this.ptt = new PushToTalk({
      press: (ptt_id) => this.pressed(ptt_id),
      release: (ptt_id) => link.send({ type: "ptt", ptt_id, phase: "release" }),
      cancel: (ptt_id) => link.send({ type: "ptt", ptt_id, phase: "cancel" }),
      flush: () => microphone.flush(),
      changed: (ptt) => store.setLocal({ ptt }),
    });
    microphone.onchunk = (chunk) => this.uplink.take(chunk);
    microphone.onlevel = (peak) => {
      this.level = peak;
    };
    microphone.onlost = (label) => this.lost(label);
    // The sign that a microphone is on follows the tracks and nothing else.
    microphone.onlive = (live) => {
      if (live) store.setLocal({ mic: "open" });
      else store.setLocal({ mic: this.waits.size > 0 ? "opening" : "off", inputInUse: null });
    };
    const sounding = () => duplex.sound(store.local.playing || store.local.testing);
    scope.add(store.subscribe(({ kind }) => kind === "local" && sounding()));
  }

  get isOpen(): boolean {
    return this.microphone.isOpen;
  }

  /** What is heard now. */
  get track(): MediaStreamTrack | null {
    return this.microphone.track;
  }

  /** Open the device; "none" means that it was closed again meanwhile, or that sound comes from elsewhere. */
  async open(): Promise<MicOutcome> {
    if (this.store.heardElsewhere) return { mic: "none", detail: null };
    if (!this.isOpen) this.store.setLocal({ mic: "opening", micProblem: null });
    this.uplink.opened();
    this.microphone.setEnabled(!this.store.muted);
    try {
      if (!(await this.wait(this.microphone.open()))) return { mic: "none", detail: null };
    } catch (error) {
      return this.failed(error);
    }
    return { mic: "open", detail: null };
  }

  /** Go on with another device; the session notices nothing but the other voice. */
  async reopen(): Promise<void> {
    this.store.setLocal({ micProblem: null });
    try {
      await this.wait(this.microphone.reopen());
    } catch (error) {
      const { code, message, remedy } = failureOf(error);
      this.store.setLocal({ micProblem: { code, message, remedy } });
      // With the old stream gone as well, the kernel must know that nothing comes any more.
      if (!this.isOpen) this.link.send({ type: "mic", state: "lost", detail: code });
    }
  }

  /** Switch the browser's processing: in the open stream where that works, else in a new one. */
  async retune(wish: InputWish): Promise<void> {
    if (this.isOpen && !(await this.microphone.retune(wish)) && this.isOpen) await this.reopen();
  }

  /** The device is not there any more, though nothing ended its track. */
  vanished(): void {
    const label = this.track?.label ?? "";
    this.microphone.close();
    this.lost(label);
  }

  /** Stop the tracks at once. True when they were running. */
  close(): boolean {
    const wasOpen = this.microphone.isOpen;
    this.ptt.cancel();
    this.waits.clear();
    this.microphone.close();
    return wasOpen;
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
      this.follow();
    }, MUTE_LIMIT_MS);
  }

  /** Bring the device in line with the kernel's state. */
  follow(): void {
    if (this.store.local.muted === this.store.state.muted) {
      this.cancelMute();
      this.store.setLocal({ muted: null });
    }
    this.microphone.setEnabled(!this.store.muted);
    if (this.store.muted) this.uplink.forget();
    this.microphone.setChunk(this.store.state.chunk_ms);
    this.followSource();
    if (!this.store.pushToTalk) this.ptt.cancel();
  }

  down(): void {
    if (this.store.live && this.store.heard && !this.store.muted) this.ptt.down();
  }

  up(): void {
    this.ptt.up();
  }

  cancel(): void {
    this.ptt.cancel();
  }

  /** Let go of what is heard no more, and turn to what is heard instead. */
  private followSource(): void {
    const { kind, model_id } = this.store.state.audio_in;
    const source = `${kind} ${model_id}`;
    if (source === this.source) return;
    this.source = source;
    if (!this.isOpen) return;
    // A microphone is asked for when somebody presses a button, and at no other time.
    if (kind === "stream") void this.reopen();
    else this.close();
  }

  private pressed(ptt_id: number): void {
    this.onpress();
    this.link.send({ type: "ptt", ptt_id, phase: "press" });
    this.uplink.preroll();
  }

  private fate({ captured_ms }: Chunk): Fate {
    const { store } = this;
    if (store.pushToTalk && this.ptt.state !== "idle") return this.maySend ? "send" : "keep";
    if (store.local.sound.half_duplex && this.duplex.covers(captured_ms)) return "drop";
    return this.maySend && !store.pushToTalk ? "send" : "keep";
  }

  private get maySend(): boolean {
    return this.store.live && !this.store.muted;
  }

  private async wait(opening: Promise<boolean>): Promise<boolean> {
    const turn = {};
    this.waits.add(turn);
    try {
      return await opening;
    } finally {
      this.waits.delete(turn);
      this.store.setLocal({ inputInUse: this.track?.label ?? null });
      if (!this.isOpen && this.waits.size === 0) this.store.setLocal({ mic: "off" });
    }
  }

  private lost(label: string): void {
    this.ptt.cancel();
    const { audio_in } = this.store.state;
    const micProblem =
      audio_in.kind === "stream"
        ? ended(audio_in.label)
        : {
            code: "lost",
            message: label === "" ? "The microphone went away." : `The microphone “${label}” went away.`,
            remedy:
              "Pick another one under Sound, or plug it in or allow it again and turn the microphone on.",
          };
    this.store.setLocal({ micProblem });
    this.link.send({ type: "mic", state: "lost", detail: null });
  }

  private failed(error: unknown): MicOutcome {
    this.microphone.close();
    const { state, code, message, remedy } = failureOf(error);
    this.store.setLocal({ micProblem: { code, message, remedy } });
    return { mic: state, detail: code };
  }
}

function ended(label: string): Problem {
  const remedy = "Start it again and turn the sound on, or go on by typing.";
  return { code: "stream_ended", message: `The sound of the ${label} has ended.`, remedy };
}

function failureOf(error: unknown): MicFailure {
  if (error instanceof MicError) return error.failure;
  return {
    state: "unavailable",
    code: "microphone_failed",
    message: `The microphone could not be opened (${String(error)}).`,
    remedy: "Reload the page and try again, or go on by typing.",
  };
}
