import { expect, it } from "vitest";
import { constraints, explain, findDevice, type InputWish, type Surroundings } from "./source";

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

const WISH: InputWish = {
  device: [],
  echo_cancellation: true,
  noise_suppression: true,
  auto_gain_control: false,
};

it("asks the browser to cancel the echo of what the page plays, and for one device where one is meant", () => {
  // Over a WebSocket nobody else does, and the assistant would interrupt itself.
  const asked = { echoCancellation: true, noiseSuppression: true, autoGainControl: false, channelCount: 1 };
  expect(constraints(WISH, null)).toEqual({ audio: asked, video: false });
  expect(constraints(WISH, "usb").audio).toEqual({ ...asked, deviceId: { exact: "usb" } });
});

it("finds a device by its id, its name or a part of that, in this order of wishes", () => {
  const devices = [
    { id: "1", label: "Built-in Audio" },
    { id: "2", label: "USB Microphone (Röde)" },
  ];
  expect(findDevice(devices, ["2"])?.id).toBe("2");
  expect(findDevice(devices, ["gone", "Built-in Audio"])?.id).toBe("1");
  expect(findDevice(devices, ["usb"])?.id).toBe("2");
  expect(findDevice(devices, ["rÖDE"])?.id).toBe("2");
  expect(findDevice(devices, ["gone"])).toBeNull();
  expect(findDevice(devices, [""])).toBeNull();
  expect(findDevice(devices, [])).toBeNull();
});
