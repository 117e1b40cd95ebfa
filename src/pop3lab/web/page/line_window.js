// The part of a transcript that the document has: the newest lines, or those around one that is wanted.
import * as api from "./api.js";
import { button, element, problem, replace } from "./elements.js";
import { Lines, MOST } from "./transcript_lines.js";
import { count } from "./wording.js";

const NEAR_END = 40; // pixels

export class LineWindow {
  element = element("div", {
    class: "scroll",
    tabindex: "0",
    role: "region",
    "aria-label": "Lines",
  });
  #number;
  #clauses;
  #onFollow;
  #follows = true;
  #lines = null;
  #known = 0; // the number of the last line that is shown
  #total = 0; // lines that the server has
  #goal = 0; // the line that is wanted; 0 for the newest
  #asked = 0;
  #waiting = []; // lines that come while others are loaded
  #arrived = []; // lines for the next frame
  #frame = 0;
  #earlier = leftOut("Show earlier lines", () => this.#loadAt(this.#known - this.#lines.lines));
  #later = leftOut("Show the newest lines", () => this.#loadAt(0));

  /** clauses: gives the clause of a violation by its id. onFollow: told whether the newest line is followed. */
  constructor(number, clauses, onFollow) {
    this.#number = number;
    this.#clauses = clauses;
    this.#onFollow = onFollow;
    this.element.addEventListener("scroll", () => this.#scrolled(), { passive: true });
  }

  /** Loads the lines anew. */
  async load() {
    const asked = (this.#asked += 1);
    this.#waiting = [];
    try {
      const part = await this.#part();
      if (asked === this.#asked) this.#show(part);
    } catch (error) {
      if (asked === this.#asked) replace(this.element, problem(error));
    }
  }

  /** Takes a line of this session that has just come. */
  take(data) {
    if (this.#waiting) this.#waiting.push(data);
    else if (this.#later.any) this.#tellLater(data.line);
    else {
      this.#arrived.push(api.lineOf(data));
      this.#frame ||= requestAnimationFrame(() => this.#showArrived());
    }
  }

  close() {
    cancelAnimationFrame(this.#frame);
  }

  /** Marks a line and brings it into view; 0 for none. */
  goTo(line) {
    this.#goal = line;
    if (line && this.#lines && !this.#lines.find(line)) this.load();
    else if (!this.#waiting) this.#showGoal();
  }

  /** Stays at the newest line from now on, or no longer. */
  follow(on = !this.#follows) {
    this.#follows = on;
    this.#onFollow(on);
    if (on) this.#toEnd();
  }

  /** Moves the focus so many lines down. */
  move(by) {
    const all = this.element.querySelectorAll("li[data-line], li.fold summary");
    const items = [...all].filter((item) => item.offsetParent);
    const at = items.indexOf(document.activeElement);
    const first = by > 0 ? 0 : items.length - 1;
    items[at < 0 ? first : Math.min(Math.max(at + by, 0), items.length - 1)]?.focus();
  }

  /** Moves the focus to the next violation or rule. */
  moveToMark() {
    const items = [...this.element.querySelectorAll("li.violation, li.rule")];
    if (items.length === 0) return;
    this.follow(false);
    items[(items.indexOf(document.activeElement) + 1) % items.length].focus();
  }

  /** The lines around the goal, or the last ones. */
  async #part() {
    const from = Math.max(0, this.#goal - MOST / 2);
    const part = await api.transcript(this.#number, from);
    if (this.#goal || part.total <= MOST) return { ...part, from };
    const last = part.total - MOST;
    return { ...(await api.transcript(this.#number, last)), from: last };
  }

  #show({ lines, from, total }) {
    this.#lines = new Lines(this.#number, this.#clauses);
    replace(this.element, this.#earlier.element, this.#lines.element, this.#later.element);
    this.#known = from;
    this.#total = 0;
    this.#append(lines);
    this.#tellLater(total);
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting.forEach((data) => this.take(data));
    this.#showGoal();
  }

  #showGoal() {
    this.#lines.element.querySelector(".here")?.classList.remove("here");
    const line = this.#goal && this.#lines.find(this.#goal);
    if (line) {
      this.follow(false);
      line.classList.add("here");
      line.scrollIntoView({ block: "center" });
      line.focus({ preventScroll: true });
    } else if (this.#follows) this.#toEnd();
  }

  #showArrived() {
    this.#frame = 0;
    this.#append(this.#arrived.splice(0));
    if (this.#follows) this.#toEnd();
  }

  #append(lines) {
    const fresh = lines.filter((line) => line.number > this.#known);
    if (!fresh.length) return;
    this.#known = fresh[fresh.length - 1].number;
    this.#lines.append(fresh);
    this.#earlier.show(this.#known - this.#lines.lines, "earlier line");
  }

  #tellLater(total) {
    this.#total = Math.max(this.#total, total);
    this.#later.show(this.#total - this.#known, "later line");
  }

  #loadAt(line) {
    this.#goal = line;
    if (!line) this.follow(true);
    return this.load();
  }

  #toEnd() {
    this.element.scrollTop = this.element.scrollHeight;
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.element;
    const atEnd = scrollHeight - scrollTop - clientHeight < NEAR_END;
    if (atEnd === this.#follows) return;
    this.#follows = atEnd;
    this.#onFollow(atEnd);
  }
}

/** Tells of lines that the document does not have, with a button that shows them. */
function leftOut(word, act) {
  const told = document.createTextNode("");
  const paragraph = element("p", { class: "earlier", hidden: true }, told, " ", button(word, act));
  return {
    element: paragraph,
    get any() {
      return !paragraph.hidden;
    },
    show(many, what) {
      paragraph.hidden = many <= 0;
      told.data = `${count(many, what)} left out here.`;
    },
  };
}
