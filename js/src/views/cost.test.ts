import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Cost } from "../messages";
import { isShown, openPanel } from "../testing/panel";
import { dollars } from "./cost";

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  document.body.replaceChildren();
});

const COST: Cost = {
  usd: 0.01234,
  free: false,
  unpriced: [],
  unknown: null,
  next_usd: 0.0051,
  prices: "2026-09",
  own_prices: false,
  budget_usd: null,
  tokens: [
    { modality: "text", given: 1200, cached: 1024, made: 80 },
    { modality: "audio", given: 310, cached: 256, made: 420 },
  ],
  models: [
    { model: "gpt-realtime-2.1", kind: "response", bills: 4, seconds: 0, usd: 0.012 },
    { model: "whisper-1", kind: "transcription", bills: 3, seconds: 3.4, usd: 0.00034 },
  ],
};

it("says on its button what it cost so far, and inside of what and what comes next", () => {
  const { model, find, el } = openPanel({ cost: COST });
  const button = find<HTMLButtonElement>("cost");
  expect(button.textContent).toBe("Cost $0.0123");
  button.click();
  expect(find("cost-so-far").textContent).toBe("$0.0123");
  expect(find("cost-next").textContent).toBe("$0.0051");
  const words = find("cost-details").textContent!;
  for (const part of [
    "Audio310256420",
    "1,200",
    "Prices of 2026-09.",
    "whisper-1, transcription33.4 s$0.0003",
  ]) {
    expect(words).toContain(part);
  }
  expect(words).not.toContain("Budget");
  model.state({ status: "connected", cost: { ...COST, usd: 0.4567, budget_usd: 0.5, own_prices: true } });
  expect(button.textContent).toBe("Cost $0.457");
  expect(find("cost-details").textContent).toContain("Budget $0.500, 91 % of it spent");
  expect(find("cost-details").textContent).toContain("Prices of 2026-09, your own.");
  expect(el.querySelectorAll("[data-rtw=cost-details] table")).toHaveLength(2);
});

it("says that an engine of one's own costs nothing, and when a price isn't known", () => {
  const { model, find } = openPanel({ cost: { ...COST, usd: 0, free: true } });
  const button = find<HTMLButtonElement>("cost");
  expect(button.textContent).toBe("Costs nothing");
  button.click();
  expect(find("cost-details").textContent).toContain("costs nothing");
  expect(find("cost-details").textContent).not.toContain("$");
  const why = "What <b>mine</b> costs isn't known and not counted.";
  const unknown = { ...COST, usd: 0, unpriced: ["<b>mine</b>"], unknown: why, next_usd: null, prices: null };
  model.state({ status: "connected", cost: unknown });
  expect(button.textContent).toBe("Cost unknown");
  expect(find("cost-details").textContent).toContain("What <b>mine</b> costs isn't known");
  expect(find("cost-next")).toBeNull();
  model.state({ status: "connected", cost: { ...unknown, usd: 1.5 } });
  expect(button.textContent).toBe("Cost over $1.50");
  model.state({ status: "connected", cost: null });
  expect(isShown(button)).toBe(false);
});

it("writes small amounts with more places", () => {
  expect([0, 0.00001, 0.01234, 0.1234, 1.234, 120].map(dollars)).toEqual([
    "$0",
    "under $0.0001",
    "$0.0123",
    "$0.123",
    "$1.23",
    "$120.00",
  ]);
});
