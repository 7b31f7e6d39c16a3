/** The walls between a panel and the notebook around it: keys and clicks in the panel are not the notebook's. */

import type { Scope } from "../scope";

/** Events that a notebook would take for its own (command mode, cell selection, drag). */
const KEPT_EVENTS = ["keydown", "keyup", "keypress", "mousedown", "pointerdown", "dblclick", "dragstart"];
/** JupyterLab and Notebook listen before the panel does; they leave elements alone that have this attribute. */
const SUPPRESS = "data-lm-suppress-shortcuts";

/** Keep keys and clicks inside `root`. */
export function keepEvents(root: HTMLElement, scope: Scope): void {
  root.setAttribute(SUPPRESS, "true");
  for (const type of KEPT_EVENTS) scope.listen(root, type, (event) => event.stopPropagation());
  // They look from the focused element upwards and take that one itself for a match before they come to the root.
  scope.listen(root, "focusin", ({ target }) => {
    if (target instanceof Element) target.setAttribute(SUPPRESS, "true");
  });
}
