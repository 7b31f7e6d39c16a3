/** What a running cell does to the conversation: one calm line, with a sign where it holds the words back. */

import type { Controller } from "../controller";
import type { Scope } from "../scope";
import { h, setAttribute, setText, show } from "./dom";
import { icon } from "./icons";

interface RouteOptions {
  /** Say it only where a cell gets in the way. */
  onlyTrouble: boolean;
}

export function mountRoute({ store }: Controller, scope: Scope, { onlyTrouble }: RouteOptions): HTMLElement {
  const sign = h("span", { class: "rtw-route-sign" }, icon("info"));
  const words = h("span", {});
  const root = h("p", { class: "rtw-route", "data-rtw": "route" }, sign, words);
  const update = () => {
    const { kind, note } = store.state.route;
    show(root, store.live && note !== "" && (kind === "main" || !onlyTrouble));
    show(sign, kind === "main");
    setAttribute(root, "data-route", kind);
    setText(words, note);
  };
  scope.add(store.subscribe((change) => change.kind !== "turns" && update()));
  update();
  return root;
}
