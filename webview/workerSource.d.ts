/** Text of the bundled worker, put here by the build. */
declare module "worker-source" {
  const source: string;
  export default source;
}
