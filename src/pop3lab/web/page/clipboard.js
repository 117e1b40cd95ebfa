// Copies text with one click, and says that it did.
import { element } from "./elements.js";

const SAID = 1500; // milliseconds for which "Copied" stands

/** A button that copies the text; it may be a function, which may take its time. */
export function copyButton(text, word = "Copy", name = word) {
  const button = element(
    "button",
    { type: "button", "aria-label": name === word ? null : name },
    word,
  );
  button.addEventListener("click", async () => {
    const wide = button.offsetWidth;
    try {
      await copy(await (typeof text === "function" ? text() : text));
      button.textContent = "Copied";
    } catch (error) {
      button.textContent = "Not copied";
      button.title = error.message;
    }
    button.style.minWidth = `${wide}px`;
    setTimeout(() => {
      button.textContent = word;
    }, SAID);
  });
  return button;
}

/** A line of code with a button that copies it. */
export function copyLine(text, name) {
  return element(
    "div",
    { class: "copies" },
    element("code", {}, text),
    copyButton(text, "Copy", `Copy ${name}`),
  );
}

async function copy(text) {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
    return;
  }
  copyOld(text); // pages from other hosts without TLS have no clipboard
}

function copyOld(text) {
  const field = element("textarea", { class: "hidden" });
  field.value = text;
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  if (!done) throw new Error("the browser does not let this page copy");
}
