// Sessions as they come, and the transcript of one beside them.
import { howToConnect } from "./connect.js";
import { button, element, replace } from "./elements.js";
import { address, go } from "./router.js";
import { has, SWITCHES, switched, wanted } from "./session_filter.js";
import { sessionTable } from "./session_table.js";
import { Transcript } from "./transcript.js";
import { count } from "./wording.js";

export class Sessions {
  title = "Sessions";
  #state;
  #table = sessionTable();
  #field = element("input", {
    type: "search",
    placeholder: "Filter: ann, user:ann, end:reset, tls",
    "aria-label": "Filter sessions",
  });
  #switches = SWITCHES.map((word) =>
    button(word, () => this.#filter(switched(this.#field.value, word))),
  );
  #many = element("p", { class: "faint push" });
  #beside = element("section", { class: "beside", "aria-label": "Transcript", hidden: true });
  #empty = element("div", { class: "empty text", hidden: true });
  #transcript = null;
  #current = 0;
  #query = "";

  constructor(state) {
    this.#state = state;
    const bar = element("div", { class: "bar row" }, this.#field, ...this.#switches, this.#many);
    const list = element(
      "section",
      { class: "list", "aria-label": "All sessions" },
      bar,
      this.#table.element,
      this.#empty,
    );
    this.element = element(
      "div",
      { class: "panes" },
      element("h1", { class: "hidden" }, "Sessions"),
      list,
      this.#beside,
    );
    this.#field.addEventListener("input", () => this.#filter(this.#field.value));
    this.listeners = {
      sessions: () => this.#show(),
      reloaded: () => this.#reloaded(),
      line: ({ detail }) => this.#transcript?.take(detail),
    };
  }

  /** Goes to a place: the session in its path, and the line and filter in its query. */
  update({ path, query }) {
    this.#query = query.get("filter") ?? "";
    if (document.activeElement !== this.#field) this.#field.value = this.#query;
    const number = Number(path[0]) || 0;
    if (number !== this.#current) this.#open(number);
    this.#transcript?.goTo(Number(query.get("line")) || 0);
    this.#show();
  }

  close() {
    this.#transcript?.close();
  }

  key(key) {
    const inTranscript = this.#beside.contains(document.activeElement);
    const acts = {
      j: () => (inTranscript ? this.#transcript.move(1) : this.#table.move(1)),
      k: () => (inTranscript ? this.#transcript.move(-1) : this.#table.move(-1)),
      n: () => this.#transcript?.moveToMark(),
      f: () => this.#transcript?.follow(),
      "/": () => this.#field.select(),
      Escape: () => this.#leave(),
    };
    acts[key]?.();
    return key in acts;
  }

  #leave() {
    const left = this.#current;
    if (document.activeElement === this.#field) this.#field.blur();
    else if (left) {
      go(address("sessions", [], { filter: this.#query }));
      requestAnimationFrame(() => this.#table.focus(left));
    }
  }

  #open(number) {
    this.#current = number;
    this.#transcript?.close();
    this.#transcript = number ? new Transcript(this.#state, number, () => this.#leave()) : null;
    replace(this.#beside, this.#transcript?.element);
    this.#beside.hidden = !number;
    this.element.classList.toggle("two", number > 0);
    this.#table.mark(number || null);
  }

  #filter(text) {
    this.#query = text.trim();
    if (this.#field.value.trim() !== this.#query) this.#field.value = text;
    go(address("sessions", this.#current ? [this.#current] : [], { filter: this.#query }), true);
  }

  #reloaded() {
    this.#empty.dataset.kind = ""; // the server may be another, at another port
    this.#show();
    this.#transcript?.reload();
  }

  #show() {
    const all = this.#state.newest();
    const rows = this.#query ? all.filter(wanted(this.#query)) : all;
    this.#table.show(rows);
    this.#transcript?.showFacts();
    this.#switches.forEach((button, index) =>
      button.setAttribute("aria-pressed", has(this.#query, SWITCHES[index])),
    );
    this.#many.textContent =
      rows.length === all.length
        ? count(all.length, "session")
        : `${rows.length} of ${count(all.length, "session")}`;
    this.#showEmpty(all.length, rows.length);
  }

  #showEmpty(all, shown) {
    const kind = shown ? "" : all ? "none" : "empty";
    this.#empty.hidden = shown > 0 || !this.#state.about;
    this.#table.element.hidden = shown === 0;
    if (this.#empty.dataset.kind === kind || this.#empty.hidden) return;
    this.#empty.dataset.kind = kind;
    if (kind === "none")
      replace(
        this.#empty,
        element("h2", {}, "No session fits the filter"),
        element("p", {}, "Take a word out of it, or press a switch again."),
      );
    if (kind === "empty")
      replace(
        this.#empty,
        element("h2", {}, "No session yet"),
        element("p", {}, "Let a client connect. It appears here at once."),
        ...howToConnect(this.#state.about),
      );
  }
}
