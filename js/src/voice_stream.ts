/** The voice as a stream of the page: the front end of `session.audio_out`, which ipywebrtc takes for one of its own. */

import { findController } from "./hub";
import type { Model } from "./link";
import { managerOf } from "./streams";
import { h } from "./views/dom";

/** Panels of a page load side by side; the one whose voice is wanted may be on its way. */
const PANEL_LIMIT_MS = 10_000;
const LOOK_MS = 100;

/** Give the model what ipywebrtc's consumers ask a stream for. */
export async function serveVoice(model: Model): Promise<void> {
  const manager = managerOf(model.widget_manager);
  if (manager === null) return;
  // Others get the model itself, not the wrapping that anywidget hands to its front end.
  const raw = await manager.get_model(String(model.get("own_id")));
  const session_id = String(model.get("session_id"));
  Object.assign(raw, { captureStream: () => voiceOf(session_id) });
}

async function voiceOf(session_id: string): Promise<MediaStream> {
  for (let waited_ms = 0; waited_ms <= PANEL_LIMIT_MS; waited_ms += LOOK_MS) {
    const controller = findController(session_id);
    if (controller !== null) return controller.sound.stream;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  throw new Error("Show the session's panel in this page: its voice is what would be heard.");
}

/** Where somebody displays the stream itself, say what it is good for. */
export function mountVoice(el: HTMLElement, model: Model): void {
  const text = `The voice of “${model.get("title")}” as it sounds in this page, for ipywebrtc.AudioRecorder(stream=…).`;
  el.append(h("p", { class: "rtw-note" }, text));
}
