// The head of the page: the views, the armed rules, and whether the page is up to date.
import * as api from "./api.js";
import { button, element, replace } from "./elements.js";
import { address } from "./router.js";
import { count } from "./wording.js";

const LIVE = { on: "live", off: "reconnecting", hidden: "paused" };
const GONE =
  "The server does not answer. The page shows what it last knew, and tries again each second.";
const READ = 10_000; // milliseconds that it takes to read a sentence
const SAID = 1000; // milliseconds between two announcements of counts

export class Head {
  #state;
  #armed = document.getElementById("armed");
  #banner = document.getElementById("banner");
  #counts = document.getElementById("counts");
  #live = document.getElementById("live");
  #timer = 0;

  constructor(state) {
    this.#state = state;
    state.addEventListener("rules", () => this.#showRules());
    state.addEventListener("sessions", () => this.#announce());
    state.addEventListener("state", () => this.#showState());
    state.addEventListener("missed", ({ detail }) => this.#tellMissed(detail));
    state.addEventListener("reloaded", () =>
      document.body.classList.toggle("read-only", state.about.read_only),
    );
    state.addEventListener("failed", ({ detail }) => this.say(detail.message));
  }

  /** Marks the view that is shown. */
  mark(view) {
    for (const link of document.querySelectorAll(".head nav a")) {
      const isCurrent = link.getAttribute("href") === address(view);
      if (isCurrent) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
  }

  #showRules() {
    const own = this.#state.rules.filter((rule) => !rule.ofProfile);
    this.#armed.hidden = own.length === 0;
    replace(
      this.#armed,
      element("span", { class: "faint" }, "Armed"),
      element(
        "ul",
        {},
        own.map((rule) => this.#rule(rule)),
      ),
    );
  }

  #rule(rule) {
    const remove = button("✕", () => this.#remove(rule), {
      class: "changes",
      "aria-label": `Remove ${rule.text}`,
      title: "Remove",
    });
    const code = element("code", { title: rule.meaning }, rule.text);
    const hits = element(
      "b",
      { title: `It took effect ${count(rule.hits, "time")}` },
      `${rule.hits}×`,
    );
    return element(
      "li",
      { class: rule.text.includes(" -> ") ? null : "always" },
      code,
      hits,
      remove,
    );
  }

  async #remove(rule) {
    await api.disarm(rule.id).catch((error) => this.say(error.message));
    this.#state.askRules();
  }

  #showState() {
    const { state } = this.#state;
    this.#live.textContent = LIVE[state];
    this.#live.className = `live ${state}`;
    if (state === "off" && this.#state.about) this.say(GONE);
    else if (this.#banner.textContent === GONE) this.say("");
  }

  #tellMissed(events) {
    const many = events === null ? "Events were missed" : `${count(events, "event")} missed`;
    this.say(
      `${many}, as too many came at once or the page was away for long. All sessions have been asked for anew.`,
      "mild",
    );
    setTimeout(() => this.#banner.className === "banner mild" && this.say(""), READ);
  }

  /** Says something above each view, until something else is to be said. */
  say(text, kind = "") {
    this.#banner.hidden = !text;
    this.#banner.className = `banner ${kind}`;
    this.#banner.textContent = text;
  }

  #announce() {
    this.#timer ||= setTimeout(() => {
      this.#timer = 0;
      const all = [...this.#state.sessions.values()];
      const open = all.filter((session) => session.open).length;
      const broken = all.filter((session) => session.violations).length;
      const text = `${count(all.length, "session")}, ${open} open, ${broken} with violations`;
      if (this.#counts.textContent !== text) this.#counts.textContent = text;
    }, SAID);
  }
}
