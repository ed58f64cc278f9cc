import { asObject, type Json } from "../../../../extension/cluster/api/json.ts";
import { ListItems } from "../../../../extension/cluster/api/listItems.ts";
import type { Wanted } from "../../../../extension/cluster/api/wantedParts.ts";

/** An object as it comes out of a list of which only this is wanted. */
export function pick(object: Json, wanted: Wanted): Json {
  let picked: Json | undefined;
  const list = new ListItems((item) => (picked = item), wanted);
  list.push(Buffer.from(JSON.stringify({ items: [object] })));
  return asObject(picked);
}
