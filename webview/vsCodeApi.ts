import type { ViewMessage } from "../protocol/webviewMessages.ts";

/** What the editor gives a webview; can be taken once. */
export interface VsCodeApi {
  postMessage(message: ViewMessage): void;
  /** What `setState` was last given, also after a reload; undefined at first. */
  getState(): unknown;
  setState(state: unknown): void;
}

declare global {
  function acquireVsCodeApi(): VsCodeApi;
}
