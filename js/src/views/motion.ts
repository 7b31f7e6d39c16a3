/** One slow clock per view for all that moves: it runs only while something moves and can be seen. */

import type { Scope } from "../scope";
import type { Store } from "../store";

const FRAME_MS = 60;
/** With reduced motion what follows a level moves in few, slow steps. */
const CALM_FRAME_MS = 500;

/** Draw one frame; true while there is more to come. */
export type Draw = () => boolean;

export class Motion {
  /** The person asked for less motion. */
  calm: boolean;

  private readonly draws = new Set<Draw>();
  private timer: ReturnType<typeof setInterval> | null = null;
  private onScreen = true;

  constructor(
    private readonly store: Store,
    private readonly scope: Scope,
  ) {
    const reduced = window.matchMedia("(prefers-reduced-motion: reduce)");
    this.calm = reduced.matches;
    scope.listen(reduced, "change", () => {
      this.calm = reduced.matches;
      this.stop();
      this.wake();
    });
    scope.listen(document, "visibilitychange", () => this.wake());
    scope.add(store.subscribe((change) => change.kind !== "turns" && this.wake()));
    scope.add(() => this.stop());
  }

  /** Move with the clock from now on. */
  add(draw: Draw): void {
    this.draws.add(draw);
    this.wake();
  }

  /** Stand still while the view is scrolled out of sight. */
  watch(root: Element): void {
    if (typeof IntersectionObserver === "undefined") return;
    const observer = new IntersectionObserver((entries) => {
      this.onScreen = entries.at(-1)?.isIntersecting ?? true;
      this.wake();
    });
    observer.observe(root);
    this.scope.add(() => observer.disconnect());
  }

  get running(): boolean {
    return this.timer !== null;
  }

  private get visible(): boolean {
    return this.onScreen && !document.hidden;
  }

  /** Sound goes in or out of this page. */
  private get audible(): boolean {
    const { local, state } = this.store;
    return local.playing || state.player?.playing || (local.mic === "open" && !this.store.muted);
  }

  private wake(): void {
    if (this.timer !== null || this.scope.disposed || !this.visible) return;
    this.timer = setInterval(() => this.frame(), this.calm ? CALM_FRAME_MS : FRAME_MS);
  }

  private frame(): void {
    let moving = false;
    for (const draw of this.draws) moving = draw() || moving;
    if (!this.visible || !(moving || this.audible)) this.stop();
  }

  private stop(): void {
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
  }
}
