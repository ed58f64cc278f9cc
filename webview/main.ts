import workerSource from "worker-source";
import { parseHostMessage } from "./parseHostMessage.ts";
import { startWorker } from "./startWorker.ts";
import { pageTexts } from "./text/pageTexts.ts";
import { setTexts } from "../protocol/text/translate.ts";
import { StreamView } from "./streamView.ts";

const api = acquireVsCodeApi();

let view: StreamView | undefined = undefined;

function report(message: string): void {
  if (view === undefined) api.postMessage({ type: "problem", message });
  else view.tellProblem(message);
}

window.addEventListener("error", (event) => {
  // No fault: a size has changed once more in the same frame, and is told in the next.
  if (event.message.startsWith("ResizeObserver loop")) return;
  report(`the view failed: ${event.message}`);
});
window.addEventListener("unhandledrejection", (event) => {
  report(`the view failed: ${String(event.reason)}`);
});

const texts = pageTexts(document.body.dataset["texts"]);
setTexts(texts);
const model = startWorker(workerSource, texts, report);
const stream = new StreamView(api, model, Date.now);
view = stream;
model.onMessage((message) => {
  stream.fromModel(message);
});
window.addEventListener("message", (event: MessageEvent<unknown>) => {
  const message = parseHostMessage(event.data);
  if (message !== undefined) stream.fromHost(message);
  else report("a message to the view was dropped: it has an unknown type or shape");
});
document.addEventListener("visibilitychange", () => {
  stream.setPageVisible(document.visibilityState === "visible");
});
document.body.append(stream.element);
stream.start();
