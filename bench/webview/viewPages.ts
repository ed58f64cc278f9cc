import { streamHtml } from "../../extension/stream/streamHtml.ts";

const NONCE = "0123456789abcdef0123456789abcdef";

/** What the page can tell of itself; `window.bench` in the page. Times are of `performance.now()`. */
export interface PageRecord {
  /** Tasks of the main thread that took more than 50 ms. */
  readonly longTasks: readonly { readonly startMs: number; readonly durationMs: number }[];
  /** Expressions that the model answered. */
  readonly filtered: readonly {
    readonly expression: string;
    readonly atMs: number;
    readonly tookMs: number;
  }[];
  /** From a key press until the frame after the one that shows it. */
  readonly keyToFrameMs: readonly number[];
  readonly visibleRows: number;
  readonly total: number;
  /** When rows came last. */
  readonly rowsAtMs: number;
}

/**
 * Runs before the page's own script: what the editor gives a webview, and notes of what happens. Listening to the worker
 * is not what the product does, but costs what reading three numbers of a message costs.
 */
const BOOTSTRAP = `
window.bench = { longTasks: [], filtered: [], keyToFrameMs: [], visibleRows: 0, total: 0, rowsAtMs: 0 };
window.acquireVsCodeApi = () => ({
  postMessage: (message) => { window.parent.postMessage(message, "*"); },
  getState: () => undefined,
  setState: () => undefined,
});
new PerformanceObserver((list) => {
  for (const { startTime, duration } of list.getEntries()) window.bench.longTasks.push({ startMs: startTime, durationMs: duration });
}).observe({ type: "longtask", buffered: true });
window.Worker = class extends Worker {
  constructor(...args) {
    super(...args);
    this.addEventListener("message", ({ data }) => {
      if (data.type === "filtered") window.bench.filtered.push({ expression: data.expression, tookMs: data.tookMs, atMs: performance.now() });
      if (data.type !== "rows") return;
      window.bench.visibleRows = data.visibleRows;
      window.bench.total = data.counts.total;
      window.bench.rowsAtMs = performance.now();
    });
  }
};
addEventListener("keydown", (event) => {
  requestAnimationFrame(() => requestAnimationFrame(() => window.bench.keyToFrameMs.push(performance.now() - event.timeStamp)));
}, true);
document.documentElement.className = document.body.className = "vscode-dark";
for (const [name, value] of Object.entries({
  "foreground": "#cccccc", "editor-background": "#1f1f1f", "font-family": "sans-serif", "font-size": "13px",
  "editor-font-family": "monospace", "panel-border": "#2b2b2b", "charts-blue": "#3794ff",
})) document.documentElement.style.setProperty("--vscode-" + name, value);
`;

/** The webview's page with its own policy; `origin` serves its files. */
export function viewHtml(origin: string): string {
  const html = streamHtml({
    nonce: NONCE,
    cspSource: origin,
    scriptUri: `${origin}/main.js`,
    styleUri: `${origin}/main.css`,
    title: "Process Stream",
    language: "en",
    texts: undefined,
  });
  return html.replace("<body>", `<body><script nonce="${NONCE}">${BOOTSTRAP}</script>`);
}

/**
 * The editor's part of the window: passes messages on between the benchmark and the view. As in code-server it is of the
 * view's own origin and shares its main thread, so what it does counts as the view's.
 */
export function hostHtml(viewUrl: string, socketUrl: string): string {
  return `<!doctype html><meta charset="utf-8"><title>Benchmark</title>
<style>html,body,iframe{margin:0;width:100%;height:100%;border:0;overflow:hidden}</style><body><script>
const socket = new WebSocket(${JSON.stringify(socketUrl)});
const frame = document.createElement("iframe");
frame.src = ${JSON.stringify(viewUrl)};
addEventListener("message", ({ data }) => socket.send(JSON.stringify(data)));
socket.binaryType = "arraybuffer";
let events;
socket.onmessage = ({ data }) => {
  if (typeof data !== "string") frame.contentWindow.postMessage({ ...events, lines: new Uint8Array(data) }, "*", [data]);
  else if ((events = JSON.parse(data)).type !== "events") frame.contentWindow.postMessage(events, "*");
};
socket.onopen = () => document.body.append(frame);
</script></body>`;
}
