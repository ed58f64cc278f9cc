import { expect, it } from "vitest";
import { type HeadInput, nextHeadState, NO_HEAD } from "../../../../extension/heads/headState.ts";

const head = (seq: number, hash = "a") => ({ seq, hash: hash.repeat(64) });
const told = (seq: number, hash?: string): HeadInput => ({ type: "told", head: head(seq, hash) });
const lost: HeadInput = { type: "lost" };
const NONE: HeadInput = { type: "told", head: undefined };
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
  ["keeps what it remembers while none is told", [...seen, told(9), NONE], "new", 5, false],
  ["asks again when one is told again", [told(5), NONE, told(9)], "asking", 5, false],
  ["takes the new one when accepted", [...seen, told(4), { type: "accepted" }, told(6)], "follows", 6, false],
])("%s", (_name, inputs, link, seq, differs) => {
  const state = inputs.reduce(nextHeadState, NO_HEAD);
  expect([state.link, state.remembered?.seq, state.differs]).toEqual([link, seq, differs]);
});

it.each<[string, HeadInput[], boolean]>([
  ["not of a tracer that never told one", [NONE, lost, NONE], false],
  ["of one that did", [told(5), NONE], true],
  ["of one that did in an earlier connection", [told(5), lost, NONE], true],
  ["not while there is no connection", [told(5), NONE, lost], false],
  ["not once it tells again", [told(5), NONE, told(6)], false],
  ["not once that is accepted", [told(5), NONE, { type: "accepted" }, NONE], false],
])("remarks that no head is told any more: %s", (_name, inputs, untold) => {
  expect(inputs.reduce(nextHeadState, NO_HEAD).untold).toBe(untold);
});
