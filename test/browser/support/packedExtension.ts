import { join } from "node:path";
import { VSIX } from "../../../scripts/vsix.mjs";

/** The package that is tested: the one that was built last, unless `VSIX` names another one. */
export const PACKED_EXTENSION = process.env["VSIX"] ?? join(import.meta.dirname, "../../..", VSIX);
