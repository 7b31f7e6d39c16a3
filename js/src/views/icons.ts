/** Small line icons, drawn at 16 px in the colour of the text around them. */

const NAMESPACE = "http://www.w3.org/2000/svg";

const PATHS = {
  mic: "M8 1.75a2 2 0 0 0-2 2v4a2 2 0 0 0 4 0v-4a2 2 0 0 0-2-2ZM3.75 7.5a4.25 4.25 0 0 0 8.5 0M8 11.75v2.5M5.75 14.25h4.5",
  micOff:
    "M6 5.5v2.25a2 2 0 0 0 3.2 1.6M10 7V3.75a2 2 0 0 0-3.85-.76M3.75 7.5a4.25 4.25 0 0 0 6.7 3.48M12.25 7.5c0 .6-.12 1.17-.35 1.69M8 11.75v2.5M5.75 14.25h4.5M2.5 2.5l11 11",
  play: "M5.25 3.2v9.6L12.75 8z",
  pause: "M4.5 3.5h2.25v9H4.5zM9.25 3.5h2.25v9H9.25z",
  stepBack: "M4 3.5v9M12.25 3.7v8.6L6 8z",
  stepForward: "M12 3.5v9M3.75 3.7v8.6L10 8z",
  stop: "M4.25 4.25h7.5v7.5h-7.5z",
  hush: "M2.5 6.25v3.5h2.25L8 12.75v-9.5L4.75 6.25zM10.75 6.25l3 3.5M13.75 6.25l-3 3.5",
  sound: "M2.5 6.25v3.5h2.25L8 12.75v-9.5L4.75 6.25zM10.5 6a2.8 2.8 0 0 1 0 4M12.4 4.25a5.3 5.3 0 0 1 0 7.5",
  send: "M8 13V3.25M3.9 7.25 8 3.15l4.1 4.1",
  down: "M8 3v9.5M4 8.75l4 4 4-4",
  close: "M4 4l8 8M12 4l-8 8",
  tool: "M10.2 2.4a3.4 3.4 0 0 0-3.5 4.5L2.6 11a1.7 1.7 0 0 0 2.4 2.4l4.1-4.1a3.4 3.4 0 0 0 4.5-3.5l-2 2-2.1-.6-.6-2.1z",
  chevron: "M6 3.75 10.25 8 6 12.25",
  warn: "M8 2.25 14.25 13.25H1.75zM8 6.5v3.25M8 11.4v.2",
  info: "M8 1.75a6.25 6.25 0 1 0 0 12.5 6.25 6.25 0 0 0 0-12.5ZM8 7.25v4M8 4.75v.2",
  off: "M8 3.25a4.75 4.75 0 1 0 0 9.5 4.75 4.75 0 0 0 0-9.5Z",
  wait: "M8 2.75A5.25 5.25 0 1 1 2.75 8",
  listen: "M3 6.5v3M5.5 4.5v7M8 2.75v10.5M10.5 4.5v7M13 6.5v3",
  think: "M3.25 8h.01M8 8h.01M12.75 8h.01",
  retry: "M13 3v3.25H9.75M12.75 6A5.25 5.25 0 1 0 13.2 9",
  ready: "M2.75 8.5l3.5 3.5 7-8",
  gone: "M8 1.75v5.5M4.6 4a5.25 5.25 0 1 0 6.8 0",
} as const;

export type IconName = keyof typeof PATHS;

/** Make an icon; it is decoration, the words beside it carry the meaning. */
export function icon(name: IconName): SVGSVGElement {
  const svg = document.createElementNS(NAMESPACE, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("class", `rtw-icon rtw-icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(NAMESPACE, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

/** Replace the drawing of an icon. */
export function setIcon(svg: SVGSVGElement, name: IconName): void {
  const kind = `rtw-icon rtw-icon-${name}`;
  if (svg.getAttribute("class") === kind) return;
  svg.setAttribute("class", kind);
  svg.firstElementChild?.setAttribute("d", PATHS[name]);
}
