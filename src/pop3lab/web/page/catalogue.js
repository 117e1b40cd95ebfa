// The list of behaviours with a search: each can be chosen, or armed at once.
import { button, element, replace } from "./elements.js";

export class Catalogue {
  #rows = [];
  #onChoose;
  #onArm;
  #field = element("input", {
    type: "search",
    placeholder: "Search: reset, uidl, slow, dot…",
    "aria-label": "Search behaviours",
  });
  #families = ["fault", "quirk", "attack"].map((family) =>
    button(`${family}s`, (event) => this.#only(event.target, family), { "aria-pressed": "false" }),
  );
  #list = element("ul", { class: "behaviours" });
  #none = element(
    "p",
    { class: "empty", hidden: true },
    "Nothing in the catalogue has all these words.",
  );
  #family = "";

  /** onChoose(behaviour) shows its fields; onArm(behaviour) arms it as it is offered. */
  constructor(onChoose, onArm) {
    this.#onChoose = onChoose;
    this.#onArm = onArm;
    this.#field.addEventListener("input", () => this.#show());
    const bar = element("div", { class: "bar row" }, this.#field, ...this.#families);
    this.element = element(
      "section",
      { class: "catalogue", "aria-label": "Catalogue" },
      bar,
      element(
        "div",
        { class: "scroll-list", tabindex: "0", role: "region", "aria-label": "Behaviours" },
        this.#list,
        this.#none,
      ),
    );
  }

  show(behaviours) {
    this.#rows = behaviours.map((behaviour) => ({
      behaviour,
      item: this.#item(behaviour),
      text: `${behaviour.name} ${behaviour.family} ${behaviour.category} ${behaviour.meaning}`.toLowerCase(),
    }));
    replace(
      this.#list,
      this.#rows.map((row) => row.item),
    );
    this.#show();
  }

  /** Marks the behaviour that is chosen. */
  mark(name) {
    for (const { behaviour, item } of this.#rows)
      item.classList.toggle("current", behaviour.name === name);
  }

  search() {
    this.#field.select();
  }

  /** Moves the focus so many behaviours down. */
  move(by) {
    const names = [...this.#list.querySelectorAll("li:not([hidden]) .name")];
    const at = names.indexOf(document.activeElement);
    const next = names[Math.min(Math.max(at + by, 0), names.length - 1)];
    next?.focus();
    return next;
  }

  #item(behaviour) {
    const name = button(behaviour.name, () => this.#onChoose(behaviour), { class: "name" });
    const arm = button("Arm", () => this.#onArm(behaviour), {
      class: "changes",
      "aria-label": `Arm ${behaviour.name}`,
    });
    return element(
      "li",
      {},
      element(
        "div",
        {},
        element("p", {}, name, element("small", { class: "family" }, behaviour.family)),
        element("p", { class: "faint" }, behaviour.meaning),
      ),
      arm,
    );
  }

  #only(button, family) {
    this.#family = this.#family === family ? "" : family;
    for (const each of this.#families)
      each.setAttribute("aria-pressed", each === button && this.#family !== "");
    this.#show();
  }

  #show() {
    const words = this.#field.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const { behaviour, item, text } of this.#rows) {
      item.hidden = !(
        words.every((word) => text.includes(word)) &&
        (!this.#family || behaviour.family === this.#family)
      );
      shown += item.hidden ? 0 : 1;
    }
    this.#none.hidden = shown > 0 || this.#rows.length === 0;
  }
}
