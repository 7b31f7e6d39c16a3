/** Where this page runs, found by what each host leaves in its pages, and what that host is known not to give. */

import type { Problem } from "./store";

export type Host = "lab" | "notebook" | "vscode" | "colab" | "marimo" | "voila" | "unknown";

/** The part of a window that tells hosts apart. */
export interface HostPage {
  location: { protocol: string; hostname: string };
  document: Pick<Document, "querySelector">;
}

/** First match wins: what governs the page around an output comes before what drew the output. */
const SIGNS: readonly (readonly [Host, (page: HostPage) => boolean])[] = [
  // code-server and vscode.dev serve the same frames over https; every one of them names its theme.
  ["vscode", (page) => page.location.protocol === "vscode-webview:" || has(page, "[data-vscode-theme-kind]")],
  ["colab", (page) => isColab(page)],
  ["voila", (page) => has(page, "body[data-voila]")],
  ["marimo", (page) => has(page, "marimo-filename, script[data-marimo], marimo-island")],
  [
    "notebook",
    (page) => /notebook/i.test(appName(page)) || has(page, "body.notebook_app, body[data-notebook]"),
  ],
  ["lab", (page) => /lab|lite/i.test(appName(page)) || has(page, "#jp-main-dock-panel, .jp-LabShell")],
];

const NAMES: Record<Host, string> = {
  lab: "JupyterLab",
  notebook: "Jupyter Notebook",
  vscode: "VS Code",
  colab: "Colab",
  marimo: "marimo",
  voila: "Voilà",
  unknown: "this page",
};

/** Name the host of a page. */
export function host(page: HostPage = window): Host {
  return SIGNS.find(([, shows]) => shows(page))?.[0] ?? "unknown";
}

/** The host's name as people write it. */
export function hostName(known: Host = host()): string {
  return NAMES[known];
}

/** What a page can know of its microphone without asking for it. */
export interface Reach {
  host: Host;
  secure: boolean;
  has_api: boolean;
  /** The document's permissions policy; null where the browser does not tell. */
  policy_allows: boolean | null;
  /** The address as the person sees it. */
  address: string;
}

/** Say why Start would not get a microphone here, and what to do instead; null where it may. */
export function microphoneLimit(reach: Reach = reachOf(), converses = true): Problem | null {
  const instead = converses
    ? 'Type here, or send sound or a file from a cell: session.send_audio("question.wav").'
    : 'Send sound or a file from a cell: session.send_audio("question.wav").';
  if (reach.host === "vscode") {
    return {
      code: "host_without_microphone",
      message: "VS Code gives notebooks no microphone.",
      remedy: `${instead} To talk, open the notebook in JupyterLab in a browser.`,
    };
  }
  if (!reach.secure) {
    return {
      code: "insecure_page",
      message: `Browsers give no microphone to a page over plain http (${reach.address}).`,
      remedy: `${tunnel()}. ${instead}`,
    };
  }
  if (reach.policy_allows === false) {
    return {
      code: "host_without_microphone",
      message: "The page around this notebook does not let it use the microphone.",
      remedy: `Open the notebook in a tab of its own. ${instead}`,
    };
  }
  if (!reach.has_api) {
    return {
      code: "no_microphone_api",
      message: "This browser offers no microphone to this page.",
      remedy: `Use a current Chrome, Edge, Firefox or Safari. ${instead}`,
    };
  }
  return null;
}

/** The part of an address that says how its server is reached. */
export type Place = Pick<Location, "protocol" | "hostname" | "port" | "pathname">;

const NOWHERE: Place = { protocol: "http:", hostname: "", port: "", pathname: "/" };

/** How a page over plain http becomes a secure one. */
export function tunnel(place: Place = globalThis.location ?? NOWHERE): string {
  const port = place.port || "80";
  const local = Number(port) < 1024 ? "8080" : port;
  const command = `ssh -L ${local}:localhost:${port} ${place.hostname || "the-server"}`;
  return `Open the notebook over https; or run ${command} on your computer and open http://localhost:${local}${place.pathname}`;
}

interface PolicyDocument {
  permissionsPolicy?: { allowsFeature(name: string): boolean };
  featurePolicy?: { allowsFeature(name: string): boolean };
}

/** Look at this page. */
export function reachOf(): Reach {
  const { permissionsPolicy, featurePolicy } = document as PolicyDocument;
  const policy = permissionsPolicy ?? featurePolicy;
  return {
    host: host(),
    secure: globalThis.isSecureContext === true,
    has_api: typeof navigator.mediaDevices?.getUserMedia === "function",
    policy_allows: policy ? policy.allowsFeature("microphone") : null,
    address: location.host,
  };
}

function has(page: HostPage, selector: string): boolean {
  return page.document.querySelector(selector) !== null;
}

/** Each output of Colab is a frame of its own, with a helper object and an address of Google's user content. */
function isColab(page: HostPage): boolean {
  const { google } = page as { google?: { colab?: unknown } };
  return google?.colab !== undefined || /colab.*\.googleusercontent\.com$/.test(page.location.hostname);
}

/** What the page's own configuration calls its application: "JupyterLab", "Jupyter Notebook", "JupyterLite". */
function appName(page: HostPage): string {
  const config = page.document.querySelector("#jupyter-config-data")?.textContent ?? "";
  try {
    return String((JSON.parse(config) as { appName?: unknown }).appName ?? "");
  } catch {
    return "";
  }
}
