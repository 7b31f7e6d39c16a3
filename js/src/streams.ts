/** A stream of another widget in this page, such as ipywebrtc's camera or sound file, heard in the microphone's place. */

import { MicError, stopTracks } from "./audio/source";
import type { AudioIn } from "./messages";

/** How long a stream may take to have sound: a media element has none before it has loaded. */
const SOUND_LIMIT_MS = 10_000;

/** What such a widget's own model offers, in one way or the other. */
interface StreamModel {
  captureStream?: () => MediaStream | Promise<MediaStream>;
  stream?: MediaStream | Promise<MediaStream>;
}

interface Manager {
  get_model(id: string): Promise<object>;
}

/** The host's store of all widgets' models, where it gives them out. */
export function managerOf(widget_manager: unknown): Manager | null {
  const manager = widget_manager as Partial<Manager> | null | undefined;
  return typeof manager?.get_model === "function" ? (manager as Manager) : null;
}

/** Take a share of the stream's sound; that ends with `signal`, the stream itself goes on. Throws `MicError`. */
export async function openStream(
  widget_manager: unknown,
  source: AudioIn,
  signal: AbortSignal,
): Promise<MediaStream> {
  const stream = await capture(widget_manager, source);
  await waitForSound(stream, source, signal);
  const share = new MediaStream(stream.getAudioTracks().map((track) => track.clone()));
  if (signal.aborted) stopTracks(share);
  else signal.addEventListener("abort", () => stopTracks(share), { once: true });
  return share;
}

async function capture(widget_manager: unknown, source: AudioIn): Promise<MediaStream> {
  const manager = managerOf(widget_manager);
  if (manager === null) {
    const message = "This host does not let one widget hear another.";
    throw failure("no_widget_manager", message, "Open the notebook in JupyterLab or Notebook 7.");
  }
  let stream: MediaStream | undefined;
  try {
    const model = (await manager.get_model(source.model_id ?? "")) as StreamModel;
    stream = await (model.captureStream ? model.captureStream() : model.stream);
  } catch (error) {
    const why = error instanceof Error ? error.message || error.name : String(error);
    const remedy = `Display the ${source.label} in this page to see whether it works, then turn the sound on again.`;
    throw failure("stream_failed", `The ${source.label} gives no stream (${why}).`, remedy);
  }
  if (!(stream instanceof MediaStream)) {
    const remedy = "Pass a stream of ipywebrtc as audio_in, and run its cell again.";
    throw failure("stream_failed", `The ${source.label} gives no stream.`, remedy);
  }
  return stream;
}

async function waitForSound(stream: MediaStream, { label }: AudioIn, signal: AbortSignal): Promise<void> {
  const hasSound = () => stream.getAudioTracks().some((track) => track.readyState === "live");
  if (hasSound()) return;
  const found = await new Promise<boolean>((resolve) => {
    const end = (answer: boolean) => {
      clearTimeout(timer);
      stream.removeEventListener("addtrack", look);
      resolve(answer);
    };
    const look = () => hasSound() && end(true);
    const timer = setTimeout(() => end(false), SOUND_LIMIT_MS);
    stream.addEventListener("addtrack", look);
    signal.addEventListener("abort", () => end(true), { once: true });
  });
  if (found) return;
  const remedy =
    'Use one with sound, such as CameraStream(constraints={"audio": True, "video": False}), and start a file that has ended again.';
  throw failure("stream_silent", `The ${label} has no sound.`, remedy);
}

function failure(code: string, message: string, remedy: string): MicError {
  return new MicError({ state: "unavailable", code, message, remedy });
}
