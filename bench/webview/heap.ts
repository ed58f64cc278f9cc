import { once } from "node:events";
import { WebSocket } from "ws";

/** Memory of a page and its workers after a collection; MiB. */
export interface Heap {
  /** JavaScript objects, and the buffers that they hold. */
  readonly usedMiB: number;
  readonly parts: string;
}

interface Usage {
  readonly usedSize: number;
  readonly embedderHeapUsedSize?: number;
  readonly backingStorageSize?: number;
}

interface Answer {
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
  readonly method?: string;
  readonly params?: { readonly sessionId?: string; readonly targetInfo?: { readonly type: string } };
}

/** Asks the browser on `debugPort` for the heaps of the page at `address` and of its workers. */
export async function measureHeap(debugPort: number, address: string): Promise<Heap> {
  const list = (await (await fetch(`http://127.0.0.1:${debugPort}/json/list`)).json()) as {
    url: string;
    webSocketDebuggerUrl: string;
  }[];
  const target = list.find(({ url }) => url === address);
  if (target === undefined)
    throw new Error(`the browser does not show ${address}: ${list.map(({ url }) => url).join(" ")}`);
  const socket = new WebSocket(target.webSocketDebuggerUrl);
  await once(socket, "open");
  try {
    const sessions: { readonly name: string; readonly id: string | undefined }[] = [
      { name: "page", id: undefined },
    ];
    const waiting = new Map<number, (answer: Answer) => void>();
    let last = 0;
    socket.on("message", (data: Buffer) => {
      const answer = JSON.parse(data.toString()) as Answer;
      if (answer.method === "Target.attachedToTarget")
        sessions.push({ name: answer.params?.targetInfo?.type ?? "", id: answer.params?.sessionId });
      if (answer.id !== undefined) waiting.get(answer.id)?.(answer);
    });
    const call = async (sessionId: string | undefined, method: string, params = {}): Promise<unknown> => {
      const id = ++last;
      const answer = await new Promise<Answer>((resolve) => {
        waiting.set(id, resolve);
        socket.send(
          JSON.stringify({ id, method, params, ...(sessionId === undefined ? {} : { sessionId }) }),
        );
      });
      if (answer.error !== undefined) throw new Error(`${method}: ${answer.error.message}`);
      return answer.result;
    };
    await call(undefined, "Target.setAutoAttach", {
      autoAttach: true,
      waitForDebuggerOnStart: false,
      flatten: true,
    });
    const heaps: { readonly name: string; readonly mebibytes: number }[] = [];
    for (const { name, id } of sessions) {
      await call(id, "HeapProfiler.collectGarbage");
      const usage = (await call(id, "Runtime.getHeapUsage")) as Usage;
      const bytes = usage.usedSize + (usage.embedderHeapUsedSize ?? 0) + (usage.backingStorageSize ?? 0);
      heaps.push({ name, mebibytes: bytes / 2 ** 20 });
    }
    return {
      usedMiB: heaps.reduce((sum, { mebibytes }) => sum + mebibytes, 0),
      parts: heaps.map(({ name, mebibytes }) => `${name} ${mebibytes.toFixed(0)} MiB`).join(", "),
    };
  } finally {
    socket.close();
  }
}
