import { readdirSync, readFileSync, readlinkSync } from "node:fs";

const LISTEN = "0A";

/** The TCP ports at which this process listens, in order, as the kernel knows them. */
export function listeningPorts(): readonly number[] {
  const own = new Set(readdirSync("/proc/self/fd").map(targetOf));
  const ports = ["tcp", "tcp6"].flatMap((table) => {
    const [, ...sockets] = readFileSync(`/proc/self/net/${table}`, "utf8").trimEnd().split("\n");
    return sockets.flatMap((line) => {
      const fields = line.trim().split(/\s+/);
      const [, address = "", , state] = fields;
      const isOwn = state === LISTEN && own.has(`socket:[${fields[9] ?? ""}]`);
      return isOwn ? [parseInt(address.slice(address.indexOf(":") + 1), 16)] : [];
    });
  });
  return ports.sort((a, b) => a - b);
}

/** What a file descriptor is; empty when it was closed meanwhile. */
function targetOf(descriptor: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`);
  } catch {
    return "";
  }
}
