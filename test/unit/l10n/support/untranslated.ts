import ts from "typescript";

/** Two words in a row, as sentences have them: names, keys, paths and flags have none. */
const SENTENCE = /\p{Ll}{2,}[,:]? (?:\p{L}+ ?){1,}/u;

const TRANSLATES = /(?:^|\.)t$/;
/** These write the log, in English. */
const LOGS = /(?:^|\.)(?:log|log\.error|report|onProblem)$/;

/** The sentences in the strings of a source that neither go through `t` nor to the log. */
export function untranslated(source: string): string[] {
  const file = ts.createSourceFile("source.ts", source, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isLiteralTypeNode(node)) return;
    if (ts.isCallExpression(node)) {
      const called = node.expression.getText();
      if (LOGS.test(called)) return;
      if (TRANSLATES.test(called)) {
        node.arguments.slice(1).forEach(visit);
        return;
      }
    }
    const text = textOf(node);
    if (text !== undefined && SENTENCE.test(text)) found.push(text);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** A string as people would read it, `{}` for each value in it. */
function textOf(node: ts.Node): string | undefined {
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return node.text;
  if (!ts.isTemplateExpression(node)) return undefined;
  return node.head.text + node.templateSpans.map(({ literal }) => `{}${literal.text}`).join("");
}
