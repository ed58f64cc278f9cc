import { parentPort, workerData, type MessagePort } from "node:worker_threads";

import { HistoryReader } from "./historyReader.ts";
import type { SearchAnswer, SearchRequest } from "./searchMessages.ts";

/** Runs in a thread of its own: what is sought holds up neither the tracer nor the history's writer. */
function serve(port: MessagePort, file: string): void {
  let reader: HistoryReader | undefined;
  port.on("message", ({ id, request }: { readonly id: number; readonly request: SearchRequest }) => {
    let answer: SearchAnswer;
    try {
      reader ??= new HistoryReader(file);
      answer = { id, result: answerTo(reader, request) };
    } catch (error) {
      // Also after the database was replaced by another.
      reader?.close();
      reader = undefined;
      answer = { id, error: error instanceof Error ? error.message : String(error) };
    }
    port.postMessage(answer);
  });
}

function answerTo(reader: HistoryReader, request: SearchRequest): unknown {
  switch (request.type) {
    case "page":
      return reader.page(request.query, request.limits);
    case "workspaces":
      return reader.workspaces();
    case "missing":
      return reader.missing();
    case "resolve":
      return reader.resolve(request.run, request.seq);
    case "compareHead":
      return reader.compareHead(request.head);
    case "seqBefore":
      return reader.seqBefore(request.timeNs);
  }
}

if (parentPort !== null) serve(parentPort, String(workerData));
