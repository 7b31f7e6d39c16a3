/** What a page knows of its own surroundings, as lines of a check. Nothing here asks for the microphone. */

import { explain } from "../audio/source";
import { hostName, microphoneLimit, type Place, type Reach, reachOf, tunnel } from "../host";
import type { CheckLine } from "../messages";

export const PAGE_TITLES = {
  secure: "Secure page",
  host: "Host",
  policy: "Microphone policy",
  permission: "Permission",
  device: "Microphone",
  audio: "Sound in the page",
  browser: "Browser",
} as const;

type LineId = keyof typeof PAGE_TITLES;
type Found = Pick<CheckLine, "status" | "found"> & { remedy?: string };

/** What was looked up; plain values, so that every case can be tested. */
export interface Facts {
  reach: Reach;
  place: Place;
  /** The host's own version, where its page tells. */
  host_version: string;
  framed: boolean;
  /** What the browser would do on Start; null where it does not tell. */
  permission: "granted" | "prompt" | "denied" | null;
  /** Microphones by name, unnamed where they may not be told; null where they can't be listed. */
  microphones: readonly string[] | null;
  has_context: boolean;
  has_worklet: boolean;
  browser: string;
}

/** Look at this page. */
export async function collectFacts(): Promise<Facts> {
  return {
    reach: reachOf(),
    place: location,
    host_version: pageConfig("appVersion"),
    framed: window.parent !== window,
    permission: await permission(),
    microphones: await microphones(),
    has_context: typeof AudioContext === "function",
    // The node's class is there on pages that are not secure; what loads its code is not.
    has_worklet: typeof AudioContext === "function" && "audioWorklet" in AudioContext.prototype,
    browser: browserName(navigator),
  };
}

/** Say what was found and, where it is not well, what to do. */
export function pageLines(facts: Facts): CheckLine[] {
  const found: Record<LineId, Found> = {
    secure: secure(facts),
    host: hostLine(facts),
    policy: policy(facts),
    permission: permissionLine(facts),
    device: device(facts),
    audio: audio(facts),
    browser: { status: "ok", found: facts.browser },
  };
  return (Object.keys(PAGE_TITLES) as LineId[]).map((id) => ({
    id,
    group: "page",
    title: PAGE_TITLES[id],
    remedy: "",
    ...found[id],
  }));
}

const WAYS_ROUND =
  'Until then type, or send sound or a file from a cell: session.send_audio("question.wav").';

function secure({ reach, place }: Facts): Found {
  if (reach.secure) return { status: "ok", found: `Yes: ${reach.address || "this page"}.` };
  const limit = limitOf({ ...reach, host: "unknown" });
  return { status: "problem", found: limit.message, remedy: `${tunnel(place)}. ${WAYS_ROUND}` };
}

function hostLine({ reach, host_version }: Facts): Found {
  const name = [hostName(reach.host), host_version].filter((part) => part !== "").join(" ");
  if (reach.host === "vscode") {
    const { message, remedy } = limitOf(reach);
    return { status: "problem", found: message, remedy };
  }
  if (reach.host === "unknown") {
    return { status: "note", found: "None that is known here.", remedy: UNKNOWN_HOST };
  }
  return { status: "ok", found: `${name}.` };
}

const UNKNOWN_HOST = "If something fails here, try JupyterLab in a browser.";

function policy({ reach }: Facts): Found {
  if (reach.policy_allows === true)
    return { status: "ok", found: "The page around it lets it use the microphone." };
  if (reach.policy_allows === null) return { status: "skipped", found: "This browser does not tell." };
  if (!reach.secure) return { status: "skipped", found: UNSAFE };
  const limit = limitOf({ ...reach, host: "unknown", secure: true });
  return { status: "problem", found: limit.message, remedy: limit.remedy };
}

const UNSAFE = "Not known on a page that is not secure.";

function permissionLine({ reach, permission, framed }: Facts): Found {
  if (!reach.secure) return { status: "skipped", found: UNSAFE };
  if (permission === "granted") return { status: "ok", found: "Given." };
  if (permission === "prompt") return { status: "ok", found: "The browser asks when Start is pressed." };
  if (permission === null) return { status: "skipped", found: "This browser tells only when it is asked." };
  const where = { ...reach, protocol: "", host: reach.address, framed };
  const { message, remedy } = explain({ name: "NotAllowedError", message: "" }, where);
  return { status: "problem", found: message, remedy };
}

function device({ reach, microphones, framed }: Facts): Found {
  if (!reach.secure) return { status: "skipped", found: UNSAFE };
  if (microphones === null) return { status: "skipped", found: "This browser lists no devices." };
  if (microphones.length === 0) {
    const where = { ...reach, protocol: "", host: reach.address, framed };
    const { message, remedy } = explain({ name: "NotFoundError", message: "" }, where);
    return { status: "problem", found: message, remedy };
  }
  const named = microphones.filter((label) => label !== "");
  return { status: "ok", found: named.length > 0 ? `${named.join(", ")}.` : "There is one." };
}

function audio({ reach, has_context, has_worklet }: Facts): Found {
  if (has_context && has_worklet) return { status: "ok", found: "Web Audio with worklets." };
  if (!reach.secure) {
    return {
      status: "problem",
      found: "Answers are read and not heard: browsers play them on secure pages only.",
      remedy: "See “Secure page” above.",
    };
  }
  return {
    status: "problem",
    found: has_context ? "This browser has no audio worklets." : "This browser has no Web Audio.",
    remedy: "Use a current Chrome, Edge, Firefox or Safari.",
  };
}

/** What the host says of the microphone; it does say something wherever this is asked. */
function limitOf(reach: Reach): { message: string; remedy: string } {
  return microphoneLimit(reach) ?? { message: "", remedy: "" };
}

async function permission(): Promise<Facts["permission"]> {
  try {
    const name = "microphone" as PermissionName;
    return (await navigator.permissions.query({ name })).state;
  } catch {
    return null;
  }
}

async function microphones(): Promise<string[] | null> {
  if (typeof navigator.mediaDevices?.enumerateDevices !== "function") return null;
  try {
    const devices = await navigator.mediaDevices.enumerateDevices();
    const inputs = devices.filter(({ kind }) => kind === "audioinput");
    const named = inputs.filter(({ deviceId }) => !["default", "communications"].includes(deviceId));
    return (named.length > 0 ? named : inputs).map(({ label }) => label);
  } catch {
    return null;
  }
}

/** A value of Jupyter's page configuration; empty where there is none. */
export function pageConfig(name: string): string {
  const text = document.querySelector("#jupyter-config-data")?.textContent ?? "";
  try {
    return String((JSON.parse(text) as Record<string, unknown>)[name] ?? "");
  } catch {
    return "";
  }
}

interface Agent {
  userAgent: string;
  userAgentData?: { brands: { brand: string; version: string }[]; platform: string };
}

const BROWSERS: readonly (readonly [string, RegExp])[] = [
  ["Edge", /Edg\/([\d.]+)/],
  ["Opera", /OPR\/([\d.]+)/],
  ["Firefox", /Firefox\/([\d.]+)/],
  ["Chrome", /Chrome\/([\d.]+)/],
  ["Safari", /Version\/([\d.]+).*Safari/],
];

/** Name and version as the browser tells them. */
export function browserName(agent: Agent): string {
  const brands = agent.userAgentData?.brands.filter(({ brand }) => !/not.?a.?brand/i.test(brand)) ?? [];
  // Each names its engine beside itself.
  const own = brands.find(({ brand }) => brand !== "Chromium") ?? brands[0];
  if (own !== undefined)
    return `${own.brand} ${own.version} on ${agent.userAgentData?.platform || "an unknown system"}`;
  for (const [name, pattern] of BROWSERS) {
    const version = pattern.exec(agent.userAgent)?.[1];
    if (version !== undefined) return `${name} ${version}`;
  }
  return agent.userAgent || "unknown";
}
