import { deflatePacker } from "./lines/deflatePacker.ts";
import { Model } from "./model.ts";
import { setTexts } from "../../protocol/text/translate.ts";
import type { FromWorker, ToWorker, WorkerStart } from "./workerMessages.ts";

declare const self: {
  postMessage(message: FromWorker): void;
  onmessage: ((event: { readonly data: ToWorker | WorkerStart }) => void) | null;
};

// A message to oneself waits for nothing but other messages; timers would wait four milliseconds.
const turns = new MessageChannel();
const waiting: (() => void)[] = [];
turns.port1.onmessage = () => {
  waiting.shift()?.();
};

const model = new Model({
  post: (message) => {
    self.postMessage(message);
  },
  clockMs: () => performance.now(),
  nowMs: () => Date.now(),
  soon: (task) => {
    waiting.push(task);
    turns.port2.postMessage(undefined);
  },
  later: (delayMs, task) => {
    setTimeout(task, delayMs);
  },
  packer: deflatePacker,
  limits: { text: 150_000_000, packedBytes: 200_000_000 },
});

self.onmessage = ({ data }) => {
  if (data.type === "texts") setTexts(data.texts);
  else model.receive(data);
};
