/** Where the conversation is written as it happens; nothing where it isn't. */

import type { Controller } from "../controller";
import type { Scope } from "../scope";
import { h, setAttribute, setText, show } from "./dom";

export function mountStored({ store }: Controller, scope: Scope): HTMLElement {
  const root = h("span", { class: "rtw-stored", "data-rtw": "stored" });
  const update = () => {
    const kept = store.state.store;
    const problem = kept?.problem ?? null;
    setText(root, problem === null ? `Stored in ${kept?.place ?? ""}` : `Not stored: ${problem}`);
    setAttribute(root, "title", kept?.place ?? null);
    setAttribute(root, "data-problem", problem === null ? null : "");
    show(root, kept !== null);
  };
  scope.add(store.subscribe((change) => change.kind === "state" && update()));
  update();
  return root;
}
