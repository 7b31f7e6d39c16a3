/** What a person chose about sound, kept in the browser: devices, switches, volume. Never anything that was said. */

const KEY = "realtime-widget.sound";

/** A device, known again by its id or, where the browser has given it another one, by its name. */
export interface Picked {
  id: string;
  label: string;
}

/** A choice counts as long as the kernel still says what it was made over. */
interface Override<T> {
  value: T;
  over: unknown;
}

export interface Remembered {
  input?: Override<Picked | null>;
  echo_cancellation?: Override<boolean>;
  noise_suppression?: Override<boolean>;
  auto_gain_control?: Override<boolean>;
  half_duplex?: Override<boolean>;
  output?: Picked | null;
  volume?: number;
}

/** Read what was kept; damaged or missing, it is as if nothing had been. */
export function recall(): Remembered {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    return typeof kept === "object" && kept !== null ? checked(kept as Record<string, unknown>) : {};
  } catch {
    // A frame that may not keep anything.
    return {};
  }
}

export function remember(choices: Remembered): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(choices));
  } catch {
    // It counts for this page then.
  }
}

type Check = (value: unknown) => boolean;

const isSwitch: Check = (value) => isOverride(value, (chosen) => typeof chosen === "boolean");
const CHECKS: Record<keyof Remembered, Check> = {
  input: (value) => isOverride(value, isPicked),
  echo_cancellation: isSwitch,
  noise_suppression: isSwitch,
  auto_gain_control: isSwitch,
  half_duplex: isSwitch,
  output: isPicked,
  volume: (value) => typeof value === "number" && value >= 0 && value <= 1,
};

function checked(kept: Record<string, unknown>): Remembered {
  const sound = Object.entries(CHECKS).filter(([name, check]) => name in kept && check(kept[name]));
  return Object.fromEntries(sound.map(([name]) => [name, kept[name]]));
}

function isOverride(value: unknown, check: Check): boolean {
  return (
    typeof value === "object" && value !== null && "value" in value && "over" in value && check(value.value)
  );
}

function isPicked(value: unknown): boolean {
  if (value === null) return true;
  if (typeof value !== "object") return false;
  const { id, label } = value as Partial<Picked>;
  return typeof id === "string" && typeof label === "string";
}
