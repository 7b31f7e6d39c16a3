import { expect, it } from "vitest";
import { CONSTRAINTS, explain, type Surroundings } from "./source";

const PAGE: Surroundings = {
  secure: true,
  has_api: true,
  protocol: "https:",
  host: "hub.example.org",
  policy_allows: true,
  framed: false,
};

const failed = (name: string, where: Partial<Surroundings> = {}, message = "") =>
  explain({ name, message }, { ...PAGE, ...where });

it.each([
  ["NotAllowedError", {}, "permission_denied", "denied"],
  ["SecurityError", {}, "permission_denied", "denied"],
  ["NotFoundError", {}, "no_device", "unavailable"],
  ["OverconstrainedError", {}, "no_device", "unavailable"],
  ["NotReadableError", {}, "device_busy", "unavailable"],
  ["AbortError", {}, "device_busy", "unavailable"],
  ["SomethingNew", {}, "microphone_failed", "unavailable"],
  ["NotAllowedError", { protocol: "vscode-webview:" }, "host_blocks_microphone", "denied"],
  ["NotAllowedError", { policy_allows: false, framed: true }, "host_blocks_microphone", "denied"],
  ["TypeError", { secure: false, has_api: false }, "insecure_page", "unavailable"],
] as const)("%s in %o is %s", (name, where, code, state) => {
  const failure = failed(name, where);
  expect(failure.code).toBe(code);
  expect(failure.state).toBe(state);
  expect(failure.message).not.toBe("");
  expect(failure.remedy).toContain("typing");
});

it("tells a block by the operating system from one by the user", () => {
  expect(failed("NotAllowedError", {}, "Permission denied by system").code).toBe("denied_by_system");
});

it("names the address that is not secure", () => {
  expect(
    explain(null, { ...PAGE, secure: false, protocol: "http:", host: "10.0.0.7:8888" }).message,
  ).toContain("10.0.0.7:8888");
});

it("explains a browser without the API", () => {
  expect(explain(null, { ...PAGE, has_api: false }).code).toBe("no_microphone_api");
});

it("asks the browser to cancel the echo of what the page plays", () => {
  // Over a WebSocket nobody else does, and the assistant would interrupt itself.
  expect(CONSTRAINTS.audio).toMatchObject({
    echoCancellation: true,
    noiseSuppression: true,
    channelCount: 1,
  });
});
