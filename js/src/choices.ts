/** What counts about sound: what the kernel says, unless the person chose otherwise in this browser. */

import { findDevice, type InputWish, STAND_INS } from "./audio/source";
import type { Choice } from "./messages";
import { type Picked, type Remembered, recall, remember } from "./remembered";
import type { Scope } from "./scope";
import type { SoundSettings, Store } from "./store";

export type Switch = "echo_cancellation" | "noise_suppression" | "auto_gain_control" | "half_duplex";

export class SoundChoices {
  private kept: Remembered = recall();
  /** With which the microphone was opened last. */
  private taken: InputWish | null = null;

  constructor(
    private readonly store: Store,
    scope: Scope,
  ) {
    scope.add(store.subscribe(({ kind }) => kind === "state" && this.update()));
    this.update();
  }

  /** Which microphone to open, and how. */
  get wish(): InputWish {
    const { echo_cancellation, noise_suppression, auto_gain_control } = this.store.local.sound;
    return { device: this.device, echo_cancellation, noise_suppression, auto_gain_control };
  }

  /** Get the wish to carry it out. */
  take(): InputWish {
    this.taken = this.wish;
    return this.taken;
  }

  /** What differs from what was carried out last. */
  get change(): "device" | "processing" | null {
    const { taken, wish } = this;
    if (taken === null) return null;
    if (taken.device.join("\n") !== wish.device.join("\n")) return "device";
    const switches = ["echo_cancellation", "noise_suppression", "auto_gain_control"] as const;
    return switches.some((name) => taken[name] !== wish[name]) ? "processing" : null;
  }

  /** What the microphone is called that is wished for; null for the system's default. */
  get deviceName(): string | null {
    return this.device.at(-1) ?? null;
  }

  get output(): Picked | null {
    return this.kept.output ?? null;
  }

  pickInput(input: Picked | null): void {
    this.keep({ input: { value: input, over: this.store.state.microphone.device } });
  }

  pickOutput(output: Picked | null): void {
    this.keep({ output });
  }

  setVolume(volume: number): void {
    this.keep({ volume: Math.min(1, Math.max(0, volume)) });
  }

  set(name: Switch, on: boolean): void {
    this.keep({ [name]: { value: on, over: this.fromKernel(name) } });
  }

  /** Show what counts, after a choice or when the list of devices or the kernel's word changed. */
  update(): void {
    const sound: SoundSettings = {
      input: this.idOf(this.device, this.store.local.inputs),
      output: this.kept.output?.id ?? "",
      volume: this.kept.volume ?? 1,
      echo_cancellation: this.isOn("echo_cancellation"),
      noise_suppression: this.isOn("noise_suppression"),
      auto_gain_control: this.isOn("auto_gain_control"),
      half_duplex: this.isOn("half_duplex"),
    };
    const before = this.store.local.sound;
    const names = Object.keys(sound) as (keyof SoundSettings)[];
    if (names.some((name) => sound[name] !== before[name])) this.store.setLocal({ sound });
  }

  private keep(patch: Remembered): void {
    this.kept = { ...this.kept, ...patch };
    // Another panel in this browser may have chosen something meanwhile.
    remember({ ...recall(), ...patch });
    this.update();
  }

  private get device(): readonly string[] {
    const { input } = this.kept;
    const { device } = this.store.state.microphone;
    if (input === undefined || input.over !== device) {
      return device === null || STAND_INS.includes(device.toLowerCase()) ? [] : [device];
    }
    return input.value === null ? [] : [input.value.id, input.value.label];
  }

  private isOn(name: Switch): boolean {
    const chosen = this.kept[name];
    const said = this.fromKernel(name);
    return chosen !== undefined && chosen.over === said ? chosen.value : said;
  }

  private fromKernel(name: Switch): boolean {
    const { state } = this.store;
    return name === "half_duplex" ? state.half_duplex : state.microphone[name];
  }

  private idOf(wanted: readonly string[], devices: readonly Choice[]): string {
    if (wanted.length === 0) return "";
    return findDevice(devices, wanted)?.id ?? wanted[0]!;
  }
}
