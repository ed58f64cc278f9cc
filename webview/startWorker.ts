import type { Texts } from "../protocol/text/translate.ts";
import type { FromWorker, ToWorker, WorkerStart } from "./worker/workerMessages.ts";

/** The screen's end of the model. */
export interface Model {
  post(message: ToWorker): void;
  onMessage(listener: (message: FromWorker) => void): void;
}

/** Starts the model in a worker made of `source`, with the page's texts; `onProblem` is told in one line why it does not run. */
export function startWorker(source: string, texts: Texts, onProblem: (message: string) => void): Model {
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const worker = new Worker(url, { name: "process tree" });
  URL.revokeObjectURL(url);
  worker.addEventListener("error", (event) => {
    onProblem(`the process tree's worker failed: ${event.message}`);
  });
  const start: WorkerStart = { type: "texts", texts };
  worker.postMessage(start);
  return {
    post: (message) => {
      // Lines change hands without a copy.
      worker.postMessage(message, message.type === "events" ? [message.lines.buffer] : []);
    },
    onMessage: (listener) => {
      worker.addEventListener("message", (event: MessageEvent<FromWorker>) => {
        listener(event.data);
      });
    },
  };
}
