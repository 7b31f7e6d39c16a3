import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

// A module that notes what is done with it. It reaches the loader as text, as from the kernel.
const SOURCE = `
const seen = (globalThis.seenByTheFrontEnd ??= []);
seen.push("loaded");
export default () => ({
  initialize: ({ model }) => { seen.push("initialize " + model.name); return () => seen.push("end " + model.name); },
  render: ({ el, model }) => { seen.push("render " + model.name); el.textContent = "panel"; return () => {}; },
});`;
const CSS = ".rtw { color: red }";
const page = globalThis as {
  realtimeWidgetFrontEnd?: { loaded: Map<string, unknown>; styled: WeakMap<Node, Set<string>> };
};

type Heard = (content: unknown, buffers: unknown) => void;

class FakeModel {
  sent: { type: string }[] = [];
  dead = false;
  listeners = new Set<Heard>();

  constructor(
    readonly name: string,
    readonly version: string,
  ) {}

  get(name: string): unknown {
    return name === "_bundle" ? this.version : undefined;
  }

  send(content: unknown): void {
    if (this.dead) throw new Error("Cannot send");
    this.sent.push(content as { type: string });
  }

  on(_event: string, callback: Heard): void {
    this.listeners.add(callback);
  }

  off(_event: string, callback: Heard): void {
    this.listeners.delete(callback);
  }

  receive(content: unknown, buffers: unknown[] = []): void {
    for (const callback of [...this.listeners]) callback(content, buffers);
  }

  bundle(gzip: boolean): void {
    const pack = (text: string) => (gzip ? gzipSync(text) : new TextEncoder().encode(text));
    // Jupyter hands buffers over as views.
    const views = [`${SOURCE}\n// ${this.version}`, CSS].map((part) => {
      const bytes = new Uint8Array(pack(part));
      return new DataView(bytes.buffer);
    });
    this.receive({ type: "bundle", version: this.version, gzip }, views);
  }
}

const seen = () => (globalThis as { seenByTheFrontEnd?: string[] }).seenByTheFrontEnd ?? [];
let n = 0;
let version = "";
let make: typeof import("./loader").default;

beforeEach(async () => {
  version = `v${n++}`;
  seen().length = 0;
  make = (await import("./loader")).default;
});

afterEach(() => {
  vi.useRealTimers();
  document.head.replaceChildren();
  page.realtimeWidgetFrontEnd?.styled.delete(document);
  document.body.replaceChildren();
});

function shown(): HTMLElement {
  const el = document.createElement("div");
  document.body.append(el);
  return el;
}

describe("a page without the front end", () => {
  test.each([true, false])("asks for it and then is it (gzip %s)", async (gzip) => {
    const model = new FakeModel("a", version);
    const widget = make();
    const el = shown();
    const undo = widget.initialize({ model });
    const rendered = widget.render({ model, el });
    expect(model.sent).toEqual([{ type: "bundle.get", gzip: true }]);
    model.bundle(gzip);
    await rendered;
    expect(el.textContent).toBe("panel");
    expect(seen()).toEqual(["loaded", "initialize a", "render a"]);
    expect(document.head.textContent).toContain(CSS);
    expect(model.listeners.size).toBe(0);
    undo();
    expect(seen().at(-1)).toBe("end a");
  });

  test("takes what comes unasked, and nothing of another version", async () => {
    const model = new FakeModel("a", version);
    const widget = make();
    widget.initialize({ model });
    model.receive({ type: "bundle", version: "other", gzip: false }, []);
    model.receive({ type: "state" });
    model.receive(null);
    expect(model.listeners.size).toBe(1);
    model.bundle(true);
    await vi.waitFor(() => expect(seen()).toContain("initialize a"));
  });

  test("loads it once for all widgets", async () => {
    const models = ["a", "b", "c"].map((name) => new FakeModel(name, version));
    const [a, b, c] = models as [FakeModel, FakeModel, FakeModel];
    const widgets = [make(), make()];
    widgets.forEach((widget, place) => {
      widget.initialize({ model: models[place] as FakeModel });
    });
    a.bundle(true);
    b.bundle(true);
    await vi.waitFor(() => expect(seen()).toHaveLength(3));
    const late = make();
    const el = shown();
    late.initialize({ model: c });
    await late.render({ model: c, el });
    expect(c.sent).toEqual([]);
    expect(seen().filter((what) => what === "loaded")).toHaveLength(1);
    expect(document.head.querySelectorAll("style")).toHaveLength(1);
  });

  test("asks again while nobody answers, and says why there is nothing to see", async () => {
    vi.useFakeTimers();
    const model = new FakeModel("a", version);
    const widget = make();
    const el = shown();
    const undo = widget.initialize({ model });
    widget.render({ model, el });
    await vi.advanceTimersByTimeAsync(2_000);
    expect(el.textContent).toContain("waits for its kernel");
    const before = model.sent.length;
    await vi.advanceTimersByTimeAsync(8_000);
    expect(model.sent.length).toBeGreaterThan(before);
    undo();
    const after = model.sent.length;
    await vi.advanceTimersByTimeAsync(200_000);
    expect(model.sent).toHaveLength(after);
    expect(model.listeners.size).toBe(0);
  });

  test("says that there is no kernel, as in a file that was opened without one", async () => {
    vi.useFakeTimers();
    const model = new FakeModel("a", version);
    model.dead = true;
    const widget = make();
    const el = shown();
    widget.initialize({ model });
    widget.render({ model, el });
    await vi.advanceTimersByTimeAsync(2_000);
    expect(el.textContent).toContain("run the cell again");
  });
});

test("a view in a shadow root gets its styles there", async () => {
  const model = new FakeModel("a", version);
  const root = shown().attachShadow({ mode: "open" });
  const el = document.createElement("div");
  const widget = make();
  widget.initialize({ model });
  const rendered = widget.render({ model, el });
  model.bundle(true);
  await rendered;
  root.append(el);
  await vi.waitFor(() => expect(root.querySelector("style")?.textContent).toBe(CSS));
});
