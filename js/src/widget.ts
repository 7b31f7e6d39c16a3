/** The anywidget entry: one controller per model, one panel per displayed view. */

import "./styles.css";
import { Microphone } from "./audio/capture";
import { AudioEngine } from "./audio/engine";
import { Player } from "./audio/playback";
import { Controller } from "./controller";
import { Link, type Model } from "./link";
import { Scope } from "./scope";
import { Sound } from "./sound";
import { Speech } from "./speech";
import { Store } from "./store";
import { mountPanel } from "./views/panel";

interface RenderProps {
  model: Model;
  el: HTMLElement;
  signal?: AbortSignal;
}

function createController(model: Model): { controller: Controller; scope: Scope } {
  const scope = new Scope();
  const store = new Store();
  const link = new Link(model, newId(), scope);
  const engine = new AudioEngine();
  const speech = new Speech(link, store, new Microphone(engine), scope);
  const sound = new Sound(link, store, engine, new Player(engine));
  return { controller: new Controller({ link, store, speech, sound, scope }), scope };
}

/** `crypto.randomUUID` exists on secure pages only; plain http must still show the panel and take typed text. */
function newId(): string {
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export default () => {
  let current: { controller: Controller; scope: Scope } | null = null;
  const get = (model: Model) => {
    current ??= createController(model);
    return current;
  };
  return {
    // Returns at once: a model that takes more than two seconds here never gets a custom message.
    initialize({ model }: { model: Model }) {
      get(model).controller.announce();
      return () => {
        current?.scope.dispose();
        current = null;
      };
    },
    render({ model, el, signal }: RenderProps) {
      const { controller, scope } = get(model);
      const view = scope.child();
      signal?.addEventListener("abort", () => view.dispose(), { once: true });
      mountPanel(el, controller, view);
      return () => view.dispose();
    },
  };
};
