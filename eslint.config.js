import js from "@eslint/js";
import { defineConfig, globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";

const koffi = {
  name: "koffi",
  message: "Foreign calls stay in tracer-service/kernel/.",
};

/** A top-level folder and the other ones that its files must not import. */
const layers = {
  protocol: ["tracer-service", "extension", "webview", "test", "bench", "scripts"],
  "tracer-service": ["extension", "webview", "test", "bench", "scripts"],
  extension: ["tracer-service", "webview", "test", "bench", "scripts"],
  webview: ["tracer-service", "extension", "test", "bench", "scripts"],
  test: [],
  bench: ["test"],
};

function restrictImports(files, folders, paths) {
  const patterns = folders.map((folder) => ({
    regex: `^(\\.{1,2}/)+${folder}(/|$)`,
    message: `This folder does not know ${folder}/: see the layers in CONTRIBUTING.md.`,
  }));
  return { files, rules: { "no-restricted-imports": ["error", { paths, patterns }] } };
}

export default defineConfig(
  globalIgnores(["dist/", "coverage/"]),
  js.configs.recommended,
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      eqeqeq: "error",
    },
  },
  {
    files: ["**/*.{js,mjs}"],
    languageOptions: { globals: { process: "readonly" } },
    rules: { eqeqeq: "error" },
  },
  Object.entries(layers).map(([folder, others]) => restrictImports([`${folder}/**`], others, [koffi])),
  restrictImports(["tracer-service/kernel/**"], layers["tracer-service"], []),
);
