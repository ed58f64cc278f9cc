/** The packed extension, from the repository's root. */
export const VSIX = "dist/workspace-process-logging.vsix";
