/** What went wrong and what to do, in one place: the session's error, the microphone's, the kernel's, and notices. */

import type { Controller } from "../controller";
import { microphoneLimit, type Reach, reachOf } from "../host";
import type { Scope } from "../scope";
import type { Store } from "../store";
import { checkButton } from "./check";
import { h } from "./dom";
import { type IconName, icon } from "./icons";

interface Line {
  hook: string;
  key: string;
  tone: "error" | "wait" | "info";
  message: string;
  remedy: string;
  dismiss: (() => void) | null;
}

export function mountNotices(controller: Controller, scope: Scope): HTMLElement {
  const { store } = controller;
  const root = h("div", { class: "rtw-notices" });
  const reach = reachOf();
  let shown = "";
  let dismissals = new Map<string, () => void>();
  const update = () => {
    const lines = currentLines(controller, reach);
    const key = JSON.stringify(lines);
    root.hidden = lines.length === 0;
    dismissals = new Map(lines.flatMap((line) => (line.dismiss ? [[line.key, line.dismiss]] : [])));
    if (key === shown) return;
    shown = key;
    root.replaceChildren(...lines.map(createLine));
  };
  scope.listen(root, "click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-dismiss]");
    if (button?.dataset.dismiss !== undefined) dismissals.get(button.dataset.dismiss)?.();
  });
  scope.add(store.subscribe((change) => change.kind !== "turns" && update()));
  update();
  return root;
}

function currentLines(controller: Controller, reach: Reach): Line[] {
  const { store } = controller;
  const lines = [
    kernelLine(store),
    errorLine(controller),
    micLine(controller),
    deviceLine(controller),
    limitLine(controller, reach),
    noticeLine(controller),
  ];
  return lines.filter((line) => line !== null);
}

function kernelLine(store: Store): Line | null {
  const line = { hook: "error", tone: "error" as const, dismiss: null };
  if (store.local.kernel === "gone") {
    return {
      ...line,
      key: "gone",
      message: "The kernel was stopped or restarted, and the session with it.",
      remedy: "Run the cell again to talk. What was said stays readable here.",
    };
  }
  if (store.local.kernel === "silent") {
    return {
      ...line,
      key: "silent",
      message: "The kernel has not answered for 15 seconds, so the microphone was closed.",
      remedy: "It may be busy with a cell: wait for it or interrupt it, then turn the microphone on again.",
    };
  }
  return null;
}

function errorLine(controller: Controller): Line | null {
  const { error } = controller.store.state;
  if (error === null || controller.store.local.starting) return null;
  const key = `${error.code}: ${error.message}`;
  if (!error.fatal && controller.store.local.dismissed === key) return null;
  const dismiss = error.fatal ? null : () => controller.dismiss(key);
  // What mends itself is no alarm.
  const tone = controller.store.status === "reconnecting" ? "wait" : "error";
  return { hook: "error", key, tone, message: error.message, remedy: error.remedy, dismiss };
}

function micLine(controller: Controller): Line | null {
  const { micProblem } = controller.store.local;
  if (micProblem === null) return null;
  const { code, message, remedy } = micProblem;
  return {
    hook: "mic-error",
    key: `mic: ${code}`,
    tone: "error",
    message,
    remedy,
    dismiss: () => controller.dismissMicProblem(),
  };
}

/** What Start would run into is said before it does. */
function limitLine(controller: Controller, reach: Reach): Line | null {
  const { store } = controller;
  if (store.replays || store.live || store.local.starting || store.local.micProblem !== null) return null;
  const limit = microphoneLimit(reach, store.converses);
  if (limit === null) return null;
  const key = `limit: ${limit.code}`;
  if (store.local.dismissed === key) return null;
  const { message, remedy } = limit;
  return { hook: "mic-limit", key, tone: "info", message, remedy, dismiss: () => controller.dismiss(key) };
}

function deviceLine(controller: Controller): Line | null {
  const { deviceNote } = controller.store.local;
  if (deviceNote === null) return null;
  const { code, message, remedy } = deviceNote;
  return {
    hook: "device-note",
    key: `device: ${code}`,
    tone: "info",
    message,
    remedy,
    dismiss: () => controller.devices.dismissNote(),
  };
}

function noticeLine(controller: Controller): Line | null {
  const { notice } = controller.store.state;
  const key = `notice: ${notice}`;
  if (notice === null || controller.store.local.dismissed === key) return null;
  return {
    hook: "notice",
    key,
    tone: "info",
    message: notice,
    remedy: "",
    dismiss: () => controller.dismiss(key),
  };
}

const ICONS: Record<Line["tone"], IconName> = { error: "warn", wait: "retry", info: "info" };

function createLine(line: Line): HTMLElement {
  return h(
    "div",
    {
      class: `rtw-notice rtw-${line.tone}`,
      "data-rtw": line.hook,
      role: line.tone === "error" ? "alert" : "status",
    },
    icon(ICONS[line.tone]),
    h(
      "div",
      { class: "rtw-notice-text" },
      h("p", {}, line.message),
      line.remedy === "" ? null : h("p", { class: "rtw-remedy" }, line.remedy),
      line.tone === "error" && line.key !== "gone" ? checkButton() : null,
    ),
    line.dismiss === null
      ? null
      : h(
          "button",
          {
            type: "button",
            class: "rtw-bare",
            "data-dismiss": line.key,
            "aria-label": "Dismiss",
            title: "Dismiss",
          },
          icon("close"),
        ),
  );
}
