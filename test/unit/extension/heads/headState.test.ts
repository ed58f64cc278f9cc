import { expect, it } from "vitest";
import { type HeadInput, nextHeadState, NO_HEAD } from "../../../../extension/heads/headState.ts";

const head = (seq: number, hash = "a") => ({ seq, hash: hash.repeat(64) });
const told = (seq: number, hash?: string): HeadInput => ({ type: "told", head: head(seq, hash) });
const lost: HeadInput = { type: "lost" };
const seen = [told(5), lost];
const answered = (answer: "extends" | "differs" | "not_kept" | "unknown"): HeadInput => ({
  type: "answered",
  answer,
});

it.each<[string, HeadInput[], string, number, boolean]>([
  ["takes the first head", [told(5)], "follows", 5, false],
  ["asks for what it remembers", [...seen, told(9)], "asking", 5, false],
  ["goes on from what extends it", [...seen, told(9), told(11), answered("extends")], "follows", 11, false],
  ["goes on where it is not kept", [...seen, told(9), answered("not_kept")], "follows", 9, false],
  [
    "keeps its head where nobody knows",
    [...seen, told(9), answered("unknown"), told(10)],
    "unknown",
    5,
    false,
  ],
  ["warns of another history", [...seen, told(9), answered("differs"), told(10)], "follows", 5, true],
  ["warns of one that went back", [...seen, told(4)], "follows", 5, true],
  ["warns of another hash", [...seen, told(5, "b")], "follows", 5, true],
  ["warns on over connections", [...seen, told(4), lost, told(6)], "new", 5, true],
  ["takes the new one when accepted", [...seen, told(4), { type: "accepted" }, told(6)], "follows", 6, false],
])("%s", (_name, inputs, link, seq, differs) => {
  const state = inputs.reduce(nextHeadState, NO_HEAD);
  expect([state.link, state.remembered?.seq, state.differs]).toEqual([link, seq, differs]);
});
