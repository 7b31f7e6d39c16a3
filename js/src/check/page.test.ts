import { expect, it } from "vitest";
import type { Place } from "../host";
import { browserName, type Facts, pageLines } from "./page";

const WELL: Facts = {
  reach: { host: "lab", secure: true, has_api: true, policy_allows: true, address: "localhost:8888" },
  place: { protocol: "http:", hostname: "localhost", port: "8888", pathname: "/lab/tree/a.ipynb" },
  host_version: "4.6.6",
  framed: false,
  permission: "prompt",
  microphones: [""],
  has_context: true,
  has_worklet: true,
  browser: "Firefox 140.0",
};

function lines(patch: Partial<Omit<Facts, "reach">> = {}, reach: Partial<Facts["reach"]> = {}) {
  const all = pageLines({ ...WELL, ...patch, reach: { ...WELL.reach, ...reach } });
  return Object.fromEntries(all.map((line) => [line.id, line]));
}

it("finds nothing to do where all is well", () => {
  const all = Object.values(lines());
  expect(all.filter((line) => line.status !== "ok" || line.remedy !== "")).toEqual([]);
  expect(lines().host!.found).toBe("JupyterLab 4.6.6.");
  expect(lines().permission!.found).toContain("Start");
  expect(lines({ microphones: ["USB", "Built-in"] }).device!.found).toBe("USB, Built-in.");
});

it("tells the one reason of a page that is not secure once, with the command that helps", () => {
  const place: Place = { protocol: "http:", hostname: "gpu.lan", port: "8890", pathname: "/lab" };
  const reach = { secure: false, has_api: false, policy_allows: false, address: "gpu.lan:8890" };
  const found = lines({ place, permission: null, microphones: null, has_worklet: false }, reach);
  expect(found.secure!.status).toBe("problem");
  expect(found.secure!.found).toContain("gpu.lan:8890");
  expect(found.secure!.remedy).toContain("https");
  expect(found.secure!.remedy).toContain("ssh -L 8890:localhost:8890 gpu.lan");
  expect(found.secure!.remedy).toContain("http://localhost:8890/lab");
  expect(found.secure!.remedy).toContain("session.send_audio");
  expect([found.policy, found.permission, found.device].map((line) => line!.status)).toEqual([
    "skipped",
    "skipped",
    "skipped",
  ]);
  expect(found.audio!.status).toBe("problem");
});

it.each([
  ["host", {}, { host: "vscode" as const }, "VS Code gives notebooks no microphone.", "session.send_audio"],
  ["policy", {}, { policy_allows: false }, "page around", "tab of its own"],
  ["permission", { permission: "denied" as const }, {}, "not allowed", "icon beside the address"],
  ["permission", { permission: "denied" as const, framed: true }, {}, "not allowed", "page around"],
  ["device", { microphones: [] }, {}, "No microphone", "Plug one in"],
  ["audio", { has_worklet: false }, {}, "worklets", "Firefox"],
  ["audio", { has_context: false }, {}, "Web Audio", "Firefox"],
])("says of %s what is wrong and what to do: %o %o", (id, patch, reach, found, remedy) => {
  const line = lines(patch, reach)[id]!;
  expect(line.status).toBe("problem");
  expect(line.found).toContain(found);
  expect(line.remedy).toContain(remedy);
});

it("does not judge what the browser does not tell", () => {
  const found = lines({ permission: null, microphones: null }, { policy_allows: null });
  for (const id of ["permission", "device", "policy"]) expect(found[id]!.status).toBe("skipped");
  expect(lines({}, { host: "unknown" }).host!.status).toBe("note");
});

it.each([
  [{ userAgent: "Mozilla/5.0 (X11) Gecko/20100101 Firefox/140.0" }, "Firefox 140.0"],
  [{ userAgent: "Mozilla/5.0 (Macintosh) Version/18.1 Safari/605.1.15" }, "Safari 18.1"],
  [{ userAgent: "Mozilla/5.0 Chrome/156.0.1.2 Safari/537.36 Edg/156.0.3.4" }, "Edge 156.0.3.4"],
  [
    {
      userAgent: "x",
      userAgentData: {
        brands: [
          { brand: "Not;A=Brand", version: "8" },
          { brand: "Chromium", version: "156" },
          { brand: "Google Chrome", version: "156" },
        ],
        platform: "Linux",
      },
    },
    "Google Chrome 156 on Linux",
  ],
  [{ userAgent: "" }, "unknown"],
])("names the browser: %o", (agent, name) => {
  expect(browserName(agent)).toBe(name);
});
