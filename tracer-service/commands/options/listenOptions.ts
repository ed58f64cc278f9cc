import type { Command } from "commander";

/** Where the API is to be. */
export interface ListenOptions {
  /** As `parseListenAddress` reads it; undefined where no flag was given. */
  readonly listen: string | undefined;
  readonly listenGroup: string | undefined;
  readonly tokenFile: string | undefined;
}

/** Adds the flags of `ListenOptions` to a command; `byDefault` says where the API is without them. */
export function addListenOptions(command: Command, byDefault: string): Command {
  return command
    .option(
      "--listen <address>",
      `where the API listens: unix:PATH, a loopback HOST:PORT, or none (default: ${byDefault})`,
    )
    .option("--listen-group <group>", "group, by name or number, whose members may read the Unix socket")
    .option("--token-file <file>", "HOST:PORT: the token that readers must know, in a file of mode 0600");
}
