import { describe, expect, it } from "vitest";
import { streamHtml, type StreamHtmlOptions } from "../../../../extension/stream/streamHtml.ts";

const options: StreamHtmlOptions = {
  nonce: "bm9uY2U=",
  cspSource: "https://*.vscode-cdn.net",
  scriptUri: "https://file.vscode-cdn.net/dist/webview/main.js",
  styleUri: "https://file.vscode-cdn.net/dist/webview/main.css",
  title: "Process Stream",
  language: "en",
  texts: undefined,
};

function policy(html: string): Map<string, string> {
  const content = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1] ?? "";
  return new Map(
    content.split("; ").map((directive) => {
      const [name = "", ...values] = directive.split(" ");
      return [name, values.join(" ")];
    }),
  );
}

describe("streamHtml", () => {
  it("allows its script, its style sheet with its font, workers from blobs, and nothing else", () => {
    expect(Object.fromEntries(policy(streamHtml(options)))).toEqual({
      "default-src": "'none'",
      "script-src": "'nonce-bm9uY2U='",
      "style-src": "https://*.vscode-cdn.net 'nonce-bm9uY2U='",
      "font-src": "https://*.vscode-cdn.net",
      "worker-src": "blob:",
      "img-src": "'none'",
      "connect-src": "'none'",
      "base-uri": "'none'",
      "form-action": "'none'",
    });
  });

  it("has one script, with the nonce, and no inline script or style", () => {
    const html = streamHtml(options);
    expect(html.match(/<script[^>]*>[^<]*<\/script>/g)).toEqual([
      `<script nonce="bm9uY2U=" src="${options.scriptUri}"></script>`,
    ]);
    expect(html).not.toMatch(/<style|\son[a-z]+=|\sstyle=/);
  });

  it("gives the nonce to the controls' library", () => {
    expect(streamHtml(options)).toContain(`<meta property="csp-nonce" content="${options.nonce}">`);
  });

  it("names its language and title for screen readers", () => {
    expect(streamHtml({ ...options, language: "de", title: "Prozesse", texts: {} })).toMatch(
      /<html lang="de">[^]*<title>Prozesse<\/title>/,
    );
  });

  it("is in English where the editor's language has no texts", () => {
    expect(streamHtml({ ...options, language: "de" })).toContain('<html lang="en">');
    expect(streamHtml({ ...options, language: "de" })).not.toContain("data-texts");
  });

  it("holds the texts in the editor's language, whatever is in them", () => {
    const html = streamHtml({ ...options, texts: { 'a "b"': "<i>&</i>" } });
    expect(html).toContain(
      '<body data-texts="{&quot;a \\&quot;b\\&quot;&quot;:&quot;&lt;i&gt;&amp;&lt;/i&gt;&quot;}">',
    );
  });

  it("lets no value leave its attribute", () => {
    expect(streamHtml({ ...options, title: `<b>"&`, scriptUri: `x" onload="y` })).not.toMatch(
      /<b>|" onload="/,
    );
  });
});
