/** The conversation: turns in order, following the latest unless the reader has scrolled up. */

import type { Controller } from "../controller";
import type { TurnView } from "../messages";
import type { Scope } from "../scope";
import type { Change, Store } from "../store";
import { h, setText, show } from "./dom";
import { icon } from "./icons";
import { PlacedTurns } from "./placing";
import { roleWords } from "./turn";

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
  const waiting = h("div", { class: "rtw-waiting" });
  const placed = new PlacedTurns(list, waiting);
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
    if (following) placed.update(store, changed);
    else placed.keepingPlace(() => placed.update(store, changed));
    updateEmpty();
    if (following) follow();
  };
  const updateEmpty = () => {
    setText(empty, emptyWords(store));
    show(empty, store.order.length === 0 && store.local.waitingTexts.length === 0);
  };
  let waitingKey = "";
  const updateWaiting = () => {
    const key = JSON.stringify(store.local.waitingTexts);
    if (key === waitingKey) return;
    waitingKey = key;
    waiting.replaceChildren(...store.local.waitingTexts.map(waitingTurn));
    if (following) follow();
  };
  scope.add(
    store.subscribe((change) => {
      if (change.kind === "turns") apply(change.reset ? null : change.changed);
      else {
        updateEmpty();
        updateWaiting();
      }
    }),
  );
  if (typeof ResizeObserver !== "undefined") {
    // A panel that gets its size (or a new one) after the turns came still shows the latest.
    const observer = new ResizeObserver(() => following && follow());
    observer.observe(list);
    scope.add(() => observer.disconnect());
  }
  list.append(empty, waiting);
  updateWaiting();
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
  if (store.replays) return store.state.player?.begun ? "Nothing was said yet." : "Nothing was said.";
  const typing = store.converses ? ", or type below" : "";
  if (store.status === "connected" && store.local.mic !== "open" && !store.heardElsewhere) {
    return store.converses ? "Type below, or turn the microphone on." : "The microphone is off.";
  }
  if (store.status === "connected") {
    return `${store.pushToTalk ? "Hold the button and talk" : "Say something"}${typing}.`;
  }
  if (store.status !== "disconnected" && store.status !== "error") return "One moment…";
  return `Press Start and talk${typing}. What is said appears here and in the tables of the session.`;
}

/** What was typed while there was no connection, as the bubble that it will be. */
function waitingTurn(text: string): HTMLElement {
  const label = h(
    "header",
    { class: "rtw-turn-label" },
    h("span", { class: "rtw-role" }, "You"),
    h("span", { class: "rtw-turn-state" }, "waiting to be sent"),
  );
  const words = h("p", { class: "rtw-text", dir: "auto" }, text);
  return h(
    "article",
    { class: "rtw-turn", "data-rtw": "waiting", "data-role": "user", "data-partial": true },
    label,
    words,
  );
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
    if (change.reset || change.older) {
      for (const id of finished(change.changed.map((id) => store.turns.get(id)!))) said.add(id);
      return;
    }
    for (const id of change.changed) {
      const turn = store.turns.get(id);
      if (!turn || turn.status === "in_progress" || turn.text === "" || said.has(id)) continue;
      said.add(id);
      if (!controller.isFirstView(scope)) continue;
      captions.append(
        h("p", {}, `${roleWords(turn.role, store.state.kind)}: ${turn.heard_text ?? turn.text}`),
      );
      while (captions.childElementCount > 5) captions.firstElementChild?.remove();
    }
  };
  scope.add(store.subscribe(announce));
  return captions;
}

function finished(turns: Iterable<TurnView>): string[] {
  return [...turns].filter((turn) => turn.status !== "in_progress").map((turn) => turn.id);
}
