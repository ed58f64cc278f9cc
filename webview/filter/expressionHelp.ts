import { t } from "../../protocol/text/translate.ts";

/** A term of the grammar by example, and which execs it shows. */
export interface ExampleTerm {
  readonly example: string;
  readonly shows: string;
}

/** The grammar of the filter box by example; docs/editor.md tells it in the same order. */
export function expressionHelp(): readonly ExampleTerm[] {
  return [
    { example: "curl example", shows: t("command line holds both words, in any case") },
    { example: '"rm -rf"', shows: t("command line holds this, blanks as they are") },
    {
      example: "-make",
      shows: t("without this, before any term; {0} in quotes looks for the dash", '"-la"'),
    },
    { example: "/get\\.[a-z]+/", shows: t("command line matches; /…/i in any case") },
    { example: "cmd:curl", shows: t("of this program; with a blank: of the command line") },
    { example: "comm:bash", shows: t("started by this program") },
    {
      example: "user:jessie workspace:main,docs",
      shows: t("of this user, in either workspace; * for any characters"),
    },
    { example: "cwd:/tmp", shows: t("in a directory with this in its path") },
    { example: "node:worker-* tty:pts0 container:4f2a", shows: t("on this machine, terminal, container") },
    { example: "pid:4242 uid:0 euid:>=1000", shows: t("with these numbers, as the host has them") },
    { example: "exit:!0 exit:SIGKILL,130", shows: t("ended with another status, or by a signal") },
    { example: "duration:>1s", shows: t("took longer: ms, s, m, h, d") },
    { example: "is:failed is:running is:ended", shows: t("in this state") },
    {
      example: "is:nested is:root is:gained",
      shows: t("in a container, as uid 0, with more privileges than before"),
    },
    { example: "is:script is:memfd is:deleted is:truncated", shows: t("with such a file or such arguments") },
    { example: "image:memfd,deleted", shows: t("whose file has no name") },
    { example: "source:kernel", shows: t("told by kernel, sidecar or file") },
    { example: "since:10m until:12:30", shows: t("begun in this time: 2h, 14:30, 2026-01-31T14:30Z") },
  ];
}
