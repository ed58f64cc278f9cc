import { parseClientMessage } from "../../../protocol/clientMessage.ts";
import { parseListenAddress } from "../../../tracer-service/api/listenAddress.ts";
import { parseRequestTarget } from "../../../tracer-service/api/requestTarget.ts";
import { parseStreamQuery } from "../../../tracer-service/api/streamQuery.ts";
import { parseDuration } from "../../../tracer-service/exectrace/duration.ts";
import { parseInitAddress } from "../../../tracer-service/exectrace/initAddress.ts";
import { parseInitBody } from "../../../tracer-service/exectrace/initRequest.ts";
import { parseLabelFlags } from "../../../tracer-service/exectrace/labelFlag.ts";
import { parseRules } from "../../../tracer-service/identity/rulesFile.ts";
import { parseKernelVersion } from "../../../tracer-service/kernelVersion.ts";
import type { FuzzTarget } from "../support/fuzzTarget.ts";

const subscribe = JSON.stringify({
  type: "subscribe",
  filter: { usernames: ["jessie"], workspaces: [{ username: "bob", workspaceName: "main" }] },
  since: { run: "5d0c", seq: 17 },
});

const rules = `extend_defaults: true
rules:
  - cgroup: /workspaces/{username}/{workspace_name}
    labels: { organization_id: default }
  - cgroup: /user.slice/user-{uid}.slice
    labels: { username: "{user}", workspace_name: login }
  - login_uid: 1000-59999
    labels: { username: "{user}", workspace_name: login }
`;

/** What a service reads of its clients, its operators and the containers beside it. */
export const serviceTargets: readonly FuzzTarget[] = [
  {
    name: "client-message",
    seeds: [subscribe, '{"type":"unsubscribe"}'],
    words: ['"type"', '"filter"', '"since"', '"usernames"', '"workspaces"', "subscribe"],
    parse: (input) => parseClientMessage(input.toString()),
  },
  {
    name: "request-target",
    seeds: ["/v1/stream?since=5&username=jessie&workspace=bob/main", "/v1/workspaces", "http://host/readyz"],
    words: ["since=", "run=", "username=", "workspace=", "events=none", "%2f", "&"],
    parse: (input) => {
      const target = parseRequestTarget(input.toString());
      return target && parseStreamQuery(target.query, "5d0c");
    },
  },
  {
    name: "rules-file",
    seeds: [rules, "rules: []\n"],
    words: [
      "rules:",
      "- cgroup:",
      "login_uid:",
      "labels:",
      "{username}",
      "{uid}",
      "&a",
      "*a",
      "<<:",
      "!!binary",
      "|",
    ],
    parse: (input) => parseRules("rules.yaml", input.toString()),
  },
  {
    name: "listen-address",
    seeds: ["none", "unix:/run/x/tracer.sock", "127.0.0.1:7777", "[::1]:7777"],
    parse: (input) => parseListenAddress(input.toString()),
  },
  {
    name: "init-address",
    seeds: ["127.0.0.1:56123", "localhost:1", "[::1]:56123"],
    parse: (input) => parseInitAddress(input.toString()),
  },
  { name: "init-body", seeds: ["4026531836", " 4026532001\n"], parse: parseInitBody },
  {
    name: "label-flags",
    seeds: ["username=jessie", "username=jessie,workspace_name=main", 'a="b,c",d=e'],
    parse: (input) => parseLabelFlags(input.toString().split("\n")),
  },
  {
    name: "duration",
    seeds: ["15m", "1h30m", "1.5s", "300ms"],
    parse: (input) => parseDuration(input.toString()),
  },
  {
    name: "kernel-version",
    seeds: ["5.8.0", "6.18.0-rc1+", "5.15.167.4-microsoft-standard-WSL2"],
    parse: (input) => parseKernelVersion(input.toString()),
  },
];
