import type { HostMessage, ViewMessage } from "../../protocol/webviewMessages.ts";
import type { ExportPart } from "./processStream.ts";

type Exported = ViewMessage & { readonly type: "exported" };

/** Waits for the next part of one export. */
interface Waiter {
  readonly take: (part: Exported) => void;
  readonly fail: (error: Error) => void;
}

/** Exports of one view: each asks for a part only when the one before it has been taken. */
export class ViewExports {
  readonly #post: (message: HostMessage) => void;
  readonly #waiters = new Map<number, Waiter>();
  #lastId = 0;
  #closed = false;

  constructor(post: (message: HostMessage) => void) {
    this.#post = post;
  }

  /** Throws when the view is closed meanwhile. Ending the iteration early cancels the export in the view. */
  async *start(scope: "shown" | "everything"): AsyncGenerator<ExportPart, void> {
    const id = ++this.#lastId;
    let done = false;
    let request: HostMessage = { type: "export", id, scope };
    try {
      while (!done) {
        const part = await this.#ask(id, request);
        done = part.done;
        yield { lines: part.lines, events: part.events, totalEvents: part.totalEvents };
        request = { type: "exportNext", id };
      }
    } finally {
      this.#waiters.delete(id);
      if (!done && !this.#closed) this.#post({ type: "exportCancel", id });
    }
  }

  /** A part that nobody waits for is dropped: its export was cancelled. */
  receive(part: Exported): void {
    const waiter = this.#waiters.get(part.id);
    if (waiter === undefined) return;
    this.#waiters.delete(part.id);
    waiter.take(part);
  }

  /** The view is gone. */
  close(): void {
    this.#closed = true;
    for (const waiter of this.#waiters.values()) waiter.fail(closedError());
    this.#waiters.clear();
  }

  #ask(id: number, request: HostMessage): Promise<Exported> {
    return new Promise((take, fail) => {
      if (this.#closed) {
        fail(closedError());
        return;
      }
      this.#waiters.set(id, { take, fail });
      this.#post(request);
    });
  }
}

function closedError(): Error {
  return new Error("the export ended because the process stream was closed: open it and export again");
}
