/** What a request asks for. */
export interface RequestTarget {
  readonly path: string;
  readonly query: URLSearchParams;
}

/** Reads the target of a request line; undefined unless it is a path with, perhaps, a query. */
export function parseRequestTarget(url: string): RequestTarget | undefined {
  if (!url.startsWith("/")) return undefined;
  const mark = url.indexOf("?");
  if (mark < 0) return { path: url, query: new URLSearchParams() };
  return { path: url.slice(0, mark), query: new URLSearchParams(url.slice(mark + 1)) };
}
