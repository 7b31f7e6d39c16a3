/** What is typed while there is no connection: it waits, is shown meanwhile, and is sent or given back. */

import type { Link } from "./link";
import type { TurnView } from "./messages";
import type { Scope } from "./scope";
import type { Store } from "./store";

/** What was sent stands in the conversation by then, or an error says why not. */
const SHOWN_MS = 5000;

export class WaitingTexts {
  /** Not sent yet; `store.local.waitingTexts` shows also what was sent and isn't part of the conversation yet. */
  private texts: string[] = [];

  constructor(
    private readonly link: Link,
    private readonly store: Store,
    private readonly scope: Scope,
  ) {}

  add(text: string): void {
    this.texts.push(text);
    this.store.setLocal({ waitingTexts: [...this.texts] });
  }

  sendAll(): void {
    const texts = this.texts.splice(0);
    for (const text of texts) this.link.send({ type: "text", text });
    if (texts.length > 0) this.scope.timeout(() => this.showOnlyWaiting(), SHOWN_MS);
  }

  /** Put what could not be sent back into the text box. */
  giveBack(): void {
    const returnedText = this.texts.splice(0).join("\n");
    this.showOnlyWaiting();
    if (returnedText !== "") this.store.setLocal({ returnedText });
  }

  /** Hand over what goes back; the text box that takes it shows it again. */
  takeReturned(): string | null {
    const { returnedText } = this.store.local;
    if (returnedText !== null) this.store.setLocal({ returnedText: null });
    return returnedText;
  }

  /** Show no longer what stands in the conversation now. */
  forgetShown(turns: readonly TurnView[]): void {
    if (this.texts.length > 0) return;
    const said = new Set(turns.filter((turn) => turn.role === "user").map((turn) => turn.text));
    const waitingTexts = this.store.local.waitingTexts.filter((text) => !said.has(text));
    if (waitingTexts.length < this.store.local.waitingTexts.length) this.store.setLocal({ waitingTexts });
  }

  private showOnlyWaiting(): void {
    if (this.store.local.waitingTexts.length === this.texts.length) return;
    this.store.setLocal({ waitingTexts: [...this.texts] });
  }
}
