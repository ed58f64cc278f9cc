import type { HostMessage, ViewMessage } from "../../protocol/webviewMessages.ts";
import type { ExportPart } from "./processStream.ts";
import { ShownError } from "../../protocol/text/shownError.ts";

type Exported = ViewMessage & { readonly type: "exported" };

/** Waits for the next part of one export. */
interface Waiter {
  readonly take: (part: Exported) => void;
  readonly fail: (error: Error) => void;
}

/** Exports of one tab: each asks its page for a part only when the one before it has been taken. */
export class ViewExports {
  readonly #post: (message: HostMessage) => void;
  readonly #waiters = new Map<number, Waiter>();
  #lastId = 0;
  /** Exports up to this one were begun with a page that is gone. */
  #lastAbandoned = 0;
  #closed = false;

  constructor(post: (message: HostMessage) => void) {
    this.#post = post;
  }

  /**
   * Throws when the tab is closed or its page is loaded anew meanwhile, and as soon as `signal` is aborted, whatever the
   * page does. Ending the iteration early cancels the export in the page.
   */
  async *start(scope: "shown" | "everything", signal: AbortSignal): AsyncGenerator<ExportPart, void> {
    const id = ++this.#lastId;
    let done = false;
    let request: HostMessage = { type: "export", id, scope };
    const aborted = (): void => {
      this.#waiters.get(id)?.fail(new ShownError((t) => t("the export was cancelled")));
    };
    signal.addEventListener("abort", aborted);
    try {
      while (!done) {
        const part = await this.#ask(id, request);
        done = part.done;
        yield { lines: part.lines, events: part.events, totalEvents: part.totalEvents };
        request = { type: "exportNext", id };
      }
    } finally {
      signal.removeEventListener("abort", aborted);
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

  /** The page was loaded anew: it knows no export that was begun before. */
  abandon(): void {
    this.#lastAbandoned = this.#lastId;
    this.#failAll(abandonedError());
  }

  /** The tab is gone. */
  close(): void {
    this.#closed = true;
    this.#failAll(closedError());
  }

  #failAll(error: Error): void {
    for (const waiter of this.#waiters.values()) waiter.fail(error);
    this.#waiters.clear();
  }

  #ask(id: number, request: HostMessage): Promise<Exported> {
    return new Promise((take, fail) => {
      if (this.#closed || id <= this.#lastAbandoned) {
        fail(this.#closed ? closedError() : abandonedError());
        return;
      }
      this.#waiters.set(id, { take, fail });
      this.#post(request);
    });
  }
}

/** There is no tab any more. */
export function closedError(): Error {
  return new ShownError((t) =>
    t("the export ended because the process stream was closed: open it and export again"),
  );
}

function abandonedError(): Error {
  return new ShownError((t) =>
    t("the export ended because the process stream was loaded anew: export again"),
  );
}
