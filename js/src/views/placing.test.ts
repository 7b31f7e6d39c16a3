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
  let order: string[] = [];
  for (let step = 0; step < 200; step++) {
    const before = new Set(order);
    const next = order.filter(() => random(8) > 0);
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
    const far = all("turn").map((element) => element.hasAttribute("data-far"));
    expect(far).toEqual(order.map((_, i) => i < order.length - 40));
  }
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
