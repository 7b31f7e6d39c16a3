/**
 * Whether somebody may be speaking, by level alone. It decides nothing but how often the page sends: in small pieces
 * while one speaks, in larger and cheaper ones while nobody does.
 */

const WINDOW_MS = 10;
/** This much above the room counts as speech: 9 dB. */
const ABOVE_ROOM = 8;
/** The power below which nothing does: -54 dB of full scale. */
const LEAST_POWER = 4e-6;
/** The room is what is heard most quietly; its measure falls at once and rises by 3 dB a second. */
const RISE_PER_WINDOW = 2 ** (WINDOW_MS / 1000);
/** Longer than the silence after which a server takes a turn for ended, so that this comes in small pieces as well. */
const HANGOVER_MS = 1200;

export class Activity {
  /** Somebody may be speaking, or has been a moment ago. */
  active = false;
  private readonly window_samples: number;
  private count = 0;
  private energy = 0;
  private room = LEAST_POWER;
  private quiet_ms = 0;

  constructor(sample_rate: number) {
    this.window_samples = Math.round((sample_rate * WINDOW_MS) / 1000);
  }

  /** Take one sample. */
  put(value: number): void {
    this.energy += value * value;
    if (++this.count < this.window_samples) return;
    const power = this.energy / this.count;
    this.count = 0;
    this.energy = 0;
    this.judge(power);
  }

  private judge(power: number): void {
    const loud = power > Math.max(LEAST_POWER, this.room * ABOVE_ROOM);
    this.room = Math.max(LEAST_POWER / ABOVE_ROOM, Math.min(power, this.room * RISE_PER_WINDOW));
    this.quiet_ms = loud ? 0 : this.quiet_ms + WINDOW_MS;
    this.active = this.quiet_ms < HANGOVER_MS && (loud || this.active);
  }
}
