import workerSource from "worker-source";
import { parseHostMessage } from "./parseHostMessage.ts";
import { startWorker } from "./startWorker.ts";
import { StreamView } from "./streamView.ts";

const api = acquireVsCodeApi();

function report(message: string): void {
  api.postMessage({ type: "problem", message });
}

window.addEventListener("error", (event) => {
  report(`the view failed: ${event.message}`);
});
window.addEventListener("unhandledrejection", (event) => {
  report(`the view failed: ${String(event.reason)}`);
});

const model = startWorker(workerSource, report);
const view = new StreamView(api, model, Date.now);
model.onMessage((message) => {
  view.fromModel(message);
});
window.addEventListener("message", (event: MessageEvent<unknown>) => {
  const message = parseHostMessage(event.data);
  if (message !== undefined) view.fromHost(message);
  else report("a message to the view was dropped: it has an unknown type or shape");
});
document.addEventListener("visibilitychange", () => {
  view.setPageVisible(document.visibilityState === "visible");
});
document.body.append(view.element);
view.start();
