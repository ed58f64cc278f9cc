import type { DetailsRequests } from "./detailsRequests.ts";
import type { DetailsPane } from "./view/detailsPane.ts";
import type { Row } from "./worker/workerMessages.ts";

/** What the control changes beside the pane itself. */
export interface RowDetailsEvents {
  /** Whether the pane takes room now. */
  readonly shown: (shown: boolean) => void;
  /** What the user wants from now on. */
  readonly wanted: (wanted: boolean) => void;
}

/** Decides when the details pane is there: with the first selected row, unless the user has closed it. */
export class RowDetailsControl {
  readonly #pane: DetailsPane;
  readonly #requests: DetailsRequests;
  readonly #events: RowDetailsEvents;
  #wanted: boolean;
  /** The user opened the pane while no row was selected. */
  #openedEmpty = false;
  #row: number | undefined;
  /** Of the selected row's process: changes when the process does. */
  #rowState = "";

  constructor(pane: DetailsPane, requests: DetailsRequests, wanted: boolean, events: RowDetailsEvents) {
    this.#pane = pane;
    this.#requests = requests;
    this.#wanted = wanted;
    this.#events = events;
  }

  get shown(): boolean {
    return this.#wanted && (this.#row !== undefined || this.#openedEmpty);
  }

  /** Another row is selected; undefined: none. */
  select(row: Row | undefined): void {
    this.#row = row?.id;
    this.#rowState = row === undefined ? "" : stateOf(row);
    this.#openedEmpty &&= row === undefined;
    this.#show();
  }

  /** The user's own wish. */
  setOpen(open: boolean): void {
    this.#wanted = open;
    this.#openedEmpty = open && this.#row === undefined;
    this.#events.wanted(open);
    this.#show();
  }

  toggle(): void {
    this.setOpen(!this.shown);
  }

  /** The selected row as the model told it last: its process may have ended, or become another program. */
  refresh(row: Row | undefined): void {
    if (row === undefined || row.id !== this.#row || !this.shown) return;
    const state = stateOf(row);
    if (state === this.#rowState) return;
    this.#rowState = state;
    this.#ask(row.id);
  }

  #show(): void {
    const { shown } = this;
    this.#events.shown(shown);
    if (this.#row === undefined) this.#pane.show(undefined);
    else if (shown) this.#ask(this.#row);
  }

  #ask(row: number): void {
    this.#requests.ask(row, (details) => {
      if (details.row === this.#row) this.#pane.show(details);
    });
  }
}

function stateOf(row: Row): string {
  return row.type === "exec" ? `${row.id} ${String(row.running)} ${String(row.durationMs)}` : String(row.id);
}
