import type { ClusterSource } from "../cluster/clusterSource.ts";
import { type NodeVerdict, nodeVerdict } from "../cluster/inventory/nodeVerdict.ts";
import { nativeText } from "../text/nativeText.ts";
import type { Translate } from "../../protocol/text/translate.ts";

const SIGNS: Record<NodeVerdict["state"], string> = {
  logs: "✓",
  outdated: "…",
  unfit: "✗",
  broken: "✗",
  unknown: "?",
};

/**
 * The nodes of a cluster as a table in plain text, a line each; without the right to see nodes, why there is none.
 * `image`: what tracers are to run; undefined: any.
 */
export function clusterReport(cluster: ClusterSource, t: Translate, image?: string): string {
  const { inventory, name, server, nodesState } = cluster;
  const lines = [t("Cluster {0} ({1})", nativeText(name), nativeText(server)), ""];
  if (nodesState.type === "disconnected")
    lines.push(`  ${t("Nodes can't be seen: {0}", nativeText(nodesState.why, 300))}`);
  const rows = [...inventory.nodes.values()]
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .map((node) => {
      const tracer = inventory.tracerOf(node.name);
      const { state, why } = nodeVerdict(node, tracer, image);
      const btf = tracer?.logging?.ready === true ? t("yes") : t("unknown");
      const cells = [
        SIGNS[state],
        node.name,
        node.kernel,
        node.architecture,
        btf,
        tracer?.logging?.image ?? "–",
      ];
      return [...cells.map((cell) => nativeText(cell, 80)), nativeText(why, 300)];
    });
  if (rows.length === 0) return `${lines.join("\n")}\n`;
  const table = [
    ["", t("NODE"), t("KERNEL"), t("PROCESSOR"), t("BTF"), t("TRACER"), t("WHAT IS KNOWN")],
    ...rows,
  ];
  const widths =
    table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  for (const row of table) {
    lines.push(
      `  ${row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd()}`,
    );
  }
  return `${lines.join("\n")}\n`;
}
