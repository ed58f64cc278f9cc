/** Hands the value of JSON text on; what is no JSON is nothing to these targets. */
export function parsedJson(parse: (value: unknown) => unknown): (input: Buffer) => unknown {
  return (input) => {
    let value: unknown;
    try {
      value = JSON.parse(input.toString());
    } catch {
      return undefined;
    }
    return parse(value);
  };
}
