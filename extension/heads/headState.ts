import type { HeadMessage, HistoryHead } from "../../protocol/stream.ts";

/** What is known of a tracer's history: `told` is by the connection that is open, `remembered` was followed before. */
export interface HeadState {
  readonly remembered: HistoryHead | undefined;
  /** It did not go on from `remembered`; stays until it is accepted. */
  readonly differs: boolean;
  readonly told: HistoryHead | undefined;
  /** The tracer has told heads, and the connection that is open has none. */
  readonly untold: boolean;
  readonly link: "new" | "asking" | "follows" | "unknown";
}

/** What happens to it. */
export type HeadInput =
  | { readonly type: "told"; readonly head: HistoryHead | undefined }
  | { readonly type: "answered"; readonly answer: HeadMessage["answer"] }
  | { readonly type: "lost" }
  | { readonly type: "accepted" };

/** Of a tracer that was never seen. */
export const NO_HEAD: HeadState = {
  remembered: undefined,
  differs: false,
  told: undefined,
  untold: false,
  link: "new",
};

/** The next state. One that begins to be `asking` wants `remembered` to be compared by the service. */
export function nextHeadState(state: HeadState, input: HeadInput): HeadState {
  switch (input.type) {
    case "told":
      return input.head === undefined ? toldNone(state) : told({ ...state, untold: false }, input.head);
    case "answered":
      if (state.link !== "asking") return state;
      if (input.answer === "differs") return { ...state, differs: true, link: "follows" };
      // Where nobody knows, the next connection asks for the same head again.
      if (input.answer === "unknown") return { ...state, link: "unknown" };
      return { ...state, remembered: state.told, link: "follows" };
    case "lost":
      return { ...state, told: undefined, untold: false, link: "new" };
    case "accepted":
      return {
        remembered: state.told,
        differs: false,
        told: state.told,
        untold: false,
        link: state.told === undefined ? "new" : "follows",
      };
  }
}

/** What is remembered stays, for when it tells again. */
function toldNone(state: HeadState): HeadState {
  return { ...state, told: undefined, untold: state.remembered !== undefined, link: "new" };
}

function told(state: HeadState, head: HistoryHead): HeadState {
  const { remembered, differs, link } = state;
  if (differs) return { ...state, told: head };
  if (remembered === undefined) return { ...state, remembered: head, told: head, link: "follows" };
  const last = state.told ?? remembered;
  if (head.seq < last.seq || (head.seq === last.seq && head.hash !== last.hash)) {
    return { ...state, told: head, differs: true, link: "follows" };
  }
  if (link === "new") return { ...state, told: head, link: "asking" };
  return { ...state, told: head, remembered: link === "follows" ? head : remembered };
}
