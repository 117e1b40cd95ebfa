// The keyboard: one letter each, and none that the browser or a field needs.
import { showDialog } from "./dialog.js";
import { element } from "./elements.js";

const KEYS = [
  ["j", "next session, line, message or case"],
  ["k", "the one before"],
  ["Enter", "open it"],
  ["Esc", "back to where it was opened"],
  ["/", "search or filter"],
  ["f", "follow the newest line, or not"],
  ["n", "next violation or rule in the transcript"],
  ["?", "these keys"],
];

/** Passes keys to the view that is shown; "?" shows the keys. */
export function listenToKeys(view) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || document.querySelector("dialog[open]"))
      return;
    const inField = event.target.closest("input:not([type=checkbox]), textarea, select");
    if (inField && event.key !== "Escape") return;
    if (event.key === "?") showKeys();
    else if (!view()?.key?.(event.key)) return;
    event.preventDefault();
  });
}

export function showKeys() {
  const rows = KEYS.flatMap(([key, what]) => [
    element("dt", {}, element("kbd", {}, key)),
    element("dd", {}, what),
  ]);
  showDialog("Keys", element("dl", { class: "facts keys" }, ...rows));
}
