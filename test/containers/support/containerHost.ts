import { randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { TracedHost } from "../../service/support/tracedHost.ts";
import { Container } from "./container.ts";
import { ociConfig, type ContainerOptions } from "./ociConfig.ts";
import { makeBusyboxRoot, makeHostRoot } from "./rootFileSystem.ts";
import { Runc } from "./runc.ts";

/** A host that runs containers below the cgroup `traced.root`. `close` ends and removes all of it. */
export class ContainerHost {
  readonly traced = new TracedHost();
  readonly #directory = mkdtempSync(join(tmpdir(), "wpl-containers-"));
  readonly #runc = new Runc(join(this.#directory, "state"));
  readonly #containers: Container[] = [];

  constructor() {
    // Users of other user namespaces come through here.
    chmodSync(this.#directory, 0o755);
  }

  /** Path from the hierarchy's root of a cgroup below the test's own. */
  path(...components: string[]): string {
    return [this.traced.root, ...components].join("/");
  }

  /** Starts a container of the busybox image. */
  start(options: ContainerOptions): Container {
    const bundle = this.bundle(options);
    return this.#start(bundle);
  }

  /** Starts a container of an image with the host's programs. */
  startWithHostPrograms(options: ContainerOptions): Container {
    const bundle = this.#emptyBundle();
    const binds = makeHostRoot(join(bundle, "rootfs"));
    writeConfig(bundle, { ...options, binds: [...binds, ...(options.binds ?? [])] });
    return this.#start(bundle);
  }

  /** Makes the bundle of a container of the busybox image, for somebody else to start. */
  bundle(options: ContainerOptions): string {
    const bundle = this.#emptyBundle();
    makeBusyboxRoot(join(bundle, "rootfs"));
    writeConfig(bundle, options);
    return bundle;
  }

  async close(): Promise<void> {
    await Promise.all(this.#containers.map((container) => container.remove()));
    await this.traced.close();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #start(bundle: string): Container {
    const container = new Container(this.#runc, `wpl-test-${randomBytes(6).toString("hex")}`, bundle);
    this.#containers.push(container);
    return container;
  }

  #emptyBundle(): string {
    const bundle = join(this.#directory, randomBytes(6).toString("hex"));
    mkdirSync(join(bundle, "rootfs"), { recursive: true, mode: 0o755 });
    return bundle;
  }
}

function writeConfig(bundle: string, options: ContainerOptions): void {
  writeFileSync(join(bundle, "config.json"), JSON.stringify(ociConfig(options)));
}
