/** The tools that the model may call, and what the latest calls came to. */

import type { Controller } from "../controller";
import type { CallView } from "../messages";
import type { Scope } from "../scope";
import type { Store } from "../store";
import { h, setText, show } from "./dom";
import { fillCalls, VERSION } from "./turn";

const CALLS_SHOWN = 8;

/** The tools by name, with what they say of themselves. */
export function mountToolList(controller: Controller, scope: Scope): HTMLElement {
  const { store } = controller;
  const list = h("ul", { class: "rtw-tools", "data-rtw": "tools" });
  let shown = "";
  const update = () => {
    const key = JSON.stringify(store.state.tools);
    if (key === shown) return;
    shown = key;
    list.replaceChildren(
      ...store.state.tools.map(({ name, description, version }) =>
        h(
          "li",
          {},
          h("code", {}, name),
          version > 1 ? h("span", { class: "rtw-badge", title: VERSION }, `v${version}`) : null,
          h("span", { class: "rtw-tool-about" }, description),
        ),
      ),
    );
  };
  scope.add(store.subscribe((change) => change.kind === "state" && update()));
  update();
  return list;
}

/** The part that stands alone: the tools, and the latest calls, newest first. */
export function mountTools(controller: Controller, scope: Scope): HTMLElement {
  const { store } = controller;
  const empty = h("p", { class: "rtw-empty" });
  const calls = h("div", { class: "rtw-calls" });
  const update = () => {
    const latest = latestCalls(store);
    fillCalls(calls, latest);
    const none = store.state.tools.length === 0;
    setText(empty, none ? "This session has no tools yet." : "No tool has been called yet.");
    show(empty, latest.length === 0);
  };
  scope.add(store.subscribe((change) => change.kind !== "local" && update()));
  update();
  return h(
    "section",
    { class: "rtw-tools-part", "data-rtw": "tools-part", "aria-label": "Tools" },
    mountToolList(controller, scope),
    empty,
    calls,
  );
}

function latestCalls({ order, turns }: Store): CallView[] {
  const calls: CallView[] = [];
  for (let i = order.length - 1; i >= 0 && calls.length < CALLS_SHOWN; i--) {
    calls.push(...[...(turns.get(order[i]!)?.calls ?? [])].reverse());
  }
  return calls.slice(0, CALLS_SHOWN);
}
