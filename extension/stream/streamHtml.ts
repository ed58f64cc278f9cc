/** What the page of the process stream is made of. All are put into attributes, and come from the editor. */
export interface StreamHtmlOptions {
  /** Letters, digits, `+`, `/`; another one for each page. */
  readonly nonce: string;
  readonly cspSource: string;
  readonly scriptUri: string;
  readonly styleUri: string;
  readonly title: string;
  /** Language of the editor, such as `en`. */
  readonly language: string;
  /** The texts of the interface in that language; undefined: there are none, and the page is in English. */
  readonly texts: Readonly<Record<string, string>> | undefined;
}

/**
 * The page: nothing but one script with its nonce, one style sheet and its font; it can reach no network. The controls'
 * library reads the nonce of its own style element from the page.
 */
export function streamHtml(options: StreamHtmlOptions): string {
  const { nonce, cspSource, texts } = options;
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${cspSource} 'nonce-${nonce}'`,
    `font-src ${cspSource}`,
    "worker-src blob:",
    "img-src 'none'",
    "connect-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  return `<!DOCTYPE html>
<html lang="${attribute(texts === undefined ? "en" : options.language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${attribute(policy)}">
<meta property="csp-nonce" content="${attribute(nonce)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${attribute(options.title)}</title>
<link rel="stylesheet" href="${attribute(options.styleUri)}">
</head>
<body${texts === undefined ? "" : ` data-texts="${attribute(JSON.stringify(texts))}"`}>
<script nonce="${attribute(nonce)}" src="${attribute(options.scriptUri)}"></script>
</body>
</html>
`;
}

function attribute(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll('"', "&quot;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}
