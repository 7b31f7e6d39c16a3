import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { turn } from "../testing/model";
import { openPanel } from "../testing/panel";
import { sharedEnds } from "./placing";

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  document.body.replaceChildren();
});

it("finds what two orders begin and end with", () => {
  expect(sharedEnds([..."abcd"], [..."abxd"])).toEqual([2, 1]);
  expect(sharedEnds([..."ab"], [..."ab"])).toEqual([2, 0]);
  expect(sharedEnds([], [..."ab"])).toEqual([0, 0]);
  expect(sharedEnds([..."aaa"], [..."aa"])).toEqual([2, 0]);
});

it("brings any order into any other, with each turn once", () => {
  const { model, all } = openPanel();
  let seed = 7;
  const random = (n: number) => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % n;
  };
  let order = Array.from({ length: 130 }, (_, i) => `t${i % 3}-first${i}`);
  model.turns(order.map((id) => turn(id, { text: id })));
  for (let step = 0; step < 60; step++) {
    const before = new Set(order);
    const next = order.filter(() => random(40) > 0);
    for (let n = random(3); n > 0; n--) next.splice(random(next.length + 1), 0, `t${step}-${n}`);
    if (random(5) === 0) next.push(...next.splice(random(next.length + 1), 2));
    const fresh = next.filter((id) => !before.has(id));
    const removed = order.filter((id) => !next.includes(id));
    const connection = (id: string) => (Number(id.slice(1).split("-")[0]) % 3) + 1;
    model.turns(
      fresh.map((id) => turn(id, { text: id, connection: connection(id) })),
      { order: next, removed },
    );
    order = next;
    expect(all("turn").map((element) => element.dataset.id)).toEqual(order);
    for (const seam of all("seam")) expect(seam.nextElementSibling!.hasAttribute("data-id")).toBe(true);
  }
});

it("stands older turns in groups of a bounded size, the latest by themselves", () => {
  const { model, find, all } = openPanel();
  const ids = Array.from({ length: 400 }, (_, i) => `t${i}`);
  const sizes = () => [...find("transcript").querySelectorAll(".rtw-group")].map((e) => e.childElementCount);
  const alone = () => find("transcript").querySelectorAll(":scope > [data-id]").length;
  const give = (from: number) => {
    const order = ids.slice(from);
    model.turns(
      order.slice(0, 100).map((id) => turn(id, { text: id })),
      { order },
    );
    expect(all("turn").map((element) => element.dataset.id)).toEqual(order);
  };
  for (let from = 300; from >= 0; from -= 100) give(from);
  expect(Math.max(...sizes())).toBeLessThanOrEqual(100);
  expect(sizes().length).toBeLessThan(10);
  expect(alone()).toBeGreaterThanOrEqual(40);
  expect(alone()).toBeLessThanOrEqual(90);
  model.turns([], { order: ids.slice(-3), removed: ids.slice(0, -3) });
  expect([sizes().length, all("turn").length]).toEqual([0, 3]);
});

it("touches no other turn when one grows, comes last, or older ones come above", () => {
  const { model, find, all } = openPanel();
  const ids = Array.from({ length: 60 }, (_, i) => `t${i}`);
  model.turns(ids.map((id) => turn(id, { text: id })));
  const touched: string[] = [];
  const observer = new MutationObserver((records) => {
    for (const { target } of records) {
      const element = target instanceof Element ? target : target.parentElement!;
      touched.push(element.closest("[data-id]")?.getAttribute("data-id") ?? "list");
    }
  });
  observer.observe(find("transcript"), { childList: true, characterData: true, subtree: true });
  const changes = async () => {
    await Promise.resolve();
    return [...new Set(touched.splice(0))].sort();
  };
  return (async () => {
    model.turns([turn("t59", { text: "more", status: "in_progress" })], { order: ids });
    expect(await changes()).toEqual(["t59"]);
    model.turns([turn("new", { text: "x" })], { order: [...ids, "new"] });
    expect(await changes()).toEqual(["list"]);
    model.turns([turn("old", { text: "x" })], { order: ["old", ...ids, "new"] });
    expect(await changes()).toEqual(["list"]);
    expect(all("turn")).toHaveLength(62);
  })();
});
