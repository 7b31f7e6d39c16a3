/** The microphone of a model: when it opens and closes, mute, push-to-talk, and which of its chunks leave the page. */

import type { Microphone } from "./audio/capture";
import { PushToTalk } from "./audio/ptt";
import { MicError, type MicFailure } from "./audio/source";
import { Uplink } from "./audio/uplink";
import type { Link } from "./link";
import type { MicResult } from "./messages";
import type { Scope } from "./scope";
import type { Store } from "./store";

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

  constructor(
    private readonly link: Link,
    private readonly store: Store,
    private readonly microphone: Microphone,
    private readonly scope: Scope,
  ) {
    this.uplink = new Uplink(
      (message, pcm) => link.send(message, pcm),
      () => this.maySend(),
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
    microphone.onlost = () => this.lost();
  }

  get isOpen(): boolean {
    return this.microphone.isOpen;
  }

  /** Open the device; the outcome "none" means that it was closed again meanwhile. */
  async open(): Promise<MicOutcome> {
    this.store.setLocal({ mic: "opening", micProblem: null });
    try {
      if (!(await this.microphone.open())) return { mic: "none", detail: null };
    } catch (error) {
      return this.failed(error);
    }
    this.uplink.opened();
    this.microphone.setEnabled(!this.store.muted);
    this.store.setLocal({ mic: "open" });
    return { mic: "open", detail: null };
  }

  /** Stop the tracks at once. True when they were running. */
  close(): boolean {
    const wasOpen = this.microphone.isOpen;
    this.ptt.cancel();
    this.microphone.close();
    this.store.setLocal({ mic: "off" });
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
    if (!this.store.pushToTalk) this.ptt.cancel();
  }

  down(): void {
    if (this.store.live && this.isOpen && !this.store.muted) this.ptt.down();
  }

  up(): void {
    this.ptt.up();
  }

  cancel(): void {
    this.ptt.cancel();
  }

  private pressed(ptt_id: number): void {
    this.onpress();
    this.link.send({ type: "ptt", ptt_id, phase: "press" });
    this.uplink.preroll();
  }

  private maySend(): boolean {
    if (!this.store.live || this.store.muted) return false;
    return !this.store.pushToTalk || this.ptt.state !== "idle";
  }

  private lost(): void {
    this.ptt.cancel();
    const micProblem = {
      code: "lost",
      message: "The microphone went away.",
      remedy: "Plug it in or allow it again, then turn the microphone on.",
    };
    this.store.setLocal({ mic: "off", micProblem });
    this.link.send({ type: "mic", state: "lost", detail: null });
  }

  private failed(error: unknown): MicOutcome {
    this.microphone.close();
    const { state, code, message, remedy } = error instanceof MicError ? error.failure : unexpected(error);
    this.store.setLocal({ mic: "off", micProblem: { code, message, remedy } });
    return { mic: state, detail: code };
  }
}

function unexpected(error: unknown): MicFailure {
  return {
    state: "unavailable",
    code: "microphone_failed",
    message: `The microphone could not be opened (${String(error)}).`,
    remedy: "Reload the page and try again, or go on by typing.",
  };
}
