/** One turn of the conversation, and the tool calls in it. */

import type { CallStatus, CallView, Role, SessionKind, TurnStatus, TurnView } from "../messages";
import { h, setAttribute } from "./dom";
import { brief, callArguments, clock, duration, pretty } from "./format";
import { icon } from "./icons";

const ROLES: Record<SessionKind, Record<Role, string>> = {
  realtime: { user: "You", assistant: "Assistant", system: "System" },
  transcription: { user: "Speech", assistant: "Assistant", system: "System" },
  translation: { user: "Original", assistant: "Translation", system: "System" },
};
const ABOUT = "The answer says its words and its sound side by side: the exact word isn't known";

/** Who says a turn, in words. */
export function roleWords(role: Role, kind: SessionKind): string {
  return ROLES[kind]?.[role] ?? role;
}

const ENDINGS: Partial<Record<TurnStatus, string>> = {
  interrupted: "interrupted",
  failed: "failed",
  incomplete: "incomplete",
  cancelled: "cancelled",
};

export const VERSION = "Version of the function: it counts how often its cell ran";

const CALL_WORDS: Record<CallStatus, string> = {
  running: "running…",
  done: "",
  failed: "failed",
  cancelled: "cancelled",
  timed_out: "timed out",
};

/** What a part of a turn was made from; an equal part is left alone, with its selection, focus and unfolding. */
const made = new WeakMap<Element, string>();

/** Make the element of a turn; `fillTurn` puts the content in. */
export function createTurn(turn: TurnView, kind: SessionKind): HTMLElement {
  const calls = () => h("div", { class: "rtw-calls" });
  const slots = [h("header", { class: "rtw-turn-label" }), calls(), h("div"), calls()];
  const element = h("article", { class: "rtw-turn", "data-rtw": "turn", "data-id": turn.id }, ...slots);
  fillTurn(element, turn, kind);
  return element;
}

export function fillTurn(element: HTMLElement, turn: TurnView, kind: SessionKind): void {
  setAttribute(element, "data-role", turn.role);
  setAttribute(element, "data-turn-status", turn.status);
  setAttribute(element, "data-partial", turn.status === "in_progress");
  const [label, before, body, after] = [...element.children] as [
    HTMLElement,
    HTMLElement,
    HTMLElement,
    HTMLElement,
  ];
  label.replaceChildren(...turnLabel(turn, kind));
  const { text, heard_text, heard_estimated, uncertain, status } = turn;
  const key = JSON.stringify([text, heard_text, heard_estimated, uncertain, status, turn.calls.length]);
  if (made.get(body) !== key) body.replaceChildren(...turnBody(turn));
  made.set(body, key);
  // In the order in which things happened: an answer stands below the calls that it is made from.
  fillCalls(
    before,
    turn.calls.filter((call) => call.leads),
  );
  fillCalls(
    after,
    turn.calls.filter((call) => !call.leads),
  );
}

/** Bring the elements of calls up to date; one that is unfolded stays so, wherever it moves. */
export function fillCalls(element: HTMLElement, calls: readonly CallView[]): void {
  const known = new Map([...element.children].map((old) => [(old as HTMLElement).dataset.callId, old]));
  calls.forEach((call, i) => {
    const key = JSON.stringify(call);
    const old = known.get(call.call_id) as HTMLDetailsElement | undefined;
    known.delete(call.call_id);
    const fits = old !== undefined && made.get(old) === key;
    const fresh = fits ? old : createCall(call, old?.open ?? false);
    made.set(fresh, key);
    if (old && !fits) old.replaceWith(fresh);
    const at = element.children[i] ?? null;
    if (fresh !== at) element.insertBefore(fresh, at);
  });
  for (const gone of known.values()) gone.remove();
}

function turnLabel(turn: TurnView, kind: SessionKind): HTMLElement[] {
  const ending = ENDINGS[turn.status];
  const answering = kind === "translation" ? "translating…" : "answering…";
  const partial = turn.status === "in_progress" ? (turn.role === "user" ? "listening…" : answering) : null;
  const parts = [h("span", { class: "rtw-role" }, roleWords(turn.role, kind))];
  if (ending || partial) parts.push(h("span", { class: "rtw-turn-state" }, ending ?? partial));
  if (turn.start_ms !== null) parts.push(h("time", { class: "rtw-turn-time" }, clock(turn.start_ms)));
  return parts;
}

function turnBody(turn: TurnView): HTMLElement[] {
  if (turn.text === "" && turn.heard_text === null) {
    // The words of a spoken turn may come late or never; its bubble stands all the same.
    const awaited = turn.role === "user" || turn.status === "in_progress";
    if (!awaited || turn.calls.length > 0) return [];
    return [h("p", { class: "rtw-text rtw-pending", "aria-hidden": "true" }, "…")];
  }
  const body = h("p", { class: "rtw-text", dir: "auto" });
  if (turn.uncertain) body.append(h("span", { class: "rtw-uncertain" }, "not sure: "));
  const [heard, cut] = splitHeard(turn);
  body.append(heard);
  if (cut !== "") {
    // Drawn by the style sheet: a copied sentence stays what was said.
    if (turn.heard_estimated)
      body.append(h("span", { class: "rtw-about", role: "img", "aria-label": "about here", title: ABOUT }));
    body.append(h("del", { class: "rtw-cut", title: "Not heard: the answer was interrupted here" }, cut));
  }
  return [body];
}

/** The part of an interrupted answer that was heard, and the part that was not. */
export function splitHeard(turn: TurnView): [heard: string, cut: string] {
  const { text, heard_text } = turn;
  if (heard_text === null) return [text, ""];
  if (!text.startsWith(heard_text)) return [heard_text, ""];
  // The space between the two belongs to neither; a struck-out one looks like a dash.
  const at = heard_text.length + (/^\s*/.exec(text.slice(heard_text.length))?.[0].length ?? 0);
  return [text.slice(0, at), text.slice(at)];
}

function createCall(call: CallView, open: boolean): HTMLElement {
  const failed = call.status === "failed" || call.status === "timed_out";
  const outcome = call.error ?? call.output;
  const words = CALL_WORDS[call.status];
  const summary = h(
    "summary",
    {},
    icon("tool"),
    h(
      "code",
      { class: "rtw-call-line" },
      h("b", {}, call.name),
      `(${callArguments(call.arguments)})`,
      call.version > 1 ? h("span", { class: "rtw-badge", title: VERSION }, `v${call.version}`) : null,
    ),
    words === "" ? null : h("span", { class: "rtw-call-state" }, words),
    call.duration_ms === null ? null : h("span", { class: "rtw-call-time" }, duration(call.duration_ms)),
    outcome === null
      ? null
      : h("code", { class: "rtw-call-result" }, `${failed ? "! " : "→ "}${brief(outcome)}`),
  );
  return h(
    "details",
    {
      class: "rtw-call",
      "data-rtw": "call",
      "data-call-id": call.call_id,
      "data-call-status": call.status,
      open,
    },
    summary,
    h(
      "dl",
      {},
      ...entry("Arguments", pretty(call.arguments)),
      ...(call.output === null ? [] : entry("Result", pretty(call.output))),
      ...(call.error === null ? [] : entry("Error", call.error)),
    ),
  );
}

function entry(name: string, text: string): HTMLElement[] {
  return [h("dt", {}, name), h("dd", {}, h("pre", {}, text))];
}
