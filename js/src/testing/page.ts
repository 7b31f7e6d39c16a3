/** A whole page: the widget rendered on a scripted model, with stand-in audio. */

import { vi } from "vitest";
import widget from "../widget";
import { installAudio } from "./audio";
import { FakeModel } from "./model";

interface PageOptions extends NonNullable<Parameters<typeof installAudio>[0]> {
  /** Of the model: which parts its view shows, whether it is compact. */
  traits?: Record<string, unknown>;
}

export function openPage({ traits = {}, ...options }: PageOptions = {}) {
  const audio = installAudio(options);
  const model = new FakeModel();
  Object.assign(model.traits, traits);
  const definition = widget();
  const dispose = definition.initialize({ model });
  const mount = () => {
    const el = document.body.appendChild(document.createElement("div"));
    const unmount = definition.render({ model, el });
    return { el, unmount };
  };
  const { el, unmount } = mount();
  const find = <T extends HTMLElement>(hook: string, root: ParentNode = el) =>
    root.querySelector<T>(`[data-rtw=${hook}]`)!;
  const settle = () => vi.advanceTimersByTimeAsync(20);
  const page = model.sent[0]!.page as string;
  const connect = async (patch = {}) => {
    find("start").click();
    await settle();
    model.state({ status: "connected", running: true, owner: page, ...patch });
    await settle();
  };
  const chunk = (first_sample: number) =>
    audio.capture().say({
      kind: "chunk",
      buffer: new ArrayBuffer(9600),
      length: 960,
      first_sample,
      peak: 0.3,
      rms: 0.1,
      time: 0,
    });
  const voice = (item_id: string, seq = 0) =>
    model.receive({ type: "audio", page, item_id, content_index: 0, seq }, [
      new DataView(new ArrayBuffer(4800)),
    ]);
  const tracks = () => audio.streams.flatMap((stream) => stream.tracks);
  return { audio, model, dispose, mount, unmount, el, find, settle, page, connect, chunk, voice, tracks };
}
