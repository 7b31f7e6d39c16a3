/** One displayed view: the parts asked for put together, and the walls to the notebook around it. */

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

/** What a view can be made of; keep in step with the names that `session.panel(...)` takes. */
export const PARTS = ["controls", "transcript", "tools", "meters", "captions", "inspector"] as const;
export type Part = (typeof PARTS)[number];

export interface PanelOptions {
  /** The parts to show; none means the full panel. Names unknown here are left out. */
  parts?: readonly string[];
  /** One slim bar instead of the full height. */
  compact?: boolean;
}

/** From this width on the settings stand beside the conversation, open from the start. */
const WIDE_PX = 720;

/** Events that a notebook would take for its own (command mode, cell selection, drag). */
const KEPT_EVENTS = ["keydown", "keyup", "keypress", "mousedown", "pointerdown", "dblclick", "dragstart"];

/** Draw a view into `el`; it lives as long as `scope`. */
export function mountPanel(
  el: HTMLElement,
  controller: Controller,
  scope: Scope,
  { parts = [], compact = false }: PanelOptions = {},
): void {
  const wanted = new Set(PARTS.filter((part) => parts.includes(part)));
  const has = (part: Part) => wanted.size === 0 || wanted.has(part);
  const settings = wanted.size === 0 && !compact ? mountSettings(controller, scope) : null;
  const pieces = [
    mountHeader(controller, scope),
    mountNotices(controller, scope),
    has("controls") ? mountControls(controller, scope) : null,
    has("transcript") && !compact ? mountTranscript(controller, scope) : null,
    has("controls") && !compact ? mountSuggestions(controller, scope) : null,
    has("controls") && !compact ? mountComposer(controller, scope) : null,
    settings,
  ];
  const layout = h("div", { class: "rtw-layout" }, ...pieces);
  const root = h(
    "section",
    {
      class: "rtw",
      "aria-label": "Realtime session",
      "data-lm-suppress-shortcuts": "true",
      "data-parts": [...wanted].join(" ") || "all",
      "data-compact": compact,
    },
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
    if (settings && root.clientWidth >= WIDE_PX) settings.open = true;
  }, 0);
}
