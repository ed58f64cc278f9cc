/** Whether a reader may see what belongs to a namespace; undefined: what belongs to none, such as the node's own losses. */
export type Visibility = (namespace: string | undefined) => boolean;

/** Of who may see all. */
export const seesAll: Visibility = () => true;
