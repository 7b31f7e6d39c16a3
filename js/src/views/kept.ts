/** Events that a notebook would take for its own (command mode, cell selection, drag). */
export const KEPT_EVENTS = [
  "keydown",
  "keyup",
  "keypress",
  "mousedown",
  "pointerdown",
  "dblclick",
  "dragstart",
];
