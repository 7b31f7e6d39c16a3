/** Microphones and loudspeakers: which there are, which is used, and what happens when one comes or goes. */

import { AudioEngine } from "./audio/engine";
import { findDevice, isMicrophone, listDevices, STAND_INS } from "./audio/source";
import type { SoundChoices, Switch } from "./choices";
import type { Choice } from "./messages";
import type { Scope } from "./scope";
import type { Sound } from "./sound";
import type { Speech } from "./speech";
import type { Problem, Store } from "./store";

export class Devices {
  /** A microphone was picked while a session goes on without one. */
  onwanted: () => void = () => {};

  private volume = 1;
  private sink = "";
  /** The microphone went away, or could not be had, in a session that goes on. */
  private missing = false;

  constructor(
    private readonly store: Store,
    private readonly choices: SoundChoices,
    private readonly speech: Speech,
    private readonly sound: Sound,
    scope: Scope,
  ) {
    if (AudioEngine.canChooseOutput) store.setLocal({ outputs: [] });
    const media = globalThis.navigator?.mediaDevices;
    // Where no device was named yet, the browser tells of none that comes or goes.
    if (typeof media?.addEventListener === "function")
      scope.listen(media, "devicechange", () => void this.refresh());
    let { inputInUse } = store.local;
    const follow = () => {
      this.follow();
      if (inputInUse === store.local.inputInUse) return;
      inputInUse = store.local.inputInUse;
      // Names are known from the first permission on.
      if (inputInUse !== null) void this.refresh();
    };
    scope.add(store.subscribe(({ kind }) => kind !== "turns" && follow()));
    this.follow();
    void this.useOutput([], false);
  }

  /** What the chosen devices are called, also while they are not there; null for the system's. */
  get inputName(): string | null {
    return this.choices.deviceName;
  }

  get outputName(): string | null {
    return this.choices.output?.label ?? null;
  }

  /** Look which devices there are. Asks nobody: before a microphone was allowed the browser gives no names. */
  async refresh(): Promise<void> {
    const [inputs, outputs] = await Promise.all([listDevices("audioinput"), listDevices("audiooutput")]);
    if (inputs === null || outputs === null) return;
    const { local } = this.store;
    if (!same(inputs, local.inputs)) this.store.setLocal({ inputs });
    if (local.outputs !== null && !same(outputs, local.outputs)) this.store.setLocal({ outputs });
    this.choices.update();
    this.checkInput(inputs);
    await this.useOutput(outputs, inputs.length + outputs.length > 0);
  }

  /** Listen through another microphone; "" is the system's default. Turns it on again where it was lost. */
  pickInput(id: string): void {
    this.choices.pickInput(named(id, this.store.local.inputs));
    this.store.setLocal({ deviceNote: null });
    if (this.speech.isOpen) this.follow();
    else if (this.missing) this.onwanted();
  }

  /** Play through another loudspeaker; "" is the system's default. */
  async pickOutput(id: string): Promise<void> {
    const outputs = this.store.local.outputs ?? [];
    this.choices.pickOutput(named(id, outputs));
    this.store.setLocal({ deviceNote: null });
    await this.useOutput(outputs, true);
  }

  /** Set how loud the voice is, 0 to 1. */
  setVolume(volume: number): void {
    this.choices.setVolume(volume);
  }

  /** Turn a switch; the microphone that is open follows. */
  set(name: Switch, on: boolean): void {
    this.choices.set(name, on);
  }

  /** Play the test sound; within a gesture. */
  async test(): Promise<void> {
    if (this.store.local.sound.volume === 0) {
      this.note("silent", "The volume is at 0 %.", "Turn it up to hear the test sound.");
    } else if (!(await this.sound.test())) {
      this.note("no_sound", "The browser lets no sound through.", "Click into the page, then test again.");
    }
  }

  dismissNote(): void {
    this.store.setLocal({ deviceNote: null });
  }

  /** Bring the open microphone and the volume in line with what counts now, chosen here or said by the kernel. */
  private follow(): void {
    const { local } = this.store;
    const { volume } = local.sound;
    if (volume !== this.volume) {
      this.volume = volume;
      this.sound.setVolume(volume);
    }
    if (local.mic === "open" || !this.store.live) this.missing = false;
    else if (local.micProblem !== null) this.missing = true;
    const { change } = this.choices;
    if (change === null || !isMicrophone(this.speech.track)) return;
    const wish = this.choices.take();
    void (change === "device" ? this.speech.reopen() : this.speech.retune(wish));
  }

  private checkInput(inputs: readonly Choice[]): void {
    const { track } = this.speech;
    if (!isMicrophone(track)) return;
    const id = track.getSettings().deviceId ?? "";
    // Not every browser ends the track of a device that is unplugged.
    if (id !== "" && !STAND_INS.includes(id) && !inputs.some((device) => device.id === id)) {
      this.speech.vanished();
      return;
    }
    const { deviceName } = this.choices;
    const missing = deviceName !== null && findDevice(inputs, this.choices.wish.device) === null;
    if (missing) {
      const message = `There is no microphone “${deviceName}” here, so “${track.label}” is used.`;
      this.note("input_missing", message, "Pick another one under Sound.");
    } else if (this.store.local.deviceNote?.code === "input_missing") this.dismissNote();
  }

  /** `known`: the browser has named its devices, so that one that is not listed is not there. */
  private async useOutput(outputs: readonly Choice[], known: boolean): Promise<void> {
    const { output } = this.choices;
    const found = output === null ? null : findDevice(outputs, [output.id, output.label]);
    const sink = output === null || (known && found === null) ? "" : (found ?? output).id;
    if (sink === this.sink && found !== null) return;
    this.sink = sink;
    const plays = await this.sound.setOutput(sink);
    if (!plays) this.sink = "";
    if (output !== null && known && (found === null || !plays)) {
      const message = `The loudspeaker “${output.label}” is not there, so the system's plays.`;
      this.note("output_missing", message, "Plug it in, or pick another one under Sound.");
    } else if (this.store.local.deviceNote?.code === "output_missing") this.dismissNote();
  }

  private note(code: string, message: string, remedy: string): void {
    const { deviceNote } = this.store.local;
    if (deviceNote?.code === code && deviceNote.message === message) return;
    const note: Problem = { code, message, remedy };
    this.store.setLocal({ deviceNote: note });
  }
}

function named(id: string, devices: readonly Choice[]): Choice | null {
  return id === "" ? null : (devices.find((device) => device.id === id) ?? { id, label: id });
}

function same(some: readonly Choice[], others: readonly Choice[]): boolean {
  return JSON.stringify(some) === JSON.stringify(others);
}
