/** What the conversation cost so far, of what, and about what its next turn will. */

import type { Controller } from "../controller";
import type { Cost } from "../messages";
import type { Scope } from "../scope";
import { h } from "./dom";

const KINDS: Record<string, string> = {
  response: "answers",
  transcription: "transcription",
  sound: "sound",
};
const MODALITIES: Record<string, string> = { text: "Text", audio: "Audio", image: "Images" };

/** An amount for people: small ones need more places. */
export function dollars(usd: number): string {
  if (usd === 0) return "$0";
  if (usd < 0.0001) return "under $0.0001";
  return `$${usd.toFixed(usd < 0.1 ? 4 : usd < 1 ? 3 : 2)}`;
}

/** The words on the button, which are always in view. */
export function costLabel({ store }: Controller): string {
  const { cost } = store.state;
  if (cost === null) return "Cost";
  if (cost.free) return "Costs nothing";
  if (cost.unpriced.length === 0) return `Cost ${dollars(cost.usd)}`;
  return cost.usd > 0 ? `Cost over ${dollars(cost.usd)}` : "Cost unknown";
}

export function mountCost({ store }: Controller, scope: Scope): HTMLElement {
  const root = h("div", { class: "rtw-cost", "data-rtw": "cost-details" });
  let shown = "";
  const update = () => {
    const { cost } = store.state;
    const key = JSON.stringify(cost);
    if (cost === null || key === shown) return;
    shown = key;
    root.replaceChildren(...content(cost));
  };
  scope.add(store.subscribe((change) => change.kind === "state" && update()));
  update();
  return root;
}

function content(cost: Cost): HTMLElement[] {
  const tables = [tokens(cost), models(cost)].filter((table) => table !== null);
  if (cost.free) {
    return [h("p", {}, "This engine runs on your own computer: the conversation costs nothing."), ...tables];
  }
  return [sums(cost), ...tables, h("p", { class: "rtw-cost-note" }, note(cost))];
}

function sums({ usd, next_usd, budget_usd }: Cost): HTMLElement {
  const parts = [h("span", {}, "So far ", h("b", { "data-rtw": "cost-so-far" }, dollars(usd)))];
  if (next_usd !== null) {
    parts.push(h("span", {}, "Next turn about ", h("b", { "data-rtw": "cost-next" }, dollars(next_usd))));
  }
  if (budget_usd !== null) {
    const share = Math.round((100 * usd) / budget_usd);
    parts.push(h("span", {}, "Budget ", h("b", {}, dollars(budget_usd)), `, ${share} % of it spent`));
  }
  return h("p", { class: "rtw-cost-sums" }, ...parts);
}

function tokens({ tokens: counts }: Cost): HTMLElement | null {
  const rows = counts.map(({ modality, given, cached, made }) => [
    MODALITIES[modality] ?? modality,
    ...[given, cached, made].map((count) => count.toLocaleString("en")),
  ]);
  return table("Tokens of the answers", ["Tokens", "In", "of them cached", "Out"], rows);
}

function models({ models: sums, free }: Cost): HTMLElement | null {
  if (free) return null;
  const rows = sums.map(({ model, kind, bills, seconds, usd }) => [
    `${model || "Unnamed model"}, ${KINDS[kind] ?? kind}`,
    String(bills),
    seconds > 0 ? `${seconds.toFixed(1)} s` : "",
    usd === null ? "not known" : dollars(usd),
  ]);
  return table("Cost by model", ["Model", "Bills", "Sound", "Cost"], rows);
}

function table(label: string, head: string[], rows: string[][]): HTMLElement | null {
  if (rows.length === 0) return null;
  return h(
    "table",
    { "aria-label": label },
    h("thead", {}, h("tr", {}, ...head.map((name) => h("th", { scope: "col" }, name)))),
    h(
      "tbody",
      {},
      ...rows.map(([name, ...values]) =>
        h("tr", {}, h("th", { scope: "row" }, name), ...values.map((value) => h("td", {}, value))),
      ),
    ),
  );
}

function note({ unknown, prices, own_prices }: Cost): string {
  const since = prices === null ? "Prices without a date" : `Prices of ${prices}`;
  const whose = own_prices ? `${since}, your own.` : `${since}.`;
  return unknown === null ? whose : `${whose} ${unknown}`;
}
