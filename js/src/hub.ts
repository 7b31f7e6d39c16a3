/**
 * What a page has of each session: one controller, and so one microphone and one voice, however many panels of the
 * session the page shows. Each panel is a model of its own, and each model loads this module anew, so the controllers
 * are kept where all of them look.
 */

import { Microphone } from "./audio/capture";
import { HalfDuplex } from "./audio/duplex";
import { AudioEngine } from "./audio/engine";
import { Player } from "./audio/playback";
import { openMicrophone } from "./audio/source";
import { Check } from "./check/check";
import { SoundChoices } from "./choices";
import { Controller } from "./controller";
import { Devices } from "./devices";
import { Link, type Model } from "./link";
import { INITIAL_PLAYER, INITIAL_STATE } from "./messages";
import { newId } from "./route";
import { SavedCopy } from "./saved";
import { Scope } from "./scope";
import { Sound } from "./sound";
import { Speech } from "./speech";
import { Store } from "./store";
import { openStream } from "./streams";

interface Entry {
  controller: Controller;
  link: Link;
  scope: Scope;
  /** Each model by a token of its own, as anywidget wraps it anew for each call. */
  models: Map<object, Model>;
  /** The token of the model that is talked through. */
  line: object;
}

/** The number rises when entries change their shape: two versions of the front end may meet in one page. */
const PLACE = Symbol.for("realtime-widget.hub.1");

function entries(): Map<string, Entry> {
  const place = globalThis as { [PLACE]?: Map<string, Entry> };
  place[PLACE] ??= new Map();
  return place[PLACE];
}

/** Return the controller of the model's session; the first of its models brings it into being. */
export function join(token: object, model: Model): Controller {
  const key = sessionId(token, model);
  let entry = entries().get(key);
  if (entry === undefined) {
    entry = createEntry(token, model);
    entries().set(key, entry);
    entry.controller.announce();
  }
  const isNew = !entry.models.has(token);
  entry.models.set(token, model);
  // A notebook that is closed and opened again has new models, and nobody took leave of the old ones.
  if (isNew && entry.link.isDead) useAnother(entry);
  return entry.controller;
}

/** Give up a model; another of its session takes over, and with the last one everything ends. */
export function leave(token: object): void {
  for (const [key, entry] of entries()) {
    if (!entry.models.delete(token)) continue;
    if (entry.models.size === 0) {
      entries().delete(key);
      entry.scope.dispose();
    } else if (entry.line === token) {
      useAnother(entry);
    }
  }
}

/** Talk through the latest model that has a kernel behind it. */
function useAnother(entry: Entry): void {
  for (const [token, model] of [...entry.models].reverse()) {
    entry.line = token;
    entry.link.use(model);
    if (entry.link.isDead) continue;
    entry.controller.announce();
    return;
  }
}

/** The controller of a session in this page, if it has one. */
export function findController(session_id: string): Controller | null {
  return entries().get(session_id)?.controller ?? null;
}

const unnamed = new WeakMap<object, string>();

function sessionId(token: object, model: Model): string {
  const named = model.get("session_id");
  if (typeof named === "string" && named !== "") return named;
  const own = unnamed.get(token) ?? newId();
  unnamed.set(token, own);
  return own;
}

function createEntry(token: object, model: Model): Entry {
  const scope = new Scope();
  const store = new Store();
  if (model.get("replays") === true) store.state = { ...INITIAL_STATE, player: INITIAL_PLAYER };
  const link = new Link(model, newId(), scope);
  new SavedCopy(link, scope);
  const engine = new AudioEngine();
  const choices = new SoundChoices(store, scope);
  const microphone = new Microphone(engine, (signal) =>
    store.state.audio_in.kind === "stream"
      ? openStream(link.widget_manager, store.state.audio_in, signal)
      : openMicrophone(choices.take(), signal),
  );
  const duplex = new HalfDuplex(() => engine.output_latency_ms);
  const speech = new Speech(link, store, microphone, duplex, scope);
  const sound = new Sound(link, store, engine, new Player(engine));
  const devices = new Devices(store, choices, speech, sound, scope);
  const check = new Check(link, scope, false);
  const controller = new Controller({ link, store, speech, sound, devices, check, scope });
  return { controller, link, scope, models: new Map(), line: token };
}
