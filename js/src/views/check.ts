/** A check as people read it: line by line, with a sign and a word for how it is, and what to do where it is not well. */

import { Check, GROUPS } from "../check/check";
import { Link, type Model } from "../link";
import type { CheckLine } from "../messages";
import { newId } from "../route";
import type { Scope } from "../scope";
import { h, setAttribute, setText } from "./dom";
import { icon } from "./icons";
import { keepEvents } from "./kept";
import { followTheme } from "./theme";

const MARKS: Record<CheckLine["status"], readonly [symbol: string, word: string]> = {
  ok: ["✓", "OK"],
  note: ["!", "Note"],
  problem: ["✗", "Problem"],
  skipped: ["–", "Not asked"],
  pending: ["…", "Looking"],
};

/** Draw a check as an output of its own: `realtime_widget.check()` in a cell. */
export function mountCheck(el: HTMLElement, model: Model, scope: Scope): void {
  const check = new Check(new Link(model, newId(), scope), scope, true);
  const root = h(
    "section",
    { class: "rtw rtw-check-alone", "aria-label": "Set-up check" },
    mountChecklist(check, scope),
  );
  keepEvents(root, scope);
  el.append(root);
  scope.add(() => root.remove());
  followTheme(root, scope);
}

/** Let the buttons of a panel that are marked `data-check` open the check below its notices. */
export function offerCheck(root: HTMLElement, check: Check, scope: Scope): void {
  let open: Scope | null = null;
  let opener: HTMLElement | null = null;
  const close = () => {
    open?.dispose();
    open = null;
    if (opener?.isConnected) opener.focus({ preventScroll: true });
  };
  scope.listen(root, "click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-check]");
    if (button === null) return;
    opener = button;
    if (open === null) {
      const inside = scope.child();
      open = inside;
      const list = mountChecklist(check, inside, close);
      root.querySelector(".rtw-notices")?.after(list);
      inside.add(() => list.remove());
    } else void check.run(true);
    root.querySelector<HTMLElement>("[data-rtw=check]")?.focus();
  });
}

/** The button that opens the check. */
export function checkButton(): HTMLButtonElement {
  return h(
    "button",
    { type: "button", class: "rtw-check-open", "data-check": true, "data-rtw": "check-open" },
    "Check the set-up",
  );
}

/** Draw a check's lines and run it; `close` where it can be closed. */
export function mountChecklist(check: Check, scope: Scope, close?: () => void): HTMLElement {
  const summary = h("p", { class: "rtw-check-summary", role: "status", "data-rtw": "check-summary" });
  const again = h(
    "button",
    { type: "button", class: "rtw-check-open", "data-rtw": "check-again" },
    "Check again",
  );
  const away = close && closeButton();
  const body = h("div", { class: "rtw-check-body" });
  const root = h(
    "div",
    { class: "rtw-check", "data-rtw": "check", role: "group", "aria-label": "Set-up check", tabindex: "-1" },
    h("div", { class: "rtw-check-head" }, h("h2", {}, "Set-up check"), summary, again, away),
    body,
  );
  scope.listen(again, "click", () => void check.run(true));
  if (away) scope.listen(away, "click", () => close?.());
  scope.listen<KeyboardEvent>(root, "keydown", (event) => {
    if (event.key === "Escape") close?.();
  });
  const rows = new Map<string, Row>();
  const update = () => {
    again.disabled = !check.ended;
    setAttribute(root, "data-ended", check.ended);
    setText(summary, summarise(check.lines, check.ended));
    draw(body, check.lines, rows);
  };
  scope.add(check.subscribe(update));
  void check.run();
  return root;
}

function closeButton(): HTMLButtonElement {
  return h(
    "button",
    { type: "button", class: "rtw-bare", "aria-label": "Close", title: "Close" },
    icon("close"),
  );
}

/** Say in a few words what came of it. */
export function summarise(lines: readonly CheckLine[], ended: boolean): string {
  const count = (status: CheckLine["status"]) => lines.filter((line) => line.status === status).length;
  const [problems, notes] = [count("problem"), count("note")];
  const parts = [
    problems > 0 ? `${problems} ${problems === 1 ? "problem" : "problems"}` : "",
    notes > 0 ? `${notes} ${notes === 1 ? "note" : "notes"}` : "",
  ].filter((part) => part !== "");
  if (!ended) return ["Looking…", ...parts].join(" ");
  return parts.length > 0 ? `${parts.join(", ")}.` : "Everything is well.";
}

interface Row {
  key: string;
  element: HTMLElement;
}

/** Lines that did not change keep their elements, so that a screen reader and a selection are left in peace. */
function draw(body: HTMLElement, lines: readonly CheckLine[], rows: Map<string, Row>): void {
  const groups = (Object.keys(GROUPS) as CheckLine["group"][]).map((group) => {
    const own = lines.filter((line) => line.group === group);
    return { group, own };
  });
  for (const { group, own } of groups) {
    const place =
      body.querySelector<HTMLElement>(`[data-group=${group}]`) ?? body.appendChild(section(group));
    place.hidden = own.length === 0;
    const list = place.querySelector("ul")!;
    const wanted = own.map((line) => row(line, rows));
    const same =
      list.childElementCount === wanted.length && wanted.every((item, n) => list.children[n] === item);
    if (!same) list.replaceChildren(...wanted);
  }
}

function section(group: CheckLine["group"]): HTMLElement {
  return h("section", { "data-group": group }, h("h3", {}, GROUPS[group]), h("ul", {}));
}

function row(line: CheckLine, rows: Map<string, Row>): HTMLElement {
  const key = JSON.stringify(line);
  const known = rows.get(line.id);
  if (known?.key === key) return known.element;
  const [symbol, word] = MARKS[line.status];
  const element = h(
    "li",
    { "data-rtw": "check-line", "data-line": line.id, "data-status": line.status },
    h(
      "span",
      { class: "rtw-check-mark" },
      h("span", { "aria-hidden": "true" }, symbol),
      h("span", { class: "rtw-check-word" }, word),
    ),
    h("span", { class: "rtw-check-title" }, line.title),
    h(
      "span",
      { class: "rtw-check-found" },
      h("span", {}, line.found),
      line.remedy === "" ? null : h("span", { class: "rtw-check-remedy" }, `→ ${line.remedy}`),
    ),
  );
  rows.set(line.id, { key, element });
  return element;
}
