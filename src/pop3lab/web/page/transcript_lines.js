// The lines of a transcript: C and S, what the server did by rule, and violations, in their place.
import { clauseLink } from "./clauses.js";
import { element } from "./elements.js";
import { Fold } from "./fold.js";
import { address } from "./router.js";

export const MOST = 5000; // lines in the document; the rest stays with the server
const FOLDED = 6; // consecutive lines of the server, of which only the first is shown

const LETTERS = { client: "C", server: "S" };

export class Lines {
  #session;
  #clauses;
  #count = 0; // of lines in the document
  #folds = new Map(); // by their elements
  #run = null; // of lines of the server, which is the last there is
  lines = 0; // of the transcript that it stands for, those in folds too
  element = element("ol", { class: "lines" });

  /** clauses: gives the clause of a violation by its id. */
  constructor(session, clauses) {
    this.#session = session;
    this.#clauses = clauses;
  }

  append(lines) {
    for (const line of lines) this.#add(line);
    this.lines += lines.length;
    this.#trim();
  }

  /** The element of a line, out of its fold if it is in one. */
  find(number) {
    const found = this.element.querySelector(`[data-line="${number}"]`);
    if (found) return found;
    [...this.#folds.values()].find((fold) => fold.holds(number))?.open();
    return this.element.querySelector(`[data-line="${number}"]`);
  }

  #add(line) {
    if (line.who !== "server") {
      this.#run = null;
      this.#put(this.#item(line));
      return;
    }
    this.#run ??= { items: [], fold: null };
    if (this.#run.fold) {
      this.#run.fold.take(line);
      return;
    }
    const item = this.#item(line);
    this.#run.items.push([item, line]);
    this.#put(item);
    if (this.#run.items.length === FOLDED) this.#fold(this.#run);
  }

  #put(item) {
    this.element.append(item);
    this.#count += 1;
  }

  #fold(run) {
    run.fold = new Fold(
      (line) => this.#item(line),
      (more) => {
        this.#count += more;
      },
    );
    for (const [shown, line] of run.items.slice(1)) {
      shown.remove();
      this.#count -= 1;
      run.fold.take(line);
    }
    run.items = [];
    this.#folds.set(run.fold.element, run.fold);
    this.#put(run.fold.element);
  }

  #trim() {
    while (this.#count > MOST && this.element.firstElementChild !== this.element.lastElementChild) {
      const first = this.element.firstElementChild;
      const fold = this.#folds.get(first);
      this.#folds.delete(first);
      this.#count -= 1 + (fold?.rows ?? 0);
      this.lines -= fold?.lines ?? 1;
      first.remove();
    }
  }

  #item(line) {
    const at = element(
      "a",
      {
        href: address("sessions", [this.#session], { line: line.number }),
        tabindex: "-1",
        "aria-label": `Line ${line.number}`,
      },
      String(line.number),
    );
    const time = element("time", {}, line.seconds.toFixed(3));
    return element(
      "li",
      { class: line.kind, "data-line": line.number, tabindex: "-1" },
      at,
      time,
      ...this.#said(line),
    );
  }

  #said(line) {
    if (line.kind === "violation") return [this.#violation(line)];
    if (line.kind === "rule") return [card("Rule", element("code", {}, line.text))];
    if (line.kind === "note") return [element("i", {}, line.text)];
    return [element("b", {}, LETTERS[line.who]), element("code", {}, line.text)];
  }

  #violation(line) {
    const clause = this.#clauses(line.id);
    return card(
      "Violation",
      element("code", {}, line.id),
      ` ${line.text} `,
      clause && clauseLink(clause),
    );
  }
}

function card(name, ...children) {
  return element("div", { class: "card" }, element("strong", {}, name), " ", ...children);
}
