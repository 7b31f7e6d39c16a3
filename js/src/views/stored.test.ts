import { afterEach, expect, it } from "vitest";
import { openPanel } from "../testing/panel";

afterEach(() => document.body.replaceChildren());

it("shows where the conversation is stored, and only where it is", () => {
  const { model, find } = openPanel();
  model.state({ status: "connected" });
  expect(find("stored").hidden).toBe(true);
  model.state({ status: "connected", store: { place: "/home/ada/<b>talks</b>.db", problem: null } });
  expect(find("stored").hidden).toBe(false);
  expect(find("stored").textContent).toBe("Stored in /home/ada/<b>talks</b>.db");
  expect(find("stored").title).toBe("/home/ada/<b>talks</b>.db");
});

it("says when it isn't stored at the moment, and why", () => {
  const { model, find } = openPanel();
  const problem = "There is no room left on the disk of talks.db. Make room there.";
  model.state({ status: "connected", store: { place: "talks.db", problem } });
  expect(find("stored").textContent).toBe(`Not stored: ${problem}`);
  expect(find("stored").hasAttribute("data-problem")).toBe(true);
  model.state({ status: "connected", store: { place: "talks.db", problem: null } });
  expect(find("stored").hasAttribute("data-problem")).toBe(false);
});
