/** One view of the widget on a scripted model, connected and without a microphone: what the tests of views look at. */

import type { State } from "../messages";
import widget from "../widget";
import { installAudio } from "./audio";
import { FakeModel } from "./model";

export function openPanel(state: Partial<State> = {}) {
  installAudio();
  const model = new FakeModel();
  const definition = widget();
  const el = document.body.appendChild(document.createElement("div"));
  definition.initialize({ model });
  definition.render({ model, el });
  model.state({ status: "connected", running: true, ...state });
  const find = <T extends HTMLElement>(hook: string) => el.querySelector<T>(`[data-rtw=${hook}]`)!;
  const all = (hook: string) => [...el.querySelectorAll<HTMLElement>(`[data-rtw=${hook}]`)];
  return { model, el, find, all };
}

/** Displayed, as far as attributes tell. */
export function isShown(element: Element | null): boolean {
  return element?.isConnected === true && element.closest("[hidden]") === null;
}
