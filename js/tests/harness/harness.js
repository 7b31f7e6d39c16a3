/**
 * The built widget on a plain page with a scripted model, for eyes and for scripted browsers.
 *
 * Serve the repository's root and open js/tests/harness/index.html?scene=talk&theme=dark&width=420.
 * `window.harness` has `sent` (messages to the kernel) and `receive(message, buffers)` (messages from it).
 */
import widget from "/realtime_widget/static/widget.js";
import { SCENES, state } from "./scenes.js";

const query = new URLSearchParams(location.search);
document.body.className = query.get("theme") ?? "light";
const host = document.getElementById("host");
host.style.width = query.has("width") ? `${query.get("width")}px` : "auto";

class FakeModel {
  listeners = new Map();
  sent = [];
  alive = true;

  send(content, _callbacks, buffers = []) {
    if (!this.alive) throw new Error("Cannot send");
    this.sent.push({ ...content, buffers });
  }

  on(event, callback) {
    this.listeners.set(event, [...(this.listeners.get(event) ?? []), callback]);
  }

  off(event, callback) {
    this.listeners.set(
      event,
      (this.listeners.get(event) ?? []).filter((known) => known !== callback),
    );
  }

  receive(message, buffers = []) {
    for (const callback of this.listeners.get("msg:custom") ?? []) callback(message, buffers);
  }

  die() {
    this.alive = false;
    for (const callback of this.listeners.get("comm_live_update") ?? []) callback();
  }
}

const model = new FakeModel();
const definition = widget();
definition.initialize({ model });
const cleanups = [definition.render({ model, el: host })];

window.harness = {
  model,
  sent: model.sent,
  state,
  receive: (message, buffers) => model.receive(message, buffers),
  page: model.sent[0]?.page,
  addView(el) {
    cleanups.push(definition.render({ model, el }));
  },
  cleanups,
};
SCENES[query.get("scene") ?? "disconnected"](window.harness);
document.body.dataset.ready = "true";
