/**
 * Other tabs that show the same session. Whoever takes the microphone says so here first: by way of the kernel the
 * other tab would hear of it a moment after the new microphone is open, and there would be two.
 */

import type { Scope } from "./scope";

interface Claim {
  session_id: string;
  page: string;
}

export class Rivals {
  /** Another tab takes the microphone. */
  onclaimed: () => void = () => {};
  private readonly channel: BroadcastChannel | null;

  constructor(
    private readonly session_id: string,
    private readonly page: string,
    scope: Scope,
  ) {
    // Some hosts give frames no channel; the kernel's word comes all the same.
    this.channel = session_id !== "" && typeof BroadcastChannel === "function" ? openChannel() : null;
    if (this.channel === null) return;
    this.channel.onmessage = ({ data }: MessageEvent<Claim | null>) => {
      if (data?.session_id === this.session_id && data.page !== this.page) this.onclaimed();
    };
    scope.add(() => this.channel?.close());
  }

  /** Say that this tab takes the microphone. */
  claim(): void {
    this.channel?.postMessage({ session_id: this.session_id, page: this.page } satisfies Claim);
  }
}

function openChannel(): BroadcastChannel | null {
  try {
    return new BroadcastChannel("realtime-widget");
  } catch {
    return null;
  }
}
