import type { AddressInfo, Server } from "node:net";
import { getSystemErrorMessage } from "node:util";

/** Lets a server listen. Rejects with one line that names `flag`, by which to choose another address. */
export function listenOnPort(server: Server, host: string, port: number, flag: string): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    const fail = (cause: NodeJS.ErrnoException): void => {
      const why = cause.errno === undefined ? cause.message : getSystemErrorMessage(cause.errno);
      const where = `${host.includes(":") ? `[${host}]` : host}:${String(port)}`;
      reject(
        new Error(`could not listen on ${where}: ${why}: choose another address with ${flag}`, { cause }),
      );
    };
    server.once("error", fail);
    server.listen({ host, port, exclusive: true }, () => {
      server.off("error", fail);
      resolve(server.address() as AddressInfo);
    });
  });
}
