import type { TokenUser } from "./tokenReview.ts";

/** Who reads, as far as the service itself can tell. */
export type Reader =
  /** The peer's uid on the Unix socket, which may be unknown. */
  | { readonly type: "unix"; readonly uid: number | undefined }
  /** Whoever knows the content of the token file. */
  | { readonly type: "tcp" }
  /** `credentialId` names the token in the API server's audit log. */
  | {
      readonly type: "service_account";
      readonly namespace: string;
      readonly name: string;
      readonly uid: string | undefined;
      readonly credentialId: string | undefined;
    }
  | {
      readonly type: "user";
      readonly name: string;
      readonly uid: string | undefined;
      readonly credentialId: string | undefined;
    };

/** The owner of a token that the API server has accepted. */
export function readerOf({ username, uid, credentialId }: TokenUser): Reader {
  const match = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(username);
  const [, namespace, name] = match ?? [];
  if (namespace === undefined || name === undefined)
    return { type: "user", name: username, uid, credentialId };
  return { type: "service_account", namespace, name, uid, credentialId };
}
