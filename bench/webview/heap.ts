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

interface Target {
  readonly url: string;
  readonly webSocketDebuggerUrl: string;
}

type Call = (sessionId: string | undefined, method: string, params?: object) => Promise<unknown>;

/** Asks the browser on `debugPort` for the heaps of the page at `address` and of its workers. */
export async function measureHeap(debugPort: number, address: string): Promise<Heap> {
  const list = await targetsOn(debugPort);
  const target = list.find(({ url }) => url === address);
  if (target === undefined)
    throw new Error(`the browser does not show ${address}: ${list.map(({ url }) => url).join(" ")}`);
  const sessions: { readonly name: string; readonly id: string | undefined }[] = [
    { name: "page", id: undefined },
  ];
  const attached = ({ method, params }: Answer): void => {
    if (method !== "Target.attachedToTarget") return;
    sessions.push({ name: params?.targetInfo?.type ?? "", id: params?.sessionId });
  };
  return await withDebugger(target, attached, async (call) => {
    await call(undefined, "Target.setAutoAttach", {
      autoAttach: true,
      waitForDebuggerOnStart: false,
      flatten: true,
    });
    const heaps: { readonly name: string; readonly mebibytes: number }[] = [];
    for (const { name, id } of sessions) heaps.push({ name, mebibytes: await usedMiB(call, id) });
    return {
      usedMiB: heaps.reduce((sum, { mebibytes }) => sum + mebibytes, 0),
      parts: heaps.map(({ name, mebibytes }) => `${name} ${mebibytes.toFixed(0)} MiB`).join(", "),
    };
  });
}

/** The same of the main thread of a Node.js process whose inspector listens on `debugPort`, MiB. */
export async function measureNodeHeap(debugPort: number): Promise<number> {
  const [target] = await targetsOn(debugPort);
  if (target === undefined) throw new Error(`nothing to inspect on port ${debugPort}`);
  return await withDebugger(
    target,
    () => undefined,
    (call) => usedMiB(call, undefined),
  );
}

async function targetsOn(debugPort: number): Promise<Target[]> {
  return (await (await fetch(`http://127.0.0.1:${debugPort}/json/list`)).json()) as Target[];
}

async function withDebugger<Result>(
  { webSocketDebuggerUrl }: Target,
  told: (event: Answer) => void,
  use: (call: Call) => Promise<Result>,
): Promise<Result> {
  const socket = new WebSocket(webSocketDebuggerUrl);
  await once(socket, "open");
  try {
    const waiting = new Map<number, (answer: Answer) => void>();
    let last = 0;
    socket.on("message", (data: Buffer) => {
      const answer = JSON.parse(data.toString()) as Answer;
      told(answer);
      if (answer.id !== undefined) waiting.get(answer.id)?.(answer);
    });
    return await use(async (sessionId, method, params = {}) => {
      const id = ++last;
      const answer = await new Promise<Answer>((resolve) => {
        waiting.set(id, resolve);
        socket.send(
          JSON.stringify({ id, method, params, ...(sessionId === undefined ? {} : { sessionId }) }),
        );
      });
      if (answer.error !== undefined) throw new Error(`${method}: ${answer.error.message}`);
      return answer.result;
    });
  } finally {
    socket.close();
  }
}

/** What is in use after a collection. */
async function usedMiB(call: Call, sessionId: string | undefined): Promise<number> {
  await call(sessionId, "HeapProfiler.collectGarbage");
  const usage = (await call(sessionId, "Runtime.getHeapUsage")) as Usage;
  const bytes = usage.usedSize + (usage.embedderHeapUsedSize ?? 0) + (usage.backingStorageSize ?? 0);
  return bytes / 2 ** 20;
}
