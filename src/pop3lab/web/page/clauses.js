// Clauses of RFCs, as links to them.
import { element } from "./elements.js";

/** "RFC 1939 section 7", which leads there. */
export function clauseLink(clause) {
  const found = /RFC (\d+)(?: (?:section|s) (\d+(?:\.\d+)*))?/.exec(clause);
  if (!found) return clause;
  const part = found[2] ? `#section-${found[2]}` : "";
  return element(
    "a",
    {
      href: `https://www.rfc-editor.org/rfc/rfc${found[1]}${part}`,
      target: "_blank",
      rel: "noreferrer",
    },
    clause,
  );
}
