import { parseClientMessage } from "../../../protocol/clientMessage.ts";
import { parseEventsQuery } from "../../../tracer-service/api/eventsQuery.ts";
import { parseListenAddress } from "../../../tracer-service/api/listenAddress.ts";
import { parseRequestTarget } from "../../../tracer-service/api/requestTarget.ts";
import { parseStreamQuery } from "../../../tracer-service/api/streamQuery.ts";
import { parseMoment } from "../../../tracer-service/commands/options/parseMoment.ts";
import { parseDuration } from "../../../tracer-service/exectrace/duration.ts";
import { parseInitAddress } from "../../../tracer-service/exectrace/initAddress.ts";
import { parseInitBody } from "../../../tracer-service/exectrace/initRequest.ts";
import { parseLabelFlags } from "../../../tracer-service/exectrace/labelFlag.ts";
import { compileCommandPattern } from "../../../tracer-service/history/commandPattern.ts";
import { parseRules } from "../../../tracer-service/identity/rulesFile.ts";
import { parseRedactionRules } from "../../../tracer-service/redaction/redactionFile.ts";
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
    name: "moment",
    seeds: ["12h", "90m", "2026-02-28", "2026-02-28T20:29:38.038452202Z", "2026-02-28T20:29:38+01:00"],
    words: ["Z", "T", "-", ":", ".", "+00:00", "0000", "9999", "d", "h", "m"],
    parse: (input) => parseMoment(input.toString(), "--since", Date.UTC(2026, 0, 31)),
  },
  {
    name: "events-query",
    seeds: [
      "username=jessie&workspace=bob/main&from=2026-01-01T00:00:00Z&until=2026-01-02&order=newest&limit=20",
      "grep=rm%20-rf&after=5",
      "regex=%5Ecurl.*%5C.com%24&before=9",
    ],
    words: ["grep=", "regex=", "from=", "until=", "after=", "before=", "order=", "limit=", "(?i)", "%5B"],
    parse: (input) => {
      const { pattern } = parseEventsQuery(new URLSearchParams(input.toString()));
      return pattern && compileCommandPattern(pattern).matches("curl a.com");
    },
  },
  {
    name: "redaction-rules",
    seeds: [
      "presets: true\nrules:\n  - name: ticket\n    pattern: 'TICKET-([0-9]+)'\n  - name: pin\n    after: '^--pin$'\n",
    ],
    words: ["rules:", "- name:", "pattern:", "after:", "presets:", "(?:", "{1,1000}", "*a", "&a"],
    parse: (input) => parseRedactionRules("redact.yaml", input.toString()),
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
