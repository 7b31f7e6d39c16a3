/** Open the microphone, and say in the user's words why it could not be opened. */

import { type Place, tunnel } from "../host";
import type { Problem } from "../store";

/** Which microphone, and what the browser does to its sound. */
export interface InputWish {
  /** Ids and names to look for, the best first; none for the system's default. */
  device: readonly string[];
  echo_cancellation: boolean;
  noise_suppression: boolean;
  auto_gain_control: boolean;
}

/** A device as a list shows it. */
export interface Device {
  id: string;
  label: string;
}

/** Names that browsers list for whatever device the system chose: that is a choice of its own. */
export const STAND_INS = ["default", "communications"];

/** What to ask of the browser's processing. */
export function processing(wish: InputWish): MediaTrackConstraints {
  return {
    echoCancellation: wish.echo_cancellation,
    noiseSuppression: wish.noise_suppression,
    autoGainControl: wish.auto_gain_control,
  };
}

/** What to ask for altogether; an id names one device and no other. */
export function constraints(wish: InputWish, id: string | null): MediaStreamConstraints {
  const deviceId = id === null ? {} : { deviceId: { exact: id } };
  return { audio: { channelCount: 1, ...processing(wish), ...deviceId }, video: false };
}

/** The device that is meant by an id, its name, or a part of that in any case. */
export function findDevice(devices: readonly Device[], wanted: readonly string[]): Device | null {
  for (const name of wanted) {
    const same = devices.find((device) => device.id === name || device.label === name);
    const part = name.trim().toLowerCase();
    const found = same ?? devices.find((device) => part !== "" && device.label.toLowerCase().includes(part));
    if (found) return found;
  }
  return null;
}

/** List devices by name, null where that fails; asks nobody, so without a permission there is little or nothing in it. */
export async function listDevices(kind: "audioinput" | "audiooutput"): Promise<Device[] | null> {
  try {
    const devices = await navigator.mediaDevices.enumerateDevices();
    return devices
      .filter((device) => device.kind === kind && device.label !== "" && !STAND_INS.includes(device.deviceId))
      .map(({ deviceId, label }) => ({ id: deviceId, label }));
  } catch {
    return null;
  }
}

/** What decides which remedy applies; plain values, so that every case can be tested. */
export interface Surroundings {
  secure: boolean;
  has_api: boolean;
  protocol: string;
  host: string;
  /** What the document's permissions policy says of the microphone; null where the browser does not tell. */
  policy_allows: boolean | null;
  framed: boolean;
}

export interface MicFailure extends Problem {
  state: "denied" | "unavailable";
}

const HOST_BLOCKS: Omit<MicFailure, "message"> = {
  state: "denied",
  code: "host_blocks_microphone",
  remedy:
    'Open the notebook in JupyterLab in a browser; or go on by typing, or with session.send_audio("question.wav").',
};

/** Name the reason of a failed `getUserMedia`. */
export function explain(error: { name: string; message: string } | null, where: Surroundings): MicFailure {
  if (!where.secure) return insecure(where);
  if (where.protocol === "vscode-webview:") {
    return { ...HOST_BLOCKS, message: "VS Code does not let notebook outputs use the microphone." };
  }
  if (where.policy_allows === false) {
    return {
      ...HOST_BLOCKS,
      message: "The page around this notebook does not let its frames use the microphone.",
    };
  }
  if (!where.has_api || error === null) {
    return {
      state: "unavailable",
      code: "no_microphone_api",
      message: "This browser offers no microphone to this page.",
      remedy: "Use a current Chrome, Edge, Firefox or Safari, or go on by typing.",
    };
  }
  return (FAILURES[error.name] ?? unknown)(error, where);
}

type Explain = (error: { name: string; message: string }, where: Surroundings) => MicFailure;

const unknown: Explain = (error) => ({
  state: "unavailable",
  code: "microphone_failed",
  message: `The microphone could not be opened (${error.name || "unknown error"}).`,
  remedy: "Check the device and turn the microphone on again, or go on by typing.",
});

const denied: Explain = (error, where) => {
  if (/system/i.test(error.message)) {
    return {
      state: "denied",
      code: "denied_by_system",
      message: "The operating system does not let this browser use the microphone.",
      remedy: "Allow it in the system's privacy settings, restart the browser, or go on by typing.",
    };
  }
  const frame = where.framed ? " If it never asked, the page around this notebook blocks it." : "";
  return {
    state: "denied",
    code: "permission_denied",
    message: "The browser was not allowed to use the microphone.",
    remedy: `Allow the microphone for this page (icon beside the address) and turn it on again, or go on by typing.${frame}`,
  };
};

const missing: Explain = () => ({
  state: "unavailable",
  code: "no_device",
  message: "No microphone was found.",
  remedy: "Plug one in and turn the microphone on again, or go on by typing.",
});

const busy: Explain = () => ({
  state: "unavailable",
  code: "device_busy",
  message: "The microphone is in use by another program.",
  remedy: "Close the other program and turn the microphone on again, or go on by typing.",
});

const FAILURES: Record<string, Explain> = {
  NotAllowedError: denied,
  PermissionDeniedError: denied,
  SecurityError: denied,
  NotFoundError: missing,
  DevicesNotFoundError: missing,
  OverconstrainedError: missing,
  NotReadableError: busy,
  TrackStartError: busy,
  AbortError: busy,
};

function insecure(where: Surroundings): MicFailure {
  return {
    state: "unavailable",
    code: "insecure_page",
    message: `Browsers give the microphone only to secure pages, and ${where.host || "this page"} is opened over plain http.`,
    remedy: `${tunnel(placeOf(where))}. Until then go on by typing, or with session.send_audio("question.wav").`,
  };
}

function placeOf({ host, protocol }: Surroundings): Place {
  const [, hostname = host, port = ""] = /^(.*?)(?::(\d+))?$/.exec(host) ?? [];
  return { protocol, hostname, port, pathname: globalThis.location?.pathname ?? "/" };
}

/** A failure that `open` has already put into words. */
export class MicError extends Error {
  constructor(readonly failure: MicFailure) {
    super(failure.message);
  }
}

/** Ask for the microphone; its tracks stop when `signal` is aborted, also in the midst of this. Throws `MicError`. */
export async function openMicrophone(wish: InputWish, signal: AbortSignal): Promise<MediaStream> {
  const where = surroundings();
  if (!where.secure || !where.has_api) throw new MicError(explain(null, where));
  try {
    return await choose(wish, signal);
  } catch (error) {
    throw new MicError(explain(error as DOMException, where));
  }
}

async function choose(wish: InputWish, signal: AbortSignal): Promise<MediaStream> {
  const wanted = wish.device.length > 0;
  const known = wanted ? findDevice((await listDevices("audioinput")) ?? [], wish.device) : null;
  const stream = await ask(wish, known, signal);
  if (!wanted || known !== null || signal.aborted) return stream;
  // Names are told only once some microphone is allowed.
  const named = findDevice((await listDevices("audioinput")) ?? [], wish.device);
  if (named === null || named.id === deviceOf(stream) || signal.aborted) return stream;
  const better = await ask(wish, named, signal);
  stopTracks(stream);
  return better;
}

async function ask(wish: InputWish, device: Device | null, signal: AbortSignal): Promise<MediaStream> {
  try {
    return await open(constraints(wish, device?.id ?? null), signal);
  } catch (error) {
    const gone = ["OverconstrainedError", "NotFoundError"].includes((error as DOMException).name);
    if (device === null || !gone || signal.aborted) throw error;
    // Unplugged since it was listed.
    return open(constraints(wish, null), signal);
  }
}

const microphones = new WeakSet<MediaStreamTrack>();

/** Whether a track is a microphone that was opened here, and not a stream that someone else made. */
export function isMicrophone(track: MediaStreamTrack | null): track is MediaStreamTrack {
  return track !== null && microphones.has(track);
}

async function open(wanted: MediaStreamConstraints, signal: AbortSignal): Promise<MediaStream> {
  const stream = await navigator.mediaDevices.getUserMedia(wanted);
  for (const track of stream.getAudioTracks()) microphones.add(track);
  const stop = () => stopTracks(stream);
  if (signal.aborted) stop();
  else signal.addEventListener("abort", stop, { once: true });
  return stream;
}

export function stopTracks(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}

function deviceOf(stream: MediaStream): string | undefined {
  return stream.getAudioTracks()[0]?.getSettings().deviceId;
}

interface PolicyDocument {
  permissionsPolicy?: { allowsFeature(name: string): boolean };
  featurePolicy?: { allowsFeature(name: string): boolean };
}

function surroundings(): Surroundings {
  const policy = (document as PolicyDocument).permissionsPolicy ?? (document as PolicyDocument).featurePolicy;
  return {
    secure: globalThis.isSecureContext === true,
    has_api: typeof navigator.mediaDevices?.getUserMedia === "function",
    protocol: location.protocol,
    host: location.host,
    policy_allows: policy ? policy.allowsFeature("microphone") : null,
    framed: window.parent !== window,
  };
}
