// A dialog over the page.
import { button, element } from "./elements.js";

/** Shows a dialog that is gone when it is closed; act: the button for which it is there, if there is one. */
export function showDialog(title, body, act = null) {
  const close = button(act ? "Cancel" : "Close", () => dialog.close(), {
    class: act ? null : "main",
  });
  const dialog = element(
    "dialog",
    { "aria-labelledby": "dialog-title" },
    element("h2", { id: "dialog-title" }, title),
    body,
    element("div", { class: "row" }, close, act),
  );
  document.body.append(dialog);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.showModal();
  return dialog;
}
