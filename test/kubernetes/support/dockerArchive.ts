import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Docker's and OCI's names of processors. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64" };

/** How an image's container starts. */
export interface ImageConfig {
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Env?: readonly string[];
}

/** Makes an image of one layer, which is what `root` holds, and writes it to `archive` as `docker save` does. */
export function writeDockerArchive(root: string, name: string, config: ImageConfig, archive: string): void {
  const directory = mkdtempSync(join(tmpdir(), "process-logging-image-"));
  try {
    mkdirSync(join(directory, "layer"));
    const layer = join(directory, "layer/layer.tar");
    // The same files make the same image, whoever owns them here and whenever they were written.
    const same = ["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner"];
    execFileSync("tar", ["-C", root, ...same, "-cf", layer, "."]);
    const digest = execFileSync("sha256sum", [layer], { encoding: "utf8" }).slice(0, 64);
    const image = JSON.stringify({
      architecture: ARCHITECTURES[process.arch],
      os: "linux",
      config,
      rootfs: { type: "layers", diff_ids: [`sha256:${digest}`] },
    });
    const configFile = `${createHash("sha256").update(image).digest("hex")}.json`;
    writeFileSync(join(directory, configFile), image);
    const manifest = [{ Config: configFile, RepoTags: [name], Layers: ["layer/layer.tar"] }];
    writeFileSync(join(directory, "manifest.json"), JSON.stringify(manifest));
    execFileSync("tar", ["-C", directory, "-cf", archive, "manifest.json", configFile, "layer"]);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
