/**
 * Push-to-talk: from presses and releases that may come twice, late or not at all to exactly one release per press.
 *
 * A held press ends by `up` (then a short tail, so that the last word is whole) or by `cancel`, as a mere tap does. Everything that can
 * take the button away (blur, pointer cancelled, page hidden) calls `up`; a second call does nothing.
 */

export const TAIL_MS = 150;
/** A shorter press is a slip of the finger: with pre-roll and tail it would be a turn in which nobody spoke. */
export const MIN_HOLD_MS = 200;

export interface PushToTalkEffects {
  press(ptt_id: number): void;
  release(ptt_id: number): void;
  cancel(ptt_id: number): void;
  /** Resolve when what has been captured up to now has been sent. */
  flush(): Promise<void>;
  changed(state: PushToTalkState): void;
}

export type PushToTalkState = "idle" | "held" | "tail";

export class PushToTalk {
  state: PushToTalkState = "idle";
  private ptt_id = 0;
  private pressed_ms = 0;
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor(private readonly effects: PushToTalkEffects) {}

  down(): void {
    if (this.state === "held") return;
    // Pressed again within the tail: the first press ends here, what was not sent yet belongs to the second.
    if (this.state === "tail") this.finish(this.ptt_id);
    this.ptt_id++;
    this.pressed_ms = performance.now();
    this.set("held");
    this.effects.press(this.ptt_id);
  }

  up(): void {
    if (this.state !== "held") return;
    if (performance.now() - this.pressed_ms < MIN_HOLD_MS) {
      this.cancel();
      return;
    }
    const id = this.ptt_id;
    this.set("tail");
    this.timer = setTimeout(() => {
      this.timer = null;
      void this.effects.flush().then(() => this.finish(id));
    }, TAIL_MS);
  }

  /** Throw the press away: nothing of it is to be answered. */
  cancel(): void {
    if (this.state === "idle") return;
    this.stopTimer();
    this.set("idle");
    this.effects.cancel(this.ptt_id);
  }

  private finish(id: number): void {
    if (this.state !== "tail" || id !== this.ptt_id) return;
    this.stopTimer();
    this.set("idle");
    this.effects.release(id);
  }

  private stopTimer(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }

  private set(state: PushToTalkState): void {
    this.state = state;
    this.effects.changed(state);
  }
}
