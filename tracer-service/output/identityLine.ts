import { escapeJson } from "../../protocol/escapeJson.ts";
import type { Labels } from "../../protocol/events.ts";
import type { IdentityChange } from "../identity/knownPod.ts";
import { podJson } from "./podJson.ts";
import { TimestampFormatter } from "./timestamp.ts";

const CALLER = `"caller":"tracer-service/output/identityLine.ts","func":"IdentityLineFormatter.format"`;

/** Formats what a workspace claims to be by now as a line of the log, since it is logged as what it was at first. */
export class IdentityLineFormatter {
  readonly #node: string;
  readonly #timestamps = new TimestampFormatter();

  constructor({ node, bootId }: { readonly node: string; readonly bootId: string }) {
    this.#node = `"node":${escapeJson(node)},"boot_id":${escapeJson(bootId)}`;
  }

  /** With its newline; `timeMs` is since 1970 UTC. `withheld`: it stands for so many, of which it is the latest. */
  format({ pod, labels, claimed }: IdentityChange, timeMs: number, withheld?: number): string {
    const ts = this.#timestamps.format(BigInt(Math.trunc(timeMs)) * 1_000_000n);
    const claim = claimed === undefined ? "null" : labelsJson(claimed);
    const count = withheld === undefined ? "" : `"withheld":${String(withheld)},`;
    return `{"ts":"${ts}","level":"WARN","msg":"identity",${CALLER},"fields":{"labels":${labelsJson(labels)},"claimed":${claim},${count}"kubernetes":${podJson(pod)},${this.#node}}}\n`;
  }
}

function labelsJson(labels: Labels): string {
  const entries = Object.entries(labels).map(([name, value]) => `${escapeJson(name)}:${escapeJson(value)}`);
  return `{${entries.join(",")}}`;
}
