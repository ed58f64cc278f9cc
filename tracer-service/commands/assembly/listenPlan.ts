import { DEFAULT_SOCKET, parseListenAddress, type ListenAddress } from "../../api/listenAddress.ts";
import { readTokenFile } from "../../api/readTokenFile.ts";
import { quoteText } from "../../identity/quoteText.ts";
import { lookUpGroupId } from "../../kernel/libc.ts";
import type { AccessPlan } from "./accessPlan.ts";
import type { ListenOptions } from "../options/listenOptions.ts";

/** Where and how the API is to listen, with everything found that can be wrong before it does. */
export type ListenPlan =
  | { readonly type: "none" }
  /** `required`: it was asked for, so the service can't do without. */
  | {
      readonly type: "unix";
      readonly path: string;
      readonly gid: number | undefined;
      readonly required: boolean;
    }
  | { readonly type: "tcp"; readonly host: string; readonly port: number; readonly tokenFile: string }
  | {
      readonly type: "kubernetes";
      readonly host: string;
      readonly port: number;
      readonly access: AccessPlan;
    };

/**
 * Reads the flags. `byDefault`: whether the default socket is meant where none is given. `access`: the API server
 * decides on readers. Throws one line.
 */
export function planListening(
  options: ListenOptions,
  byDefault: boolean,
  ownUid: number,
  access?: AccessPlan,
): ListenPlan {
  const { listen, listenGroup, tokenFile } = options;
  const address = addressOf(listen, byDefault);
  if (listenGroup !== undefined && address.type !== "unix") {
    throw new Error("--listen-group goes with a Unix socket: --listen unix:PATH");
  }
  if (access !== undefined) {
    if (address.type !== "tcp") throw new Error("--auth kubernetes goes with --listen HOST:PORT");
    if (tokenFile !== undefined) throw new Error("--token-file and --auth kubernetes exclude each other");
    return { ...address, type: "kubernetes", access };
  }
  if (address.type === "tcp") {
    if (tokenFile === undefined) {
      throw new Error(
        "--listen HOST:PORT needs --token-file FILE or --auth kubernetes: without a token nothing is served there",
      );
    }
    readTokenFile(tokenFile, ownUid);
    return { ...address, tokenFile };
  }
  if (tokenFile !== undefined) throw new Error("--token-file goes with --listen HOST:PORT");
  if (address.type === "none") return address;
  const gid = listenGroup === undefined ? undefined : groupId(listenGroup);
  return { ...address, gid, required: listen !== undefined || listenGroup !== undefined };
}

function addressOf(listen: string | undefined, byDefault: boolean): ListenAddress {
  if (listen !== undefined) return parseListenAddress(listen);
  return byDefault ? { type: "unix", path: DEFAULT_SOCKET } : { type: "none" };
}

function groupId(group: string): number {
  if (/^\d{1,10}$/.test(group) && Number(group) < 0xffff_ffff) return Number(group);
  const gid = lookUpGroupId(group);
  if (gid === undefined) {
    throw new Error(`--listen-group: there is no group ${quoteText(group)}: make it, or give a number`);
  }
  return gid;
}
