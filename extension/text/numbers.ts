/** Execs per second as short text: `0.4`, `12`, `1.2k`; empty when it is next to nothing. */
export function rateText(rate: number): string {
  if (!(rate >= 0.05)) return "";
  if (rate < 9.95) return rate.toFixed(1).replace(/\.0$/, "");
  if (rate < 999.5) return rate.toFixed(0);
  return `${(rate / 1000).toFixed(1).replace(/\.0$/, "")}k`;
}

/** A count with the thousands parted by commas, the same in every language of the editor. */
export function countText(count: number): string {
  return count.toLocaleString("en-US");
}
