/** One displayed view: the parts asked for put together, and the walls to the notebook around it. */

import type { Controller } from "../controller";
import type { Scope } from "../scope";
import { mountBar } from "./bar";
import { mountCaptionLines } from "./captions";
import { mountChecklist, offerCheck } from "./check";
import { mountComposer, mountSuggestions } from "./composer";
import { mountControls } from "./controls";
import { costLabel, mountCost } from "./cost";
import { mountDevices } from "./devices";
import { h } from "./dom";
import { type Drawer, mountDrawers } from "./drawers";
import { mountHeader, mountStrip } from "./header";
import { mountInspector } from "./inspector";
import { keepEvents } from "./kept";
import { mountMeters } from "./meters";
import { Motion } from "./motion";
import { mountNotices } from "./notice";
import { mountPlayer } from "./player";
import { mountRoute } from "./route";
import { mountSettings } from "./settings";
import { followTheme } from "./theme";
import { mountToolList, mountTools } from "./tools";
import { mountTranscript } from "./transcript";

/** What a view can be made of; keep in step with the names that `session.panel(...)` takes. */
export const PARTS = ["controls", "transcript", "tools", "meters", "captions", "inspector"] as const;
export type Part = (typeof PARTS)[number];

export interface PanelOptions {
  /** The parts to show; none means the full panel. Names unknown here are left out. */
  parts?: readonly string[];
  /** One slim bar instead of header, conversation, captions and text box. */
  compact?: boolean;
}

interface View {
  controller: Controller;
  scope: Scope;
  motion: Motion;
  /** The part is asked for by name. */
  has: (part: Part) => boolean;
}

const DRAWERS: readonly Drawer[] = [
  {
    hook: "settings",
    label: () => "Settings",
    offered: ({ store }) => store.converses && !store.replays,
    mount: mountSettings,
  },
  { hook: "sound", label: () => "Sound", offered: ({ store }) => !store.replays, mount: mountDevices },
  {
    hook: "tools-list",
    label: ({ store }) => `Tools ${store.state.tools.length}`,
    offered: ({ store }) => store.state.tools.length > 0,
    mount: mountToolList,
  },
  {
    hook: "cost",
    label: costLabel,
    offered: ({ store }) => store.state.cost !== null,
    mount: mountCost,
  },
  { hook: "inspector", label: () => "Events", offered: () => true, mount: mountInspector },
  {
    hook: "set-up",
    label: () => "Check",
    offered: ({ store }) => !store.replays,
    mount: ({ check }, scope) => mountChecklist(check, scope),
  },
];

/** Draw a view into `el`; it lives as long as `scope`. */
export function mountPanel(
  el: HTMLElement,
  controller: Controller,
  scope: Scope,
  { parts = [], compact = false }: PanelOptions = {},
): void {
  const { store } = controller;
  const wanted = new Set(PARTS.filter((part) => parts.includes(part)));
  const motion = new Motion(store, scope);
  const view: View = { controller, scope, motion, has: (part) => wanted.has(part) };
  const full = wanted.size === 0;
  const pieces = compact ? compactPieces(view, full) : full ? fullPieces(view) : chosenPieces(view);
  const root = h(
    "section",
    {
      class: "rtw",
      "aria-label": "Realtime session",
      "data-parts": full ? "all" : [...wanted].join(" "),
      "data-compact": compact,
    },
    h("div", { class: "rtw-layout" }, ...pieces),
  );
  keepEvents(root, scope);
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
  offerCheck(root, controller.check, scope);
  followTheme(root, scope);
  motion.watch(root);
}

type Pieces = (HTMLElement | null)[];

function fullPieces({ controller, scope, motion }: View): Pieces {
  return [
    mountHeader(controller, scope, motion),
    mountNotices(controller, scope),
    mountPlayer(controller, scope),
    mountControls(controller, scope, motion, { meters: true }),
    mountTranscript(controller, scope),
    mountSuggestions(controller, scope),
    mountComposer(controller, scope),
    mountRoute(controller, scope, { onlyTrouble: false }),
    mountDrawers(controller, scope, DRAWERS),
  ];
}

/** Parts in the order of the full panel, whatever the order of their names. */
function chosenPieces({ controller, scope, motion, has }: View): Pieces {
  const controls = has("controls");
  return [
    controls ? mountHeader(controller, scope, motion) : mountStrip(controller, scope),
    mountNotices(controller, scope),
    controls ? mountPlayer(controller, scope) : null,
    controls ? mountControls(controller, scope, motion, { meters: has("meters") }) : null,
    has("meters") && !controls ? mountMeters(controller, scope, motion) : null,
    has("transcript") ? mountTranscript(controller, scope) : null,
    has("captions") ? mountCaptionLines(controller, scope, motion) : null,
    controls ? mountSuggestions(controller, scope) : null,
    controls ? mountComposer(controller, scope) : null,
    has("tools") ? mountTools(controller, scope) : null,
    has("inspector") ? mountInspector(controller, scope) : null,
    controls ? mountRoute(controller, scope, { onlyTrouble: true }) : null,
  ];
}

/** The bar says the last words for transcript and captions; tools and events keep their own place below it. */
function compactPieces({ controller, scope, motion, has }: View, full: boolean): Pieces {
  const bar = {
    buttons: full || has("controls"),
    caption: full || has("transcript") || has("captions"),
    meters: has("meters"),
  };
  return [
    mountBar(controller, scope, motion, bar),
    mountNotices(controller, scope),
    has("tools") ? mountTools(controller, scope) : null,
    has("inspector") ? mountInspector(controller, scope) : null,
    bar.buttons ? mountRoute(controller, scope, { onlyTrouble: true }) : null,
  ];
}
