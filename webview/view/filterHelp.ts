import { expressionHelp } from "../filter/expressionHelp.ts";
import { element } from "./element.ts";
import { linkButton } from "./linkButton.ts";
import { t } from "../../protocol/text/translate.ts";

/** The filter's syntax, by example; `use` gets an example that was clicked. */
export function filterHelp(use: (example: string) => void): Node[] {
  const list = element("dl", "syntax");
  for (const { example, shows } of expressionHelp()) {
    const button = linkButton(example, () => {
      use(example);
    });
    list.append(
      element("dt", "", {}, [element("code", "", {}, [button])]),
      element("dd", "", { text: shows }),
    );
  }
  return [element("p", "", { text: t("All terms must match. Ancestors of a match stay, dimmed.") }), list];
}
