// One message: its source as it is stored, or as RETR sends it.
import * as api from "./api.js";
import { button, element, problem, replace } from "./elements.js";
import { decoded, visible } from "./escapes.js";
import { address } from "./router.js";
import { octets } from "./wording.js";

const MOST = 262_144; // octets that are shown
const FORMS = [
  ["raw", "Source"],
  ["wire", "As sent"],
];
const TOLD = {
  raw: "As it is stored. Nothing is rendered.",
  wire: "As RETR sends it: with its line ends, doubled dots and the final dot.",
};

export class Message {
  element = element("article", { class: "message" });

  /** remove: asked to delete it. leave: asked to close it. */
  constructor(uid, form, user, { remove, leave }) {
    const close = { class: "quiet", "aria-label": "Close the message", title: "Close (Esc)" };
    const top = element(
      "div",
      { class: "row" },
      element("h2", {}, uid),
      element("span", { class: "push" }),
      ...FORMS.map(([name, word]) => formLink(name, word, name === form, uid, user)),
      element("a", { class: "button", href: api.rawAddress(uid, user), download: "" }, "Download"),
      button("Delete", remove, { class: "danger changes" }),
      button("✕", leave, close),
    );
    const told = element("p", { class: "faint" }, TOLD[form] ?? TOLD.raw);
    this.text = element("div", {
      class: "scroll",
      tabindex: "0",
      role: "region",
      "aria-label": "Text of the message",
    });
    this.element.append(element("header", {}, top, told), this.text);
    this.#load(uid, form, user);
  }

  async #load(uid, form, user) {
    try {
      const all = await api.messageOctets(uid, form, user);
      const shown = decoded(all.subarray(0, MOST));
      const lines = form === "wire" ? wireLines(shown) : visible(shown.replaceAll("\r\n", "\n"));
      const left = `The first ${octets(MOST)} of ${octets(all.length)}. Download it for the rest.`;
      const more = all.length > MOST && element("p", { class: "earlier" }, left);
      replace(this.text, element("pre", { class: "source" }, lines), more);
    } catch (error) {
      replace(this.text, problem(error));
    }
  }
}

function formLink(name, word, isShown, uid, user) {
  const href = address("maildrop", [uid], { form: name === "raw" ? "" : name, user });
  return element("a", { class: "button", href, "aria-current": isShown ? "true" : null }, word);
}

/** Lines with their ends, and the dots that were put before others. */
function wireLines(text) {
  const nodes = [];
  for (const [line, content, end] of text.matchAll(/([^\n]*?)(\r?\n|$)/g)) {
    if (!line) continue;
    const stuffed = content.startsWith("..");
    if (stuffed) nodes.push(element("mark", { title: "put there by dot-stuffing" }, "."));
    nodes.push(
      visible(stuffed ? content.slice(1) : content),
      element("i", {}, end.replace("\r", "\\r").replace("\n", "\\n")),
      "\n",
    );
  }
  return nodes;
}
