import { HOST_PID_NAMESPACE } from "../proc/pidNamespace.ts";
import { readText } from "./nodeFacts.ts";
import { failed, ok, skipped, warning, type Requirement } from "./requirement.ts";

/** The kernel gives its first namespaces fixed inode numbers (`proc_ns.h`). */
const hostUserNamespace = "user:[4026531837]";
const hostPidNamespace = `pid:[${String(HOST_PID_NAMESPACE)}]`;

/** The kernel asks for BPF's capabilities in the host's user namespace; those of another count for nothing. */
export const userNamespace: Requirement = {
  name: "user namespace",
  async examine(facts) {
    const [namespace, uidMap] = await Promise.all([
      facts.readLink("/proc/self/ns/user"),
      readText(facts, "/proc/self/uid_map"),
    ]);
    if (namespace === undefined && uidMap === undefined) return skipped("not visible");
    const isHosts =
      namespace === undefined
        ? /^\s*0\s+0\s+4294967295\s*$/.test(uidMap ?? "")
        : namespace === hostUserNamespace;
    if (isHosts) return ok("the host's");
    return failed(
      `${namespace ?? "another"}, not the host's`,
      "run the tracer in the host's user namespace (Kubernetes: no hostUsers: false; no rootless containers): capabilities given in another don't allow BPF",
    );
  },
};

/** Events carry the host's pids whatever the tracer sees; only what it reads from /proc depends on its own. */
export const pidNamespace: Requirement = {
  name: "PID namespace",
  async examine(facts) {
    const namespace = await facts.readLink("/proc/self/ns/pid");
    if (namespace === undefined) return skipped("not visible");
    if (namespace === hostPidNamespace) return ok("the host's");
    return warning(
      `${namespace}, not the host's`,
      "run the tracer in the host's PID namespace (Kubernetes: hostPID: true): else processes that run already and their command lines can't be read",
    );
  },
};
