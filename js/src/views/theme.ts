/** Tell whether the panel lies on a light or a dark page: hosts name their themes differently, the colours tell. */

import type { Scope } from "../scope";

export function followTheme(root: HTMLElement, scope: Scope): void {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const update = () => {
    const luminance = backgroundLuminance(root);
    const isDark = luminance === null ? dark.matches : luminance < 0.4;
    root.dataset.theme = isDark ? "dark" : "light";
  };
  scope.listen(dark, "change", update);
  // Themes change by attributes or style sheets of the page; the colours follow a moment later.
  const observer = new MutationObserver(() => scope.timeout(update, 60));
  const options = {
    attributes: true,
    attributeFilter: ["class", "style", "data-jp-theme-name", "data-theme"],
  };
  for (const element of [document.documentElement, document.body]) observer.observe(element, options);
  scope.add(() => observer.disconnect());
  update();
  scope.timeout(update, 0);
}

/** Luminance (0..1) of the first opaque background behind the element; null when there is none. */
function backgroundLuminance(element: HTMLElement): number | null {
  for (let node: Element | null = parentOf(element); node !== null; node = parentOf(node)) {
    const luminance = parseLuminance(getComputedStyle(node).backgroundColor);
    if (luminance !== null) return luminance;
  }
  return null;
}

/** The parent element, also out of a shadow root. */
function parentOf(element: Element): Element | null {
  if (element.parentElement) return element.parentElement;
  const root = element.getRootNode();
  return root instanceof ShadowRoot ? root.host : null;
}

/** Luminance of a computed `rgb()` colour; null when it is mostly transparent or in another notation. */
export function parseLuminance(colour: string): number | null {
  const match = /^rgba?\(([^)]+)\)$/.exec(colour);
  if (!match) return null;
  const [r, g, b, alpha = 1] = match[1]!.split(/[\s,/]+/).map(Number);
  if (r === undefined || g === undefined || b === undefined || alpha < 0.5) return null;
  return (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255;
}
