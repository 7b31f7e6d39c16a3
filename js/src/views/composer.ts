/** The text box, and the phrases that the engine offers to be said. */

import type { Controller } from "../controller";
import type { Scope } from "../scope";
import { h, setAttribute, setText, show, uniqueId } from "./dom";
import { icon } from "./icons";

const SUGGESTIONS_SHOWN = 4;
const MAX_HEIGHT_PX = 160;

export function mountComposer(controller: Controller, scope: Scope): HTMLElement {
  const { store } = controller;
  const id = uniqueId("text");
  const box = h("textarea", {
    id,
    rows: 1,
    class: "rtw-input rtw-box",
    "data-rtw": "text",
    enterkeyhint: "send",
    placeholder: "Type a message",
  });
  const send = h(
    "button",
    { type: "button", class: "rtw-button rtw-send", "data-rtw": "send", "aria-label": "Send", title: "Send" },
    icon("send"),
  );
  const label = h("label", { for: id, class: "rtw-hidden" }, "Message");

  const resize = () => {
    box.style.height = "auto";
    if (box.scrollHeight > 0) box.style.height = `${Math.min(MAX_HEIGHT_PX, box.scrollHeight + 2)}px`;
    send.disabled = box.value.trim() === "" || store.status === "dead";
  };
  const submit = () => {
    const text = box.value.trim();
    if (text === "" || store.status === "dead") return;
    box.value = "";
    resize();
    controller.sendText(text);
  };
  scope.listen(box, "input", resize);
  scope.listen(send, "click", () => {
    submit();
    box.focus({ preventScroll: true });
  });
  scope.listen<KeyboardEvent>(box, "keydown", (event) => {
    // While an input method composes, Enter chooses a word.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    submit();
  });

  const root = h("div", { class: "rtw-composer" }, label, box, send);
  const update = () => {
    const returned = controller.takeReturnedText();
    if (returned !== null) box.value = box.value === "" ? returned : `${returned}\n${box.value}`;
    setAttribute(box, "placeholder", placeholder(store.status));
    show(root, store.converses && !store.replays);
    resize();
  };
  scope.add(store.subscribe((change) => change.kind !== "turns" && update()));
  update();
  return root;
}

function placeholder(status: Controller["store"]["status"]): string {
  if (status === "dead") return "Run the cell again to talk";
  return status === "disconnected" || status === "error" ? "Or type to begin" : "Type a message";
}

/** "Try saying": a click sends the phrase as typed text. */
export function mountSuggestions(controller: Controller, scope: Scope): HTMLElement {
  const { store } = controller;
  const list = h("ul", {});
  const more = h("button", { type: "button", class: "rtw-more", "aria-expanded": "false" });
  const root = h(
    "section",
    { class: "rtw-suggestions", "aria-label": "Try saying" },
    h("p", { class: "rtw-label" }, "Try saying"),
    list,
    more,
  );
  let all = false;
  let shown = "";
  const chip = (text: string) => {
    const button = h("button", { type: "button", class: "rtw-chip", "data-rtw": "suggestion" }, text);
    return h("li", {}, button);
  };
  const update = () => {
    const { suggestions } = store.state;
    const key = JSON.stringify([all, suggestions]);
    show(root, suggestions.length > 0 && store.status !== "dead");
    if (key === shown) return;
    shown = key;
    list.replaceChildren(...(all ? suggestions : suggestions.slice(0, SUGGESTIONS_SHOWN)).map(chip));
    show(more, suggestions.length > SUGGESTIONS_SHOWN);
    setText(more, all ? "Fewer" : `${suggestions.length - SUGGESTIONS_SHOWN} more`);
    setAttribute(more, "aria-expanded", String(all));
  };
  // One listener for all chips: they come and go with the tools of the session.
  scope.listen(list, "click", (event) => {
    const target = (event.target as Element).closest<HTMLElement>("[data-rtw=suggestion]");
    if (target?.textContent) controller.sendText(target.textContent);
  });
  scope.listen(more, "click", () => {
    all = !all;
    update();
  });
  scope.add(store.subscribe((change) => change.kind !== "turns" && update()));
  update();
  return root;
}
