// Verdicts as chips: a symbol, a word and a colour, so that none of them is needed.
import { element } from "./elements.js";

const SYMBOLS = {
  pass: "✓",
  info: "i",
  warn: "!",
  fail: "✗",
  "not-applicable": "–",
  "not-reached": "○",
  unjudged: "?",
};

export function verdictChip(verdict) {
  const symbol = element("b", { "aria-hidden": "true" }, SYMBOLS[verdict] ?? "");
  return element("span", { class: `chip ${verdict}` }, symbol, ` ${verdict}`);
}
