/** A check of the surroundings: what the page finds, what passes between page and kernel, what the kernel finds. */

import type { Link } from "../link";
import { CHECK_ECHO, CHECK_LINES, CHECK_PAGE, CHECK_RUN, type CheckLine } from "../messages";
import type { Scope } from "../scope";
import { burstFound, busyFound, COMM_TITLES, Echo, type Echoes, echoFound, nodelayFound } from "./comm";
import { collectFacts, PAGE_TITLES, pageConfig, pageLines } from "./page";

export const GROUPS: Record<CheckLine["group"], string> = {
  page: "This page",
  comm: "Between page and kernel",
  engine: "Engine",
  versions: "Versions",
};

/** How long the way is looked for that a busy cell leaves open. */
const ROUTE_LIMIT_MS = 4000;

const NO_ECHO: Echoes = { trips_ms: [], returned: 0, burst_ms: 0, damaged: 0 };

type Found = Pick<CheckLine, "status" | "found"> & { remedy?: string };

export class Check {
  /** Everything has been looked at. */
  ended = false;
  private own = new Map<string, CheckLine>();
  private kernel: readonly CheckLine[] = [];
  private kernelEnded = false;
  private pageEnded = false;
  private run_id = 0;
  private readonly echo: Echo;
  private readonly listeners = new Set<() => void>();
  private readonly abort = new AbortController();

  /** `report`: tell the kernel what the page found, for whoever reads it in Python. */
  constructor(
    private readonly link: Link,
    private readonly scope: Scope,
    private readonly report: boolean,
  ) {
    this.echo = new Echo((echo_id, pcm) => link.send({ type: CHECK_ECHO, echo_id }, pcm));
    link.handle({
      [CHECK_ECHO]: ({ echo_id }, buffers) => this.echo.take(echo_id, buffers),
      [CHECK_LINES]: ({ lines, ended }) => this.applyKernel(lines, ended),
    });
    scope.add(() => this.abort.abort());
  }

  /** All lines, by group. */
  get lines(): CheckLine[] {
    const all = [...this.own.values(), ...this.kernel];
    return (Object.keys(GROUPS) as CheckLine["group"][]).flatMap((group) =>
      all.filter((line) => line.group === group),
    );
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Look at everything, from the beginning. */
  async run(again = false): Promise<void> {
    const id = ++this.run_id;
    const isOver = () => id !== this.run_id || this.scope.disposed;
    this.begin();
    const facts = await collectFacts();
    if (isOver()) return;
    for (const line of pageLines(facts)) this.own.set(line.id, line);
    this.put("nodelay", nodelayFound(extensionTold(facts.reach.host)));
    // By the way that a busy cell leaves open, if there is one; what goes before is held up.
    const kind = await this.link.route.found(ROUTE_LIMIT_MS);
    if (isOver()) return;
    this.put("busy", busyFound(kind));
    const sent = this.link.send({ type: CHECK_RUN, again });
    const echoes = sent ? await this.echo.measure(this.abort.signal) : NO_ECHO;
    if (isOver()) return;
    this.put("echo", echoFound(echoes));
    this.put("burst", burstFound(echoes));
    this.pageEnded = true;
    if (this.report) this.link.send({ type: CHECK_PAGE, lines: [...this.own.values()] });
    this.changed();
  }

  private begin(): void {
    this.kernelEnded = this.pageEnded = false;
    this.own.clear();
    const pending = (group: CheckLine["group"], titles: Record<string, string>) => {
      for (const [id, title] of Object.entries(titles)) {
        this.own.set(id, { id, group, title, status: "pending", found: "", remedy: "" });
      }
    };
    pending("page", PAGE_TITLES);
    pending("comm", COMM_TITLES);
    this.changed();
  }

  private put(id: keyof typeof COMM_TITLES, found: Found): void {
    this.own.set(id, { id, group: "comm", title: COMM_TITLES[id], remedy: "", ...found });
    this.changed();
  }

  private applyKernel(lines: readonly CheckLine[], ended: boolean): void {
    this.kernel = lines;
    this.kernelEnded = ended;
    this.changed();
  }

  private changed(): void {
    this.ended = this.kernelEnded && this.pageEnded;
    for (const listener of [...this.listeners]) listener();
  }
}

/** JupyterLab and Notebook write into their page what the server's extension says. */
function extensionTold(host: string): boolean | null {
  if (host !== "lab" && host !== "notebook") return null;
  return pageConfig("realtimeWidgetSendsAtOnce") === "true";
}
