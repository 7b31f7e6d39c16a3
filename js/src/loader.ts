/**
 * What a notebook file may hold of the front end: a few lines that ask the kernel for the rest.
 *
 * anywidget keeps `_esm` and `_css` as synced state, and that is saved with the notebook, once for every widget,
 * where "save widget state" is on. The bundle itself comes as a message, which nothing saves; a page loads each
 * version of it once, however many widgets it shows.
 */

interface Model {
  get(name: string): unknown;
  send(content: unknown): void;
  on(event: string, callback: (content: unknown, buffers: unknown) => void): void;
  off(event: string, callback: (content: unknown, buffers: unknown) => void): void;
}

interface Props {
  model: Model;
  el?: HTMLElement;
  signal?: AbortSignal;
}

type Cleanup = (() => unknown) | undefined;

interface Definition {
  initialize?(props: Props): Cleanup | Promise<Cleanup>;
  render?(props: Props): Cleanup | Promise<Cleanup>;
}

interface FrontEnd {
  make: () => Definition;
  css: string;
}

const ASK_AGAIN_MS = [3_000, 6_000, 12_000, 24_000, 48_000];
const PATIENCE_MS = 1_500;
// A page can't tell a kernel that is busy from one that knows nothing of the panel any more.
const WAITS = "The panel waits for its kernel. If that has ended, run the cell again.";

interface Shared {
  /** The front ends that this page has loaded, by version. */
  loaded: Map<string, Promise<FrontEnd>>;
  /** Where which styles are. */
  styled: WeakMap<Node, Set<string>>;
}

// A page makes a module of this text for every widget.
const page = globalThis as typeof globalThis & { realtimeWidgetFrontEnd?: Shared };
page.realtimeWidgetFrontEnd ??= { loaded: new Map(), styled: new WeakMap() };
const { loaded, styled } = page.realtimeWidgetFrontEnd;

async function text(bytes: BlobPart, gzip: boolean): Promise<string> {
  const stream = new Blob([bytes]).stream();
  return new Response(gzip ? stream.pipeThrough(new DecompressionStream("gzip")) : stream).text();
}

async function evaluate(source: string): Promise<{ default: () => Definition }> {
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  try {
    return await import(/* @vite-ignore */ url);
  } catch (error) {
    // Where a blob may not be a script, an address that holds the script may.
    return await import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(source)}`).catch(() => {
      throw error;
    });
  } finally {
    URL.revokeObjectURL(url);
  }
}

async function unpack([js, css]: BlobPart[], gzip: boolean): Promise<FrontEnd> {
  const [source, styles] = await Promise.all([text(js ?? "", gzip), text(css ?? "", gzip)]);
  return { make: (await evaluate(source)).default, css: styles };
}

/** Ask the kernel until the bundle comes; a message that it sent unasked will do. */
function request(model: Model, version: string, ended: AbortSignal): Promise<FrontEnd> {
  const gzip = typeof DecompressionStream === "function";
  return new Promise((resolve, reject) => {
    let timer: ReturnType<typeof setTimeout>;
    const stop = () => {
      clearTimeout(timer);
      model.off("msg:custom", receive);
    };
    const receive = (content: unknown, buffers: unknown) => {
      const message = content as { type?: string; version?: string; gzip?: boolean } | null;
      if (message?.type !== "bundle" || message.version !== version || !Array.isArray(buffers)) return;
      if (message.gzip && !gzip) return;
      stop();
      const unpacked = loaded.get(version) ?? unpack(buffers, message.gzip === true);
      loaded.set(version, unpacked);
      unpacked.catch(() => loaded.delete(version));
      unpacked.then(resolve, reject);
    };
    const ask = (attempt: number) => {
      try {
        model.send({ type: "bundle.get", gzip });
      } catch {
        // No kernel now; there may be one later.
      }
      const delay_ms = ASK_AGAIN_MS[attempt];
      if (delay_ms !== undefined) timer = setTimeout(ask, delay_ms, attempt + 1);
    };
    model.on("msg:custom", receive);
    ended.addEventListener("abort", stop, { once: true });
    ask(0);
  });
}

/** Say why there is nothing to see, if there is nothing to see for long. Returns how to take it back. */
function excuse(el: HTMLElement): () => void {
  const line = document.createElement("p");
  line.setAttribute("role", "status");
  const timer = setTimeout(() => {
    line.textContent = WAITS;
    el.append(line);
  }, PATIENCE_MS);
  return () => {
    clearTimeout(timer);
    line.remove();
  };
}

function addStyles(root: Node, place: Node, css: string): void {
  const known = styled.get(root) ?? new Set();
  if (known.has(css)) return;
  styled.set(root, known.add(css));
  const style = document.createElement("style");
  style.textContent = css;
  place.appendChild(style);
}

/** Styles go into the page, and into the shadow root in which some hosts put a view. */
function dress(el: HTMLElement, css: string, signal?: AbortSignal): void {
  addStyles(document, document.head, css);
  const look = (frames: number) => {
    if (signal?.aborted) return;
    const root = el.getRootNode();
    if (root instanceof ShadowRoot) addStyles(root, root, css);
    else if (!el.isConnected && frames > 0) requestAnimationFrame(() => look(frames - 1));
  };
  look(600);
}

export default () => {
  const ended = new AbortController();
  let definition: Promise<{ made: Definition; css: string }> | null = null;
  const obtain = (model: Model) => {
    const version = String(model.get("_bundle"));
    definition ??= (loaded.get(version) ?? request(model, version, ended.signal)).then(({ make, css }) => ({
      made: make(),
      css,
    }));
    return definition;
  };
  return {
    // Returns at once: a model that takes more than two seconds here never gets a custom message.
    initialize(props: Props) {
      let undo: Cleanup;
      obtain(props.model)
        .then(async ({ made }) => {
          if (!ended.signal.aborted) undo = await made.initialize?.(props);
        })
        .catch((error) => console.error("realtime-widget: the front end can't be loaded", error));
      return () => {
        ended.abort();
        undo?.();
      };
    },
    async render(props: Props & { el: HTMLElement }) {
      const forgive = excuse(props.el);
      props.signal?.addEventListener("abort", forgive, { once: true });
      const { made, css } = await obtain(props.model);
      forgive();
      if (props.signal?.aborted) return undefined;
      dress(props.el, css, props.signal);
      return made.render?.(props);
    },
  };
};
