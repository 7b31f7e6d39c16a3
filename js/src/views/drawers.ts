/** The row of buttons below the conversation, each of which opens what is not needed at first sight. */

import type { Controller } from "../controller";
import type { Scope } from "../scope";
import { h, setAttribute, setText, show, uniqueId } from "./dom";

export interface Drawer {
  hook: string;
  label: (controller: Controller) => string;
  /** Whether there is anything in it. */
  offered: (controller: Controller) => boolean;
  mount: (controller: Controller, scope: Scope) => HTMLElement;
}

interface Built {
  drawer: Drawer;
  button: HTMLButtonElement;
  body: HTMLElement;
}

/** At most one drawer is open; what is in it lives only as long as it is. */
export function mountDrawers(controller: Controller, scope: Scope, drawers: readonly Drawer[]): HTMLElement {
  const { store } = controller;
  let open: { built: Built; scope: Scope } | null = null;
  const close = () => {
    if (open === null) return;
    open.scope.dispose();
    open.built.body.replaceChildren();
    show(open.built.body, false);
    setAttribute(open.built.button, "aria-expanded", "false");
    open = null;
  };
  const toggle = (built: Built) => {
    const wasOpen = open?.built === built;
    close();
    if (wasOpen) return;
    const inside = scope.child();
    open = { built, scope: inside };
    built.body.append(built.drawer.mount(controller, inside));
    show(built.body, true);
    setAttribute(built.button, "aria-expanded", "true");
  };
  const all = drawers.map(build);
  const row = h("div", { class: "rtw-drawer-row" }, ...all.map(({ button }) => button));
  const root = h(
    "section",
    { class: "rtw-drawers", "aria-label": "More" },
    row,
    ...all.map(({ body }) => body),
  );
  for (const built of all) {
    scope.listen(built.button, "click", () => toggle(built));
    scope.listen<KeyboardEvent>(built.body, "keydown", (event) => {
      if (event.key !== "Escape" || event.defaultPrevented) return;
      // First the focus: what is edited is taken over as its control loses it.
      built.button.focus({ preventScroll: true });
      close();
    });
  }
  const update = () => {
    for (const { drawer, button } of all) {
      setText(button, drawer.label(controller));
      const offered = drawer.offered(controller);
      show(button, offered);
      if (!offered && open?.built.drawer === drawer) close();
    }
  };
  scope.add(store.subscribe((change) => change.kind !== "turns" && update()));
  update();
  return root;
}

function build(drawer: Drawer): Built {
  const id = uniqueId(drawer.hook);
  const button = h("button", {
    type: "button",
    class: "rtw-drawer-button",
    "data-rtw": drawer.hook,
    "aria-expanded": "false",
    "aria-controls": id,
  });
  const body = h("div", { id, class: "rtw-drawer", "data-rtw": `${drawer.hook}-drawer`, hidden: true });
  return { drawer, button, body };
}
