import { COLUMNS } from "../protocol/webviewMessages.ts";
import type { Column } from "../protocol/webviewMessages.ts";

/** What the view keeps over a reload of its tab. */
export interface ViewState {
  /** Pixels; columns that the user has not resized are missing. */
  readonly widths: Readonly<Partial<Record<Column, number>>>;
  readonly detailsOpen: boolean;
  readonly expression: string;
}

/** What a view begins with. */
export const FIRST_STATE: ViewState = { widths: {}, detailsOpen: true, expression: "" };

const MIN_WIDTH = 40;
const MAX_WIDTH = 2_000;
const MAX_EXPRESSION = 10_000;

/** The state of an earlier view; what is missing or of another shape is as at the beginning. */
export function parseViewState(value: unknown): ViewState {
  if (typeof value !== "object" || value === null) return FIRST_STATE;
  const { widths, detailsOpen, expression } = value as Record<string, unknown>;
  const known: Partial<Record<Column, number>> = {};
  if (typeof widths === "object" && widths !== null) {
    for (const column of COLUMNS) {
      const width = (widths as Record<string, unknown>)[column];
      if (typeof width === "number") known[column] = toWidth(width);
    }
  }
  return {
    widths: known,
    detailsOpen: typeof detailsOpen === "boolean" ? detailsOpen : FIRST_STATE.detailsOpen,
    expression:
      typeof expression === "string" && expression.length <= MAX_EXPRESSION
        ? expression
        : FIRST_STATE.expression,
  };
}

/** A width that a column can have. */
export function toWidth(width: number): number {
  return Number.isFinite(width) ? Math.min(Math.max(Math.round(width), MIN_WIDTH), MAX_WIDTH) : MIN_WIDTH;
}
