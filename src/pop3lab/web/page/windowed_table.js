// A table of any length, of which only the rows that can be seen are in the document.
import { element } from "./elements.js";

const SPARE = 12; // rows above and below those that can be seen

/**
 * columns: [head, classes, text of a row, further classes of a row]; the second column is the link to it.
 * key: gives what names a row. href: gives its address. onRows: told which rows are in the document.
 */
export class WindowedTable {
  #columns;
  #key;
  #href;
  #rows = [];
  #shown = new Map(); // elements by key
  #body = element("tbody");
  #above = spacer();
  #below = spacer();
  #table;
  #current = null;
  #height = 28;
  #onRows;

  constructor(label, columns, { key, href, onRows = () => {} }) {
    this.#columns = columns;
    this.#key = key;
    this.#href = href;
    this.#onRows = onRows;
    const heads = columns.map(([name, kind]) => element("th", { class: kind, scope: "col" }, name));
    this.#table = element(
      "table",
      {},
      element("thead", {}, element("tr", {}, ...heads)),
      this.#above,
      this.#body,
      this.#below,
    );
    this.element = element(
      "div",
      { class: "table", role: "region", "aria-label": label, tabindex: "0" },
      this.#table,
    );
    this.element.addEventListener("scroll", () => this.#draw(), { passive: true });
    this.#body.addEventListener("click", (event) => {
      if (!event.target.closest("a")) event.target.closest("tr")?.querySelector("a").click();
    });
    new ResizeObserver(() => this.#draw()).observe(this.element);
  }

  /** Shows these rows. What one reads stays where it is, when others come above it. */
  show(rows) {
    const come = this.#rows.length
      ? rows.findIndex((row) => this.#key(row) === this.#key(this.#rows[0]))
      : 0;
    this.#rows = rows;
    this.#table.setAttribute("aria-rowcount", rows.length + 1);
    const scrolled = this.element.scrollTop;
    this.#draw();
    if (come > 0 && scrolled > this.#height) {
      this.element.scrollTop = scrolled + come * this.#height;
      this.#draw();
    }
  }

  /** Shows the rows anew, of which something has changed. */
  refresh() {
    this.#draw();
  }

  /** Marks the row that is open beside the table; null for none. */
  mark(key) {
    this.#current = key;
    this.#draw();
  }

  /** Moves the focus to the row so many below the one that has it, or that is marked. */
  move(by) {
    const from = this.#at(this.#focused());
    const to = from < 0 ? 0 : Math.min(Math.max(from + by, 0), this.#rows.length - 1);
    if (this.#rows[to]) this.focus(this.#key(this.#rows[to]));
  }

  /** Gives the focus to a row, wherever it is. */
  focus(key) {
    const at = this.#at(key);
    if (at < 0) return;
    const top = at * this.#height;
    const room = this.element.clientHeight - 2 * this.#height;
    if (top < this.element.scrollTop || top > this.element.scrollTop + room)
      this.element.scrollTop = top - room / 2;
    this.#draw();
    this.#shown.get(key)?.querySelector("a").focus({ preventScroll: true });
  }

  #at(key) {
    return this.#rows.findIndex((row) => this.#key(row) === key);
  }

  #focused() {
    for (const [key, row] of this.#shown) if (row.contains(document.activeElement)) return key;
    return this.#current;
  }

  #draw() {
    const first = Math.max(Math.floor(this.element.scrollTop / this.#height) - SPARE, 0);
    const last = Math.min(
      first + Math.ceil(this.element.clientHeight / this.#height) + 2 * SPARE,
      this.#rows.length,
    );
    const rows = this.#rows.slice(first, last);
    this.#drop(new Set(rows.map(this.#key)));
    rows.forEach((row, index) => this.#place(row, index, first + index));
    this.#above.firstChild.style.height = `${first * this.#height}px`;
    this.#below.firstChild.style.height = `${(this.#rows.length - last) * this.#height}px`;
    this.#onRows(rows);
    const measured = this.#body.firstElementChild?.getBoundingClientRect().height;
    if (measured) this.#height = measured;
  }

  #drop(stay) {
    for (const [key, row] of this.#shown) {
      if (stay.has(key)) continue;
      row.remove();
      this.#shown.delete(key);
    }
  }

  #place(facts, at, index) {
    const key = this.#key(facts);
    const row = this.#shown.get(key) ?? this.#made(facts);
    this.#shown.set(key, row);
    this.#columns.forEach(([, kind, text, more], column) => {
      const cell = row.children[column];
      say(column === 1 ? cell.firstChild : cell, text(facts));
      if (more) cell.className = `${kind} ${more(facts)}`;
    });
    row.classList.toggle("current", key === this.#current);
    row.setAttribute("aria-rowindex", index + 2);
    if (this.#body.children[at] !== row)
      this.#body.insertBefore(row, this.#body.children[at] ?? null);
  }

  #made(facts) {
    const cells = this.#columns.map(([, kind]) => element("td", { class: kind }));
    cells[1].append(element("a", { href: this.#href(facts) }));
    return element("tr", { "data-key": this.#key(facts) }, ...cells);
  }
}

function spacer() {
  return element("tbody", { "aria-hidden": "true", class: "space" }, element("tr"));
}

function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
