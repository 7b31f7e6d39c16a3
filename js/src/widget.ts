/** The anywidget entry: what a model is of, and one panel per displayed view. */

import "./styles.css";
import { join, leave } from "./hub";
import type { Model } from "./link";
import { countTurns, type TraitModel } from "./reactive";
import { Scope } from "./scope";
import { mountCheck } from "./views/check";
import { mountPanel } from "./views/panel";
import { mountVoice, serveVoice } from "./voice_stream";

interface RenderProps {
  model: Model;
  el: HTMLElement;
  signal?: AbortSignal;
}

/** The display of `realtime_widget.check()`, which belongs to no session. */
function isCheck(model: Model): boolean {
  return model.get("kind") === "check";
}

/** The voice of a session, for other widgets. */
function isVoice(model: Model): boolean {
  return model.get("kind") === "audio_out";
}

export default () => {
  const token = {};
  const scope = new Scope();
  return {
    // Returns at once: a model that takes more than two seconds here never gets a custom message.
    initialize({ model }: { model: Model }) {
      if (isCheck(model)) return () => scope.dispose();
      if (isVoice(model)) {
        void serveVoice(model);
        return () => scope.dispose();
      }
      const controller = join(token, model);
      countTurns(model as Partial<TraitModel>, controller.store, scope);
      return () => {
        scope.dispose();
        leave(token);
      };
    },
    render({ model, el, signal }: RenderProps) {
      const view = scope.child();
      signal?.addEventListener("abort", () => view.dispose(), { once: true });
      if (isCheck(model)) {
        mountCheck(el, model, view);
        return () => view.dispose();
      }
      if (isVoice(model)) {
        mountVoice(el, model);
        return () => view.dispose();
      }
      const controller = join(token, model);
      el.classList.add("rtw-host");
      mountPanel(el, controller, view, {
        parts: (model.get("parts") as string[] | undefined) ?? [],
        compact: model.get("compact") === true,
      });
      return () => view.dispose();
    },
  };
};
