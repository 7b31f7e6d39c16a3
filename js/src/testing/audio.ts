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
  /** What this track can be told while it runs. */
  tunes = false;

  constructor(
    readonly label = "Built-in",
    private settings: MediaTrackSettings = {},
  ) {}

  stop(): void {
    this.readyState = "ended";
  }

  /** Unplug the device. */
  vanish(): void {
    this.readyState = "ended";
    this.onended?.();
  }

  getSettings(): MediaTrackSettings {
    return { sampleRate: 44_100, ...this.settings };
  }

  getConstraints(): MediaTrackConstraints {
    return {};
  }

  async applyConstraints(wanted: MediaTrackConstraints): Promise<void> {
    if (this.tunes) this.settings = { ...this.settings, ...(wanted as MediaTrackSettings) };
  }
}

export class FakeStream {
  readonly tracks: FakeTrack[];

  constructor(label?: string, settings?: MediaTrackSettings) {
    this.tracks = [new FakeTrack(label, settings)];
  }

  getTracks = () => this.tracks;
  getAudioTracks = () => this.tracks;
}

class FakeNode {
  /** Where it leads to now. */
  to: unknown[] = [];

  connect(to: unknown): void {
    this.to.push(to);
  }

  disconnect(): void {
    this.to = [];
  }
}

class FakeGain extends FakeNode {
  gain = {
    value: 1,
    setTargetAtTime(value: number) {
      this.value = value;
    },
  };
}

class FakeBufferSource extends FakeNode {
  buffer: unknown = null;
  onended: (() => void) | null = null;
  started = false;

  start(): void {
    this.started = true;
  }
}

export interface FakeDevice {
  kind: "audioinput" | "audiooutput";
  deviceId: string;
  label: string;
}

/** What the browser has: devices that are named once a microphone was allowed. */
export class FakeDevices extends EventTarget {
  list: FakeDevice[] = [{ kind: "audioinput", deviceId: "built-in", label: "Built-in" }];
  /** What was asked for, in order. */
  asked: MediaTrackConstraints[] = [];
  streams: FakeStream[] = [];
  allowed = false;

  constructor(private readonly microphone: (() => Promise<FakeStream>) | undefined) {
    super();
  }

  getUserMedia = async (constraints: MediaStreamConstraints) => {
    const audio = constraints.audio as MediaTrackConstraints;
    this.asked.push(audio);
    const stream = this.microphone ? await this.microphone() : this.open(audio);
    this.allowed = true;
    this.streams.push(stream);
    return stream;
  };

  enumerateDevices = async () =>
    this.list.map((device) => (this.allowed ? device : { ...device, deviceId: "", label: "" }));

  /** Plug a device in. */
  plug(kind: FakeDevice["kind"], deviceId: string, label: string): void {
    this.list = [...this.list, { kind, deviceId, label }];
    this.dispatchEvent(new Event("devicechange"));
  }

  unplug(deviceId: string): void {
    this.list = this.list.filter((device) => device.deviceId !== deviceId);
    this.dispatchEvent(new Event("devicechange"));
  }

  private open(audio: MediaTrackConstraints): FakeStream {
    const id = (audio.deviceId as { exact: string } | undefined)?.exact;
    const inputs = this.list.filter(({ kind }) => kind === "audioinput");
    const device = id === undefined ? inputs[0] : inputs.find(({ deviceId }) => deviceId === id);
    const name = id === undefined ? "NotFoundError" : "OverconstrainedError";
    if (device === undefined) throw Object.assign(new Error(name), { name });
    const { echoCancellation, noiseSuppression, autoGainControl } = audio as MediaTrackSettings;
    const settings = { deviceId: device.deviceId, echoCancellation, noiseSuppression, autoGainControl };
    return new FakeStream(device.label, settings as MediaTrackSettings);
  }
}

interface FakeAudioOptions {
  microphone?: () => Promise<FakeStream>;
  running?: boolean;
  /** Whether a loudspeaker can be chosen; the ids that are refused. */
  sinks?: { refused: string[] };
}

/** Install the fakes as globals; what has been made is listed in the result. */
export function installAudio(options: FakeAudioOptions = {}) {
  const made = {
    nodes: [] as (FakeNode & { name: string; port: FakePort })[],
    sources: [] as FakeNode[],
    gains: [] as FakeGain[],
    chimes: [] as FakeBufferSource[],
    contexts: [] as { state: string; sinkId: string }[],
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
    sampleRate = 48_000;
    outputLatency = 0.03;
    baseLatency = 0.01;
    destination = {};
    sinkId = "";
    onstatechange: (() => void) | null = null;
    audioWorklet = { addModule: async () => {} };
    constructor() {
      made.contexts.push(this);
    }
    createMediaStreamSource = () => keep(made.sources, new FakeNode());
    createMediaStreamDestination = () => Object.assign(new FakeNode(), { stream: new FakeStream() });
    createGain = () => keep(made.gains, new FakeGain());
    createBufferSource = () => keep(made.chimes, new FakeBufferSource());
    createBuffer = () => ({ copyToChannel() {} });
    async resume() {
      if (options.running !== false) this.state = "running";
    }
    async suspend() {
      this.state = "suspended";
    }
    async close() {
      this.state = "closed";
    }
  }
  const { sinks } = options;
  if (sinks !== undefined) {
    Object.assign(FakeContext.prototype, {
      async setSinkId(this: FakeContext, id: string) {
        if (sinks.refused.includes(id)) throw new Error("NotFoundError");
        this.sinkId = id;
      },
    });
  }
  const devices = new FakeDevices(options.microphone);
  Object.assign(globalThis, {
    AudioContext: FakeContext,
    AudioWorkletNode: FakeWorkletNode,
    isSecureContext: true,
  });
  // Older Node versions have no navigator of their own.
  if (globalThis.navigator === undefined) Object.assign(globalThis, { navigator: {} });
  Object.defineProperty(navigator, "mediaDevices", { value: devices, configurable: true });
  URL.createObjectURL = () => "blob:x";
  URL.revokeObjectURL = () => {};
  const node = (name: string) => made.nodes.filter((candidate) => candidate.name === name).at(-1)!;
  return {
    ...made,
    devices,
    streams: devices.streams,
    capture: () => node("rtw-capture").port,
    playback: () => node("rtw-playback").port,
  };
}

function keep<T>(list: T[], thing: T): T {
  list.push(thing);
  return thing;
}
