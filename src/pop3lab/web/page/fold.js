// Many lines in a row as one, which shows them when it is opened.
import { element } from "./elements.js";
import { count, size } from "./wording.js";

const MOST = 1000; // lines that are shown

export class Fold {
  #lines = [];
  #octets = 0;
  #summary = element("summary");
  #shown = element("ol");
  #details = element("details", {}, this.#summary, this.#shown);
  #itemOf;
  #onRows;
  element = element("li", { class: "fold" }, this.#details);

  /** itemOf: makes the element of a line. onRows: told how many more lines are in the document. */
  constructor(itemOf, onRows) {
    this.#itemOf = itemOf;
    this.#onRows = onRows;
    this.#details.addEventListener("toggle", () => this.#unfold());
  }

  /** The number of lines within. */
  get lines() {
    return this.#lines.length;
  }

  /** The number of them that are in the document. */
  get rows() {
    return this.#shown.childElementCount;
  }

  take(line) {
    this.#lines.push(line);
    this.#octets += line.octets;
    const beyond = this.lines > MOST ? `, the first ${count(MOST, "line")} here` : "";
    this.#summary.textContent = `${count(this.lines, "line")}, ${size(this.#octets)}${beyond}`;
    if (this.#details.open) this.#unfold();
  }

  holds(number) {
    return (
      this.lines > 0 &&
      this.#lines[0].number <= number &&
      number <= this.#lines[this.lines - 1].number
    );
  }

  open() {
    this.#details.open = true;
    this.#unfold();
  }

  #unfold() {
    if (!this.#details.open) return;
    const more = this.#lines.slice(this.rows, MOST);
    this.#shown.append(...more.map(this.#itemOf));
    this.#onRows(more.length);
  }
}
