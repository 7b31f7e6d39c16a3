/** One displayed panel: the parts put together, and the walls to the notebook around it. */

import type { Controller } from "../controller";
import type { Scope } from "../scope";
import { mountComposer, mountSuggestions } from "./composer";
import { mountControls } from "./controls";
import { h } from "./dom";
import { mountHeader } from "./header";
import { mountNotices } from "./notice";
import { mountSettings } from "./settings";
import { followTheme } from "./theme";
import { mountTranscript } from "./transcript";

/** From this width on the settings stand beside the conversation, open from the start. */
const WIDE_PX = 720;

/** Events that a notebook would take for its own (command mode, cell selection, drag). */
const KEPT_EVENTS = ["keydown", "keyup", "keypress", "mousedown", "pointerdown", "dblclick", "dragstart"];

export function mountPanel(el: HTMLElement, controller: Controller, scope: Scope): void {
  const settings = mountSettings(controller, scope);
  const layout = h(
    "div",
    { class: "rtw-layout" },
    mountHeader(controller, scope),
    mountNotices(controller, scope),
    mountControls(controller, scope),
    mountTranscript(controller, scope),
    mountSuggestions(controller, scope),
    mountComposer(controller, scope),
    settings,
  );
  const root = h(
    "section",
    { class: "rtw", "aria-label": "Realtime session", "data-lm-suppress-shortcuts": "true" },
    layout,
  );
  for (const type of KEPT_EVENTS) scope.listen(root, type, (event) => event.stopPropagation());

  const { store } = controller;
  const update = () => {
    root.dataset.status = store.status;
    root.dataset.kind = store.state.kind;
    root.dataset.mic = store.local.mic;
    root.dataset.muted = String(store.muted);
  };
  scope.add(store.subscribe((change) => change.kind !== "turns" && update()));
  update();

  el.append(root);
  scope.add(() => root.remove());
  scope.add(controller.addView(scope));
  followTheme(root, scope);
  scope.timeout(() => {
    if (root.clientWidth >= WIDE_PX) settings.open = true;
  }, 0);
}
