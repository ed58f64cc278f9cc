const counts = new Intl.NumberFormat("en");
const shortCounts = new Intl.NumberFormat("en", { notation: "compact" });

/** A whole number with commas: `12,481`. */
export function formatCount(count: number): string {
  return counts.format(count);
}

/** For where there is little room: `481`, `12K`. */
export function formatShortCount(count: number): string {
  return shortCounts.format(count);
}

/** A size in bytes: `512 B`, `1.4 MB`. */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"] as const;
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1_000;
    unit++;
  }
  return `${unit === 0 || value >= 100 ? value.toFixed(0) : value.toFixed(1)} ${units[unit] ?? "TB"}`;
}
