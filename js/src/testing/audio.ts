/** Stand-ins for the browser's audio objects: they record, and let a test speak for the audio thread. */

type Data = Record<string, unknown>;

export class FakePort {
  posted: Data[] = [];
  onmessage: ((event: { data: unknown }) => void) | null = null;

  postMessage(data: Data): void {
    this.posted.push(data);
  }

  say(data: Data): void {
    this.onmessage?.({ data });
  }
}

export class FakeTrack {
  enabled = true;
  readyState = "live";
  onended: (() => void) | null = null;

  stop(): void {
    this.readyState = "ended";
  }

  getSettings(): { sampleRate: number } {
    return { sampleRate: 44_100 };
  }
}

export class FakeStream {
  tracks = [new FakeTrack()];
  getTracks = () => this.tracks;
  getAudioTracks = () => this.tracks;
}

class FakeNode {
  connect(): void {}
  disconnect(): void {}
}

/** Install the fakes as globals; what has been made is listed in the result. */
export function installAudio(options: { microphone?: () => Promise<FakeStream>; running?: boolean } = {}) {
  const made = {
    nodes: [] as (FakeNode & { name: string; port: FakePort })[],
    streams: [] as FakeStream[],
    contexts: [] as { state: string }[],
  };
  class FakeWorkletNode extends FakeNode {
    port = new FakePort();
    constructor(
      _context: unknown,
      readonly name: string,
    ) {
      super();
      made.nodes.push(this);
    }
  }
  class FakeContext {
    state = options.running === false ? "suspended" : "running";
    currentTime = 0;
    outputLatency = 0.03;
    baseLatency = 0.01;
    destination = {};
    onstatechange: (() => void) | null = null;
    audioWorklet = { addModule: async () => {} };
    constructor() {
      made.contexts.push(this);
    }
    createMediaStreamSource = () => new FakeNode();
    async resume() {}
    async suspend() {
      this.state = "suspended";
    }
    async close() {
      this.state = "closed";
    }
  }
  const getUserMedia = async () => {
    const stream = options.microphone ? await options.microphone() : new FakeStream();
    made.streams.push(stream);
    return stream;
  };
  Object.assign(globalThis, {
    AudioContext: FakeContext,
    AudioWorkletNode: FakeWorkletNode,
    isSecureContext: true,
  });
  // Older Node versions have no navigator of their own.
  if (globalThis.navigator === undefined) Object.assign(globalThis, { navigator: {} });
  Object.defineProperty(navigator, "mediaDevices", { value: { getUserMedia }, configurable: true });
  URL.createObjectURL = () => "blob:x";
  URL.revokeObjectURL = () => {};
  const node = (name: string) => made.nodes.filter((candidate) => candidate.name === name).at(-1)!;
  return { ...made, capture: () => node("rtw-capture").port, playback: () => node("rtw-playback").port };
}
