// The matrix: a row for each case, a column for each run.
import { element, replace } from "./elements.js";
import { address } from "./router.js";
import { verdictChip } from "./verdicts.js";

export class CaseTable {
  #head = element("thead");
  #body = element("tbody");
  #current = "";
  element = element(
    "div",
    { class: "table cases-table", role: "region", "aria-label": "Cases", tabindex: "0" },
    element("table", {}, this.#head, this.#body),
  );

  constructor() {
    this.#body.addEventListener("click", (event) => {
      if (!event.target.closest("a")) event.target.closest("tr")?.querySelector("a")?.click();
    });
  }

  /** Shows the cases that have all words of the text, with the verdicts of the runs; returns how many. */
  show(cases, runs, text) {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    const verdicts = runs.map((run) => new Map(run.verdicts.map((one) => [one.number, one])));
    const wanted = cases.filter((one) =>
      words.every((word) => textOf(one, verdicts).includes(word)),
    );
    const focused = document.activeElement?.closest?.("tr")?.dataset.number;
    const names = ["Case", "", "Situation", ...runs.map((run) => run.client)];
    replace(
      this.#head,
      element(
        "tr",
        {},
        names.map((name) => element("th", { scope: "col" }, name || hidden("Id"))),
      ),
    );
    let group = "";
    const rows = wanted.flatMap((one) => {
      const title = one.group !== group && groupRow(one.group, names.length);
      group = one.group;
      return title ? [title, this.#row(one, verdicts)] : [this.#row(one, verdicts)];
    });
    replace(this.#body, rows);
    if (focused) this.focus(focused);
    return wanted.length;
  }

  /** Marks the case that is shown beside the table. */
  mark(number) {
    this.#current = number;
    for (const row of this.#body.rows)
      row.classList.toggle("current", row.dataset.number === number);
  }

  focus(number) {
    this.#body.querySelector(`tr[data-number="${CSS.escape(number)}"] a`)?.focus();
  }

  move(by) {
    const links = [...this.#body.querySelectorAll("a")];
    const from = links.findIndex(
      (link) =>
        link === document.activeElement || link.closest("tr").dataset.number === this.#current,
    );
    links[from < 0 ? 0 : Math.min(Math.max(from + by, 0), links.length - 1)]?.focus();
  }

  #row(one, verdicts) {
    const link = element("a", { href: address("cases", [one.number]) }, one.number);
    const cells = verdicts
      .map((known) => known.get(one.number))
      .map((found) => element("td", { class: "verdict" }, found && verdictChip(found.verdict)));
    const row = element(
      "tr",
      { "data-key": one.number, "data-number": one.number },
      element("td", { class: "case-number" }, link),
      element("td", { class: "id" }, element("code", {}, one.id)),
      element("td", { class: "situation" }, one.situation),
      ...cells,
    );
    row.classList.toggle("current", one.number === this.#current);
    return row;
  }
}

function textOf(one, verdicts) {
  const said = verdicts.map((known) => known.get(one.number)?.verdict ?? "");
  return `${one.number} ${one.id} ${one.situation} ${said.join(" ")}`.toLowerCase();
}

function groupRow(group, columns) {
  return element(
    "tr",
    { class: "group" },
    element("th", { colspan: columns, scope: "rowgroup" }, group),
  );
}

function hidden(text) {
  return element("span", { class: "hidden" }, text);
}
