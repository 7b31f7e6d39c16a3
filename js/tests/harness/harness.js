/**
 * The built widget on a plain page with a scripted model, for eyes and for scripted browsers.
 *
 * Serve the repository's root and open js/tests/harness/index.html?scene=speaking&theme=dark&width=420.
 * `parts=controls,captions` and `compact` choose another view. `window.harness` is the kernel's end of the comm.
 */
import widget from "/realtime_widget/static/widget.js";
import { SCENES } from "./scenes.js";
import { state, turns } from "./talk.js";

const query = new URLSearchParams(location.search);
const scene = SCENES[query.get("scene") ?? "idle"];
const VIEW = {
  parts: (query.get("parts") ?? scene.parts ?? "").split(",").filter(Boolean),
  compact: query.has("compact") || scene.compact === true,
};
document.body.className = query.get("theme") ?? "light";
const host = document.getElementById("host");
if (query.has("width")) host.style.width = `${query.get("width")}px`;
if (query.has("height")) host.style.height = `${query.get("height")}px`;

class FakeModel {
  listeners = new Map();
  sent = [];
  alive = true;

  constructor(view) {
    this.traits = { session_id: "harness", ...view };
  }

  get(name) {
    return this.traits[name];
  }

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

const SAMPLE_RATE = 24_000;

/** The kernel's end of the comm, as scenes use it. */
class Harness {
  model = new FakeModel(VIEW);
  state = state();
  ids = [];
  revision = 0;

  get page() {
    return this.model.sent[0]?.page;
  }

  hook(name) {
    return host.querySelector(`[data-rtw=${name}]`);
  }

  /** Send the state with a patch on top of the one before. */
  say(patch) {
    this.state = { ...this.state, ...patch };
    this.model.receive({ type: "state", state: this.state });
  }

  /** Send turns: instead of those before, or those changed and those that come after the last. */
  turns(list, reset = true) {
    if (reset) this.ids = [];
    const ids = list.map(({ id }) => id).filter((id) => !this.ids.includes(id));
    const order = { at: this.ids.length, cut: 0, ids };
    this.ids = [...this.ids, ...ids];
    this.revision += 1;
    const patch = { revision: this.revision, reset, order, turns: list, removed: [], n_left: 0 };
    this.model.receive({ type: "turns", ...patch });
  }

  /** Connected, with the microphone open in this page and some turns said. */
  async talk(patch = {}) {
    (this.hook("start") ?? anotherView().querySelector("[data-rtw=start]")).click();
    await this.until(() => this.model.sent.some(({ type }) => type === "start"));
    document.activeElement.blur();
    this.say({ status: "connected", running: true, elapsed_ms: 17_300, owner: this.page, ...patch });
    this.turns(turns());
  }

  /** Play some seconds of a voice-like sound. */
  voice(item_id, seconds = 30) {
    const samples = new Int16Array(seconds * SAMPLE_RATE);
    for (let i = 0; i < samples.length; i++) {
      const swell = 0.55 + 0.45 * Math.sin(i / 2600);
      samples[i] = 9000 * swell * Math.sin(i / 22);
    }
    const message = { type: "audio", page: this.page, item_id, content_index: 0, seq: 0 };
    this.model.receive(message, [new DataView(samples.buffer)]);
  }

  async until(condition, limit_ms = 100_000) {
    const end = performance.now() + limit_ms;
    while (!condition()) {
      if (performance.now() > end) throw new Error(`waited in vain: ${condition}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** The full panel of the same session, out of sight: its Start serves a view that has none. */
function anotherView() {
  const model = new FakeModel({});
  const definition = widget();
  const el = document.createElement("div");
  definition.initialize({ model });
  definition.render({ model, el });
  return el;
}

const harness = new Harness();
window.harness = harness;
// A kernel that says nothing for long is shown as slow.
setInterval(() => harness.model.receive({ type: "ping", page: harness.page }), 1000);
scene.before?.();
const definition = widget();
definition.initialize({ model: harness.model });
harness.unmount = definition.render({ model: harness.model, el: host });
await scene.play(harness);
document.body.dataset.ready = "true";
