/** The conversation: turns in order, following the latest unless the reader has scrolled up. */

import type { Controller } from "../controller";
import type { TurnView } from "../messages";
import type { Scope } from "../scope";
import type { Change, Store } from "../store";
import { h, setText, show } from "./dom";
import { icon } from "./icons";
import { createTurn, fillTurn } from "./turn";

const AT_END_PX = 24;

export function mountTranscript(controller: Controller, scope: Scope): HTMLElement {
  const { store } = controller;
  const empty = h("p", { class: "rtw-empty" });
  const list = h("div", {
    class: "rtw-transcript",
    "data-rtw": "transcript",
    tabindex: 0,
    role: "region",
    "aria-label": "Conversation",
  });
  const jump = h(
    "button",
    { type: "button", class: "rtw-button rtw-jump", "data-rtw": "jump" },
    icon("down"),
    h("span", {}, "Latest"),
  );
  const elements = new Map<string, HTMLElement>();
  let following = true;

  const follow = () => {
    list.scrollTop = list.scrollHeight;
  };
  const atEnd = () => list.scrollHeight - list.scrollTop - list.clientHeight < AT_END_PX;
  scope.listen(list, "scroll", () => {
    following = atEnd();
    show(jump, !following);
  });
  scope.listen(jump, "click", () => {
    following = true;
    follow();
    show(jump, false);
  });

  const apply = (changed: readonly string[] | null) => {
    const fresh = changed === null ? null : new Set(changed);
    placeTurns(list, elements, store.order, (id) => store.turns.get(id)!, fresh);
    show(empty, store.order.length === 0);
    if (following) follow();
  };
  scope.add(
    store.subscribe((change) => {
      if (change.kind === "turns") apply(change.reset ? null : change.changed);
      else setText(empty, emptyWords(store));
    }),
  );
  if (typeof ResizeObserver !== "undefined") {
    // A panel that gets its size (or a new one) after the turns came still shows the latest.
    const observer = new ResizeObserver(() => following && follow());
    observer.observe(list);
    scope.add(() => observer.disconnect());
  }
  setText(empty, emptyWords(store));
  list.append(empty);
  jump.hidden = true;
  apply(null);
  return h(
    "section",
    { class: "rtw-talk", "aria-label": "Transcript" },
    list,
    jump,
    mountCaptions(controller, scope),
  );
}

function emptyWords(store: Store): string {
  if (store.status === "dead") return "Nothing was said.";
  const typing = store.converses ? ", or type below" : "";
  if (store.status === "connected") return `Say something${typing}.`;
  if (store.status !== "disconnected" && store.status !== "error") return "One moment…";
  return `Press Start and talk${typing}. What is said appears here and in the tables of the session.`;
}

/** Bring the elements into the order of the turns with as few moves as possible. */
function placeTurns(
  list: HTMLElement,
  elements: Map<string, HTMLElement>,
  order: readonly string[],
  turn: (id: string) => TurnView,
  changed: ReadonlySet<string> | null,
): void {
  const wanted = new Set(order);
  for (const [id, element] of elements) {
    if (wanted.has(id)) continue;
    element.remove();
    elements.delete(id);
  }
  let at: Element | null = list.firstElementChild;
  for (const id of order) {
    while (at !== null && !at.hasAttribute("data-id")) at = at.nextElementSibling;
    let element = elements.get(id);
    if (element === undefined) {
      element = createTurn(turn(id));
      elements.set(id, element);
    } else if (changed === null || changed.has(id)) {
      fillTurn(element, turn(id));
    }
    if (element === at) at = at.nextElementSibling;
    else list.insertBefore(element, at);
  }
}

/** Say finished turns to a screen reader; partial ones would be said over and over. */
function mountCaptions(controller: Controller, scope: Scope): HTMLElement {
  const { store } = controller;
  const captions = h("div", {
    class: "rtw-hidden",
    role: "log",
    "aria-live": "polite",
    "data-rtw": "captions",
  });
  const said = new Set<string>(finished(store.turns.values()));
  const announce = (change: Change) => {
    if (change.kind !== "turns") return;
    if (change.reset) {
      for (const id of finished(store.turns.values())) said.add(id);
      return;
    }
    for (const id of change.changed) {
      const turn = store.turns.get(id);
      if (!turn || turn.status === "in_progress" || turn.text === "" || said.has(id)) continue;
      said.add(id);
      if (!controller.isFirstView(scope)) continue;
      const who = turn.role === "user" ? "You" : "Assistant";
      captions.append(h("p", {}, `${who}: ${turn.heard_text ?? turn.text}`));
      while (captions.childElementCount > 5) captions.firstElementChild?.remove();
    }
  };
  scope.add(store.subscribe(announce));
  return captions;
}

function finished(turns: Iterable<TurnView>): string[] {
  return [...turns].filter((turn) => turn.status !== "in_progress").map((turn) => turn.id);
}
