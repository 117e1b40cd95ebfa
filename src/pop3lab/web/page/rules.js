// Rules: search in the catalogue, arm with one click, see what is armed and how often it took effect.
import * as api from "./api.js";
import { Catalogue } from "./catalogue.js";
import { Composer } from "./composer.js";
import { button, element, problem, replace } from "./elements.js";
import { address, go } from "./router.js";
import { offered, ruleText } from "./rule_text.js";
import { count } from "./wording.js";

export class Rules {
  title = "Rules";
  #state;
  #behaviours = new Map();
  #loading;
  #catalogue = new Catalogue(
    (behaviour) => go(address("rules", [behaviour.name])),
    (behaviour) => this.#armNow(behaviour),
  );
  #composer = new Composer(() => this.#state.askRules());
  #armed = element("section", { class: "armed-list", "aria-label": "In force" });

  constructor(state) {
    this.#state = state;
    this.element = element(
      "div",
      { class: "rules" },
      element("h1", { class: "hidden" }, "Rules"),
      element("div", { class: "rules-side" }, this.#composer.element, this.#armed),
      this.#catalogue.element,
    );
    this.listeners = { rules: () => this.#showArmed(), reloaded: () => this.#load() };
    this.#load();
    this.#showArmed();
  }

  /** Chooses the behaviour that the place names. */
  async update({ path }) {
    await this.#loading;
    const chosen = this.#behaviours.get(path[0]);
    this.#catalogue.mark(path[0]);
    if (chosen) this.#composer.choose(chosen);
  }

  key(key) {
    const acts = {
      j: () => this.#catalogue.move(1),
      k: () => this.#catalogue.move(-1),
      "/": () => this.#catalogue.search(),
      Escape: () => document.activeElement.blur(),
    };
    acts[key]?.();
    return key in acts;
  }

  #load() {
    if (this.#behaviours.size) return;
    this.#loading = api
      .behaviours()
      .then((rows) => {
        this.#behaviours = new Map(rows.map((row) => [row.name, row]));
        this.#catalogue.show(rows);
      })
      .catch(() => {}); // it is asked for again, when the server is back
  }

  async #armNow(behaviour) {
    this.#composer.choose(behaviour);
    this.#composer.write(ruleText(behaviour, offered(behaviour)));
    await this.#composer.arm();
  }

  #showArmed() {
    const rows = this.#state.rules;
    const clear = button("Remove all", () => this.#removeAll(), { class: "danger push changes" });
    const own = rows.some((rule) => !rule.ofProfile);
    replace(
      this.#armed,
      element("div", { class: "row" }, element("h2", {}, "In force"), own && clear),
      rows.length > 0
        ? element(
            "ul",
            {},
            rows.map((rule) => this.#row(rule)),
          )
        : element("p", { class: "faint" }, "Nothing: the server goes by the RFCs."),
    );
  }

  #row(rule) {
    const remove = button("Remove", () => this.#remove(rule), {
      class: "danger changes",
      "aria-label": `Remove the rule ${rule.text}`,
    });
    return element(
      "li",
      {},
      element(
        "div",
        {},
        element("code", {}, rule.text),
        element("p", { class: "faint" }, rule.meaning),
      ),
      element("b", {}, count(rule.hits, "hit")),
      rule.ofProfile ? element("small", {}, "of the profile") : remove,
    );
  }

  async #remove(rule) {
    await this.#attempt(() => api.disarm(rule.id));
  }

  async #removeAll() {
    await this.#attempt(() => api.disarmAll());
  }

  async #attempt(act) {
    try {
      await act();
      this.#state.askRules();
    } catch (error) {
      this.#armed.append(problem(error));
    }
  }
}
