/** The live sign: whether the microphone of this page is open, and whether anybody hears it. */

import type { Controller } from "../controller";
import type { Scope } from "../scope";
import type { Store } from "../store";
import { h, setAttribute, setText, show } from "./dom";
import { type IconName, icon, setIcon } from "./icons";

interface Sign {
  state: "live" | "muted" | "held";
  icon: IconName;
  words: string;
  meaning: string;
}

const LIVE: Sign = {
  state: "live",
  icon: "mic",
  words: "Live",
  meaning: "The microphone is open, and what you say is sent.",
};
const MUTED: Sign = {
  state: "muted",
  icon: "micOff",
  words: "Muted",
  meaning: "The microphone is open but muted: nothing that you say is sent.",
};
const HELD_BACK: Sign = {
  state: "held",
  icon: "mic",
  words: "On hold",
  meaning: "The microphone is open; what you say is sent only while you hold to talk.",
};

/** The same where a stream of this page is heard in the microphone's place. */
const STREAM: Record<Sign["state"], string> = {
  live: "The sound of this page's stream is sent.",
  muted: "The stream is open but muted: nothing of it is sent.",
  held: "The stream is open; its sound is sent only while you hold to talk.",
};

/** What the open microphone means now; null while it is closed. */
export function liveSign(store: Store): Sign | null {
  if (store.local.mic !== "open") return null;
  if (store.muted) return MUTED;
  return store.pushToTalk && store.local.ptt === "idle" ? HELD_BACK : LIVE;
}

export function mountLive(controller: Controller, scope: Scope): HTMLElement {
  const { store } = controller;
  const drawing = icon("mic");
  const words = h("span", {});
  const told = h("span", { class: "rtw-hidden" });
  const root = h("span", { class: "rtw-live", "data-rtw": "live" }, drawing, words, told);
  const update = () => {
    const sign = liveSign(store);
    show(root, sign !== null);
    if (sign === null) return;
    setAttribute(root, "data-live", sign.state);
    const meaning = store.state.audio_in.kind === "microphone" ? sign.meaning : STREAM[sign.state];
    setAttribute(root, "title", meaning);
    setIcon(drawing, sign.icon);
    setText(words, sign.words);
    setText(told, `: ${meaning}`);
  };
  scope.add(store.subscribe((change) => change.kind !== "turns" && update()));
  update();
  return root;
}
