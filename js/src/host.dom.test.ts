import { expect, it } from "vitest";
import { type Host, type HostPage, host, hostName, microphoneLimit, type Reach } from "./host";

function page(html: string, { protocol = "http:", hostname = "localhost", ...more } = {}): HostPage {
  return {
    location: { protocol, hostname },
    document: new DOMParser().parseFromString(`<!doctype html><html>${html}</html>`, "text/html"),
    ...more,
  };
}

const config = (appName: string) =>
  `<body><script id="jupyter-config-data" type="application/json">{"appName": "${appName}"}</script></body>`;

const PAGES: [Host, HostPage][] = [
  ["lab", page(config("JupyterLab"))],
  ["lab", page(config("JupyterLite"), { protocol: "https:", hostname: "example.org" })],
  ["lab", page('<body><div id="main" class="jp-LabShell"></div></body>')],
  ["notebook", page(config("Jupyter Notebook"))],
  ["notebook", page('<body class="notebook_app"></body>')],
  ["notebook", page(config("JupyterLite").replace("<body", '<body data-notebook="notebooks"'))],
  ["voila", page('<body class="jp-Notebook" data-voila="voila"></body>')],
  ["marimo", page("<body><marimo-filename hidden>a.py</marimo-filename></body>")],
  ["colab", page("<body></body>", { hostname: "abc-0-colab.googleusercontent.com" })],
  ["colab", page("<body></body>", { google: { colab: {} } } as object)],
  ["vscode", page("<body></body>", { protocol: "vscode-webview:", hostname: "abc" })],
  ["vscode", page('<body data-vscode-theme-kind="vscode-dark"></body>', { protocol: "https:" })],
  ["unknown", page("<body><script id='jupyter-config-data'>not JSON</script></body>")],
  ["unknown", page('<body class="jp-Notebook"></body>')],
];

it.each(PAGES)("knows %s by its page", (expected, given) => {
  expect(host(given)).toBe(expected);
});

it("takes what governs the page for the host, whatever drew the output", () => {
  const nested = page("<body data-vscode-theme-kind='x'><marimo-filename></marimo-filename></body>");
  expect(host(nested)).toBe("vscode");
});

it("names hosts as people write them", () => {
  expect(hostName("voila")).toBe("Voilà");
  expect(hostName()).toBe("this page");
});

const REACH: Reach = { host: "lab", secure: true, has_api: true, policy_allows: true, address: "localhost" };

it("says nothing of a microphone that may be had", () => {
  expect(microphoneLimit(REACH)).toBeNull();
  expect(microphoneLimit({ ...REACH, host: "unknown", policy_allows: null })).toBeNull();
});

it.each([
  [{ host: "vscode" as const }, "VS Code", "JupyterLab"],
  [{ secure: false, address: "10.0.0.7:8888" }, "10.0.0.7:8888", "ssh -L"],
  [{ policy_allows: false }, "page around", "tab of its own"],
  [{ has_api: false }, "browser", "Firefox"],
])("says what is missing and what to do instead: %o", (patch, what, remedy) => {
  const limit = microphoneLimit({ ...REACH, ...patch });
  expect(limit?.message).toContain(what);
  expect(limit?.remedy).toContain(remedy);
  expect(limit?.remedy).toContain("send_audio");
});

it("offers no text box where there is none", () => {
  const limit = microphoneLimit({ ...REACH, host: "vscode" }, false);
  expect(limit?.remedy).toContain("send_audio");
  expect(limit?.remedy).not.toContain("Type");
});
