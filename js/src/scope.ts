/** One disposal tree: whatever lives as long as a view or a model registers here and nowhere else. */

export class Scope {
  private cleanups: (() => void)[] = [];
  private ended = false;

  get disposed(): boolean {
    return this.ended;
  }

  /** How many things would be undone; for leak tests. */
  get size(): number {
    return this.cleanups.length;
  }

  /** Run `cleanup` on disposal, or at once when that has been. Returns a function that runs it early. */
  add(cleanup: () => void): () => void {
    if (this.ended) {
      cleanup();
      return () => {};
    }
    this.cleanups.push(cleanup);
    return () => {
      const index = this.cleanups.indexOf(cleanup);
      if (index < 0) return;
      this.cleanups.splice(index, 1);
      cleanup();
    };
  }

  listen<E extends Event>(
    target: EventTarget,
    type: string,
    listener: (event: E) => void,
    options?: AddEventListenerOptions,
  ): () => void {
    const handler = listener as EventListener;
    target.addEventListener(type, handler, options);
    return this.add(() => target.removeEventListener(type, handler, options));
  }

  interval(callback: () => void, period_ms: number): () => void {
    const id = setInterval(callback, period_ms);
    return this.add(() => clearInterval(id));
  }

  timeout(callback: () => void, delay_ms: number): () => void {
    const cancel = this.add(() => clearTimeout(id));
    const id = setTimeout(() => {
      cancel();
      callback();
    }, delay_ms);
    return cancel;
  }

  child(): Scope {
    const scope = new Scope();
    const detach = this.add(() => scope.dispose());
    // A child that ends first must not stay listed in its parent.
    scope.add(() => {
      if (!this.ended) detach();
    });
    return scope;
  }

  /** Undo everything, last registered first; idempotent; one failing cleanup does not stop the others. */
  dispose(): void {
    if (this.ended) return;
    this.ended = true;
    for (let cleanup = this.cleanups.pop(); cleanup; cleanup = this.cleanups.pop()) {
      try {
        cleanup();
      } catch (error) {
        console.error("realtime-widget: cleanup failed", error);
      }
    }
  }
}
