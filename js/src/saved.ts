/**
 * The notebook file's copy of the conversation, kept up to date where the kernel's updates don't arrive.
 *
 * Beside a panel stands an output that tells the conversation to whoever opens the file without a kernel
 * (`realtime_widget/widget/saved.py`). The kernel updates it, but JupyterLab routes updates only to outputs of
 * cells that ran in this page: after a reload the page itself must write what it is told.
 */

import type { Link } from "./link";
import { SAVED, SAVED_GET } from "./messages";
import type { Scope } from "./scope";

/** Longer than an update of the kernel takes to become an output. */
const ROUTED_MS = 1_000;

interface Bundle {
  output_type: "display_data";
  data: Record<string, unknown>;
  metadata: Record<string, unknown>;
}

interface Outputs {
  readonly length: number;
  get(index: number): { readonly metadata?: unknown } | undefined;
  set(index: number, output: Bundle): void;
}

interface Place {
  outputs: Outputs;
  index: number;
  digest: string;
}

export class SavedCopy {
  /** What the copy should be, while it is waited for; null for whatever the kernel has. */
  private expected: string | null = null;
  private waiting = false;

  constructor(
    private readonly link: Link,
    private readonly scope: Scope,
  ) {
    link.handle({
      [SAVED]: ({ digest, data, marks }) => {
        if (data === undefined || marks === undefined) this.lookLater(digest);
        else this.write(digest, { output_type: "display_data", data, metadata: marks });
      },
    });
    this.lookLater(null);
  }

  /** Once the kernel's own update should have come, ask for what is still missing. */
  private lookLater(digest: string | null): void {
    this.expected = digest;
    if (this.waiting) return;
    this.waiting = true;
    this.scope.timeout(() => {
      this.waiting = false;
      const [stale] = this.places().filter((place) => place.digest !== this.expected);
      if (stale !== undefined) this.link.send({ type: SAVED_GET, digest: stale.digest });
    }, ROUTED_MS);
  }

  private write(digest: string, output: Bundle): void {
    for (const place of this.places()) {
      if (place.digest !== digest) place.outputs.set(place.index, output);
    }
  }

  /** This session's copies in the notebook: none in hosts whose notebook can't be reached from here. */
  private places(): Place[] {
    try {
      return [...findPlaces(this.link.widget_manager, this.link.session_id)];
    } catch {
      return []; // the host's inside has changed; the copy stays as it was when the page was loaded
    }
  }
}

// biome-ignore lint/suspicious/noExplicitAny: the inside of a host, which may change
function* findPlaces(manager: any, session_id: unknown): Generator<Place> {
  for (const cell of manager?.context?.model?.cells ?? []) {
    const outputs: Outputs | undefined = cell.outputs;
    for (let index = 0; index < (outputs?.length ?? 0); index++) {
      const marks = marksOf(outputs?.get(index)?.metadata);
      if (outputs && marks && marks.session === session_id)
        yield { outputs, index, digest: String(marks.digest) };
    }
  }
}

function marksOf(metadata: unknown): { session?: unknown; digest?: unknown } | null {
  const marks = (metadata as { realtime_widget?: unknown } | undefined)?.realtime_widget;
  return typeof marks === "object" ? marks : null;
}
