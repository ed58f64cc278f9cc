import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { KubeClient } from "../../../../tracer-service/kubernetes/kubeClient.ts";
import { KubeError } from "../../../../tracer-service/kubernetes/kubeError.ts";

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const directory = mkdtempSync(join(tmpdir(), "kubeclient-"));
let handler: Handler;
let server: Server;
let client: KubeClient;
let cert: Buffer;

beforeAll(async () => {
  const [keyFile, certFile] = [join(directory, "key"), join(directory, "cert")];
  execFileSync(
    "openssl",
    [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"],
      ...[
        "-subj",
        "/CN=test",
        "-addext",
        "subjectAltName=IP:127.0.0.1",
        "-keyout",
        keyFile,
        "-out",
        certFile,
      ],
    ],
    { stdio: "ignore" },
  );
  cert = readFileSync(certFile);
  server = createServer({ key: readFileSync(keyFile), cert }, (request, response) => {
    handler(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});

afterEach(() => {
  client.close();
});

afterAll(() => {
  server.close();
  server.closeAllConnections();
  rmSync(directory, { recursive: true });
});

function answering(next: Handler, ca: Buffer | undefined = cert): KubeClient {
  handler = next;
  client = new KubeClient({
    ...{ ca, cert: undefined, key: undefined, serverName: undefined, namespace: "ns" },
    server: new URL(`https://127.0.0.1:${String((server.address() as AddressInfo).port)}`),
    token: () => "the-token",
  });
  return client;
}

const collect = async (watch: AsyncGenerator): Promise<unknown[]> => {
  const all: unknown[] = [];
  for await (const each of watch) all.push(each);
  return all;
};

const never = new AbortController().signal;

describe("KubeClient", () => {
  it("sends the token and the body, and gives the answer", async () => {
    const answer = answering((request, response) => {
      let body = "";
      request.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
      request.once("end", () => {
        const { authorization, "content-type": type } = request.headers;
        response.end(JSON.stringify({ authorization, type, body, url: request.url, method: request.method }));
      });
    });
    expect(
      await answer.ask({
        method: "PATCH",
        path: "/a?b=1",
        body: { x: 1 },
        contentType: "application/merge-patch+json",
      }),
    ).toEqual({
      ...{ authorization: "Bearer the-token", type: "application/merge-patch+json" },
      ...{ body: '{"x":1}', url: "/a?b=1", method: "PATCH" },
    });
  });

  it("tells status, message and how long to wait of a refusal, in one line", async () => {
    const refusing = answering((_request, response) => {
      response.writeHead(429, { "Retry-After": "7" });
      response.end(JSON.stringify({ kind: "Status", message: "slow\ndown" }));
    });
    const error: unknown = await refusing
      .ask({ method: "GET", path: "/x?secret" })
      .catch((each: unknown) => each);
    expect(error).toBeInstanceOf(KubeError);
    expect(error).toMatchObject({
      ...{ message: "GET /x was answered 429: slow down", status: 429, retryAfterMs: 7000 },
    });
  });

  it("rejects when the connection is cut, when nothing is there, and for an unknown certificate", async () => {
    const cut = answering((request) => request.socket.destroy());
    await expect(cut.ask({ method: "GET", path: "/x" })).rejects.toThrow(/^GET \/x failed: /);
    client.close();
    const unknown = answering((_request, response) => response.end("{}"), Buffer.from(""));
    await expect(unknown.ask({ method: "GET", path: "/x" })).rejects.toThrow(/self-signed certificate/);
  });

  it("asks once more where the server closes a kept connection as it is used", async () => {
    let requests = 0;
    const closing = answering((request, response) => {
      requests++;
      if (requests === 2) request.socket.destroy();
      else response.end(String(requests));
    });
    expect(await closing.ask({ method: "GET", path: "/x" })).toBe(1);
    expect(await closing.ask({ method: "GET", path: "/x" })).toBe(3);
  });

  it("gives the objects of a watch as they come, also where they are split, until it ends", async () => {
    const watching = answering((_request, response) => {
      response.write('{"a":"ü');
      response.write('"}\n{"a":2}\n');
      response.end();
    });
    expect(await collect(watching.watch("/w", never, 10_000))).toEqual([{ a: "ü" }, { a: 2 }]);
  });

  it("reads the longest object that there can be, in a watch and in an answer, and says of more that it is too long", async () => {
    // 1.5 MB of what JSON has as six characters.
    const long = JSON.stringify({ a: "\\u003c".repeat(1_572_864) });
    const watching = answering((_request, response) => response.end(`${long}\n`));
    expect(await collect(watching.watch("/w", never, 10_000))).toHaveLength(1);
    client.close();
    const many = answering((_request, response) => response.end(`[${Array(4).fill(long).join(",")}]`));
    await expect(many.ask({ method: "GET", path: "/x" })).rejects.toMatchObject({ tooLong: true });
    client.close();
    const endless = answering((_request, response) => {
      response.write(long);
      response.write(long);
    });
    await expect(collect(endless.watch("/w", never, 10_000))).rejects.toThrow("a line is too long");
  });

  it("throws the status of a watch that is refused, and an error when one goes silent or breaks", async () => {
    const gone = answering((_request, response) => response.writeHead(410).end('{"message":"too old"}'));
    await expect(collect(gone.watch("/w", never, 10_000))).rejects.toMatchObject({ status: 410 });
    client.close();
    const silent = answering((_request, response) => response.write('{"a":1}\n'));
    await expect(collect(silent.watch("/w", never, 50))).rejects.toThrow(/nothing arrived for too long/);
    client.close();
    const broken = answering((request, response) => {
      response.write('{"a":1}\n', () => request.socket.destroy());
    });
    await expect(collect(broken.watch("/w", never, 10_000))).rejects.toThrow(/^GET \/w broke/);
  });
});
