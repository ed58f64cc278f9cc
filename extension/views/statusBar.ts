import * as vscode from "vscode";
import type { Clock } from "../clock.ts";
import type { FilterState } from "../filter/filterState.ts";
import type { Sources } from "../source/sources.ts";
import type { ProcessStream } from "../stream/processStream.ts";
import { rateText } from "../text/numbers.ts";
import { filterText } from "./filterText.ts";
import { followSources } from "./followSources.ts";
import { LossWatch } from "./lossWatch.ts";
import { RefreshLimit } from "./refreshLimit.ts";

/** The counter of what the open tab misses. */
const VIEW_COUNTER = "\0view";

/** What the status bar's item shows. */
export interface StatusBarOptions {
  readonly sources: Sources;
  readonly filter: FilterState;
  readonly stream: ProcessStream;
  readonly clock: Clock;
}

/** The filter and the rate in the status bar, in warning colour for a minute after each loss. */
export class StatusBar implements vscode.Disposable {
  readonly #options: StatusBarOptions;
  readonly #item: vscode.StatusBarItem;
  readonly #losses = new LossWatch();
  readonly #refresh: RefreshLimit;
  readonly #registrations: { dispose(): unknown }[];
  #cancelWarning: (() => void) | undefined;

  constructor(options: StatusBarOptions) {
    this.#options = options;
    const { sources, filter, stream, clock } = options;
    this.#item = vscode.window.createStatusBarItem(
      "processLogging.status",
      vscode.StatusBarAlignment.Left,
      0,
    );
    this.#item.name = vscode.l10n.t("Process Logging");
    this.#item.command = "processLogging.showCommands";
    this.#refresh = new RefreshLimit(clock, () => {
      this.#update();
    });
    const update = (): void => {
      this.#refresh.add([], true);
    };
    this.#registrations = [
      followSources(sources, {
        added: update,
        removed: (source) => {
          this.#losses.forget(source.id);
          update();
        },
        changed: (source) => {
          if (source.node !== undefined) this.#losses.observe(source.id, source.node.lost, clock.nowMs());
          update();
        },
      }),
      filter.onDidChange(update),
      stream.onDidChangeStatus(() => {
        if (stream.status === undefined) this.#losses.forget(VIEW_COUNTER);
        else this.#losses.observe(VIEW_COUNTER, stream.status.lost, clock.nowMs());
        update();
      }),
    ];
    update();
  }

  dispose(): void {
    for (const registration of this.#registrations) registration.dispose();
    this.#cancelWarning?.();
    this.#refresh.dispose();
    this.#item.dispose();
  }

  #update(): void {
    const { sources, filter, stream, clock } = this.#options;
    if (sources.all.length === 0) {
      this.#item.hide();
      return;
    }
    // A recorded log has no rate.
    const live = sources.all.filter(({ kind }) => kind !== "file");
    const rate = live.reduce(
      (sum, { state, node }) => sum + (state.type === "connected" ? (node?.rate ?? 0) : 0),
      0,
    );
    const chosen = filterText(filter.current);
    const parts = [
      chosen === "" ? vscode.l10n.t("all workspaces") : chosen,
      ...(live.length === 0 ? [] : [vscode.l10n.t("{0}/s", rateText(rate) || "0")]),
    ];
    const warnUntilMs = this.#losses.warnUntilMs(clock.nowMs());
    const losing = warnUntilMs !== undefined;
    const down = live.some(({ state }) => state.type === "disconnected");
    const icon = losing ? "$(warning)" : down ? "$(debug-disconnect)" : "$(list-tree)";
    this.#item.text = `${icon} ${parts.join(" · ")}`;
    this.#item.tooltip = [
      losing
        ? vscode.l10n.t("Events were lost in the last minute: the view Nodes and the tree say how many.")
        : "",
      down ? vscode.l10n.t("Not everything is connected: the view Nodes says why.") : "",
      chosen === "" ? vscode.l10n.t("No filter is set.") : vscode.l10n.t("Filter: {0}", chosen),
      stream.status?.narrowed === true
        ? vscode.l10n.t("The process stream shows only a part of that: it says which.")
        : "",
      vscode.l10n.t("Click for all commands."),
    ]
      .filter((line) => line !== "")
      .join("\n");
    this.#item.backgroundColor = losing
      ? new vscode.ThemeColor("statusBarItem.warningBackground")
      : undefined;
    this.#item.show();
    this.#cancelWarning?.();
    this.#cancelWarning = losing
      ? clock.after(Math.max(0, warnUntilMs - clock.nowMs()), () => {
          this.#refresh.add([], true);
        })
      : undefined;
  }
}
