/**
 * The player of a saved conversation, as this page has it: where it stands, what a person does with it, its sound.
 *
 * The kernel's clock leads. It tells of every change of course; in between the page works the position out by itself.
 * The page that has the voice plays the sound of the whole conversation along, in an element of its own: so it can be
 * slow or fast at its own pitch, and begins anywhere.
 */

import type { Link } from "./link";
import type { Mark, PlayerState } from "./messages";
import type { Scope } from "./scope";
import type { Store } from "./store";

/** Beyond these the browser makes noise of speech. */
const SLOWEST = 0.25;
const FASTEST = 4;
/** Sound that is off by less is left alone: to set it anew makes a gap. */
const DRIFT_MS = 250;
const LOOK_MS = 400;
/** A sound that takes longer to come is joined later. */
const SOUND_LIMIT_MS = 10_000;

/** What is needed of an audio element. */
export type SoundElement = Pick<
  HTMLAudioElement,
  "src" | "currentTime" | "duration" | "paused" | "playbackRate" | "volume" | "play" | "pause" | "canPlayType"
> & { setSinkId?: (id: string) => Promise<void> };

export class Replay {
  marks: readonly Mark[] = [];
  private levels: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  private step_ms = 50;
  private element: SoundElement | null = null;
  private parts: BlobPart[] = [];
  private url: string | null = null;
  private sink = "";
  /** The course for which the sound was put in its place. */
  private placed = -1;
  private playWhenHere = false;
  /** The course at which Play was pressed in this page, until it stands still again: what it began ends with it. */
  private begunHere: number | null = null;
  private displayed = true;
  private cancelWait = () => {};
  private cancelLook: (() => void) | null = null;
  private listeners = new Set<() => void>();

  constructor(
    private readonly link: Link,
    private readonly store: Store,
    private readonly scope: Scope,
    private readonly now: () => number = () => performance.now(),
    private readonly createElement: () => SoundElement = () => new Audio(),
  ) {
    link.handle({
      "player.score": ({ marks, step_ms }, [buffer]) => this.takeScore(marks, step_ms, buffer),
      "player.sound": ({ part, n_parts, kind }, [buffer]) => this.takeSound(part, n_parts, kind, buffer),
    });
    scope.add(store.subscribe((change) => change.kind !== "turns" && this.follow()));
    scope.add(() => this.dispose());
  }

  /** Call `listener` when the marks have come. */
  onscore(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private get player(): PlayerState | null {
    return this.store.state.player;
  }

  get playing(): boolean {
    return this.player?.playing === true && this.store.local.kernel !== "gone";
  }

  get position_ms(): number {
    const { player } = this;
    if (player === null) return 0;
    const past_ms = this.playing ? (this.now() - this.store.state_at) * (player.speed ?? 0) : 0;
    return Math.min(player.position_ms + past_ms, player.duration_ms);
  }

  /** How loud a side is now, 0 to 1: 0 the user, 1 the assistant. */
  level(side: 0 | 1): number {
    if (!this.playing) return 0;
    return (this.levels[2 * Math.floor(this.position_ms / this.step_ms) + side] ?? 0) / 255;
  }

  /** Within the click: the sound is fetched first, and then both begin. */
  play(): void {
    if (this.player === null) return;
    this.prepare();
    if (this.store.local.replay === "none") {
      this.fetch();
      this.playWhenHere = true;
      return;
    }
    if (this.store.local.replay !== "fetching") this.sendPlay();
    else this.playWhenHere = true;
  }

  pause(): void {
    this.playWhenHere = false;
    this.element?.pause();
    this.link.send({ type: "player.move", move: "pause" });
  }

  toggle(): void {
    if (this.playing || this.playWhenHere) this.pause();
    else this.play();
  }

  seek(position_ms: number): void {
    const duration_ms = this.player?.duration_ms ?? 0;
    const to_ms = Math.min(Math.max(position_ms, 0), duration_ms);
    this.link.send({ type: "player.move", move: "seek", position_ms: to_ms });
  }

  step(steps: number): void {
    this.playWhenHere = false;
    this.element?.pause();
    this.link.send({ type: "player.move", move: "step", steps });
  }

  setSpeed(speed: number): void {
    this.link.send({ type: "player.move", move: "speed", speed });
  }

  /** The browser wanted a click before it plays sound: this is within one. */
  unblock(): void {
    this.store.setLocal({ replay: "ready" });
    this.follow();
  }

  /** No view shows it any more: it falls silent, and stands still if it was begun here. */
  leave(): void {
    if (this.player === null) return;
    this.displayed = false;
    if (this.begunHere !== null || this.playWhenHere) this.pause();
    else this.element?.pause();
  }

  /** A view shows it again. */
  comeBack(): void {
    this.displayed = true;
    this.follow();
  }

  private sendPlay(): void {
    this.playWhenHere = false;
    this.begunHere = this.player?.course ?? null;
    this.link.send({ type: "player.move", move: "play", speed: this.player?.speed ?? 1 });
  }

  private prepare(): SoundElement {
    this.element ??= this.createElement();
    return this.element;
  }

  private fetch(): void {
    const packed = this.prepare().canPlayType('audio/ogg; codecs="opus"') !== "";
    this.parts = [];
    this.store.setLocal({ replay: "fetching" });
    this.link.send({ type: "player.sound.get", packed });
    this.cancelWait();
    this.cancelWait = this.scope.timeout(() => {
      if (this.playWhenHere) this.sendPlay();
    }, SOUND_LIMIT_MS);
  }

  private takeSound(part: number, n_parts: number, kind: string, buffer: unknown): void {
    const bytes = toBytes(buffer);
    if (bytes !== null && part < n_parts) this.parts[part] = bytes;
    if (part < n_parts - 1) return;
    this.cancelWait();
    if (n_parts > 0) {
      this.forget();
      this.url = URL.createObjectURL(new Blob(this.parts, { type: kind }));
      this.prepare().src = this.url;
    }
    this.parts = [];
    this.store.setLocal({ replay: n_parts > 0 ? "ready" : "silent" });
    if (this.playWhenHere) this.sendPlay();
  }

  private takeScore(marks: readonly Mark[], step_ms: number, buffer: unknown): void {
    this.marks = marks;
    this.step_ms = step_ms;
    this.levels = toBytes(buffer) ?? new Uint8Array(0);
    for (const listener of [...this.listeners]) listener();
  }

  /** Bring the sound in line with how the player stands. */
  private follow(): void {
    const { player, store } = this;
    if (player === null) return;
    this.lookWhile(this.playing);
    const mine = store.state.owner === this.link.page;
    const speed = player.speed ?? Number.POSITIVE_INFINITY;
    if (!player.playing && player.course !== this.begunHere) this.begunHere = null;
    const wanted = this.playing && mine && this.displayed && speed >= SLOWEST && speed <= FASTEST;
    if (wanted && store.local.replay === "none") this.fetch();
    if (!wanted || store.local.replay !== "ready" || this.element === null) {
      if (this.element?.paused === false) this.element.pause();
      return;
    }
    this.sound(this.element, player, speed);
  }

  /** Nothing tells when sound and clock drift apart. */
  private lookWhile(playing: boolean): void {
    if (playing === (this.cancelLook !== null)) return;
    this.cancelLook?.();
    this.cancelLook = playing ? this.scope.interval(() => this.follow(), LOOK_MS) : null;
  }

  private sound(element: SoundElement, player: PlayerState, speed: number): void {
    const { position_ms } = this;
    if (position_ms / 1000 >= element.duration) return;
    this.choose(element);
    if (element.playbackRate !== speed) element.playbackRate = speed;
    const off_ms = Math.abs(element.currentTime * 1000 - position_ms);
    if (this.placed !== player.course || off_ms > DRIFT_MS * Math.max(1, speed)) {
      this.placed = player.course;
      element.currentTime = position_ms / 1000;
    }
    if (!element.paused) return;
    element.play().catch((error: unknown) => {
      // Whoever pauses before the sound has begun breaks its beginning off.
      if (error instanceof Error && error.name === "AbortError") return;
      const blocked = error instanceof Error && error.name === "NotAllowedError";
      this.store.setLocal({ replay: blocked ? "blocked" : "failed" });
    });
  }

  private choose(element: SoundElement): void {
    const { volume, output } = this.store.local.sound;
    if (element.volume !== volume) element.volume = volume;
    if (output === this.sink || element.setSinkId === undefined) return;
    this.sink = output;
    element.setSinkId(output).catch(() => {}); // it isn't there: the system's plays
  }

  private forget(): void {
    if (this.url !== null) URL.revokeObjectURL(this.url);
    this.url = null;
  }

  private dispose(): void {
    this.element?.pause();
    this.forget();
  }
}

function toBytes(buffer: unknown): Uint8Array<ArrayBuffer> | null {
  if (buffer instanceof ArrayBuffer) return new Uint8Array(buffer);
  if (!ArrayBuffer.isView(buffer)) return null;
  return new Uint8Array(buffer.buffer as ArrayBuffer, buffer.byteOffset, buffer.byteLength);
}
