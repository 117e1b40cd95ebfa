// One rule: fields that write it, its text, which can be edited, and what is wrong with it.
import * as api from "./api.js";
import { button, chip, element, labelled, replace, select, sentence } from "./elements.js";
import { ALWAYS, offered, placeOf, ruleText, VERBS } from "./rule_text.js";

const PAUSE = 120; // milliseconds without a key until the text is checked

export class Composer {
  #onArmed;
  #behaviour = null;
  #text = element("textarea", {
    id: "rule",
    rows: "2",
    spellcheck: "false",
    autocapitalize: "off",
    "aria-describedby": "rule-said",
  });
  #said = element("p", { id: "rule-said", class: "said", role: "status" });
  #arm = button("Arm", () => this.arm(), { class: "main", disabled: true });
  #fields = element("div", { class: "composer-fields" });
  #timer = 0;
  #asked = 0;

  constructor(onArmed) {
    this.#onArmed = onArmed;
    this.#text.addEventListener("input", () => this.#checkSoon());
    this.#text.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey) return;
      event.preventDefault();
      this.arm();
    });
    this.element = element(
      "section",
      { class: "composer", "aria-label": "The rule" },
      this.#fields,
      labelled("Rule, as it will be armed", this.#text),
      this.#said,
      element(
        "div",
        { class: "row" },
        this.#arm,
        element("span", { class: "faint" }, "Enter arms it, too."),
      ),
    );
    this.#showNothing();
  }

  /** Shows the fields of a behaviour, filled as it is offered. */
  choose(behaviour) {
    this.#behaviour = behaviour;
    const given = offered(behaviour);
    const field = (name, value, attributes = {}) =>
      element("input", {
        name,
        value,
        size: "6",
        autocomplete: "off",
        spellcheck: "false",
        ...attributes,
      });
    const verb = select([[ALWAYS, "always"], ...VERBS.map((word) => [word])], { name: "verb" });
    verb.value = given.verb;
    const conditions = [
      labelled("When", verb),
      labelled("Message", field("argument", "", { placeholder: "any" })),
      labelled("From the nth on", field("nth", "", { placeholder: "every" })),
      labelled("Times", field("times", given.times, { placeholder: "no limit" })),
    ];
    const values = behaviour.parameters.map((parameter) =>
      labelled(parameter.name, valueField(parameter, given.values[parameter.name])),
    );
    replace(
      this.#fields,
      element(
        "div",
        {},
        element("h2", {}, behaviour.name, " ", chip(behaviour.family, behaviour.family)),
        element("p", {}, behaviour.meaning),
        behaviour.source && element("p", { class: "faint" }, `Seen at: ${behaviour.source}`),
      ),
      element("div", { class: "fields" }, ...conditions),
      values.length > 0 && element("div", { class: "fields" }, ...values),
    );
    this.#fields.oninput = () => this.#write();
    this.#write();
  }

  /** Puts a text there, as if it had been typed. */
  write(text) {
    this.#text.value = text;
    this.#check();
  }

  async arm() {
    const rule = this.#text.value.trim();
    if (!rule) return;
    try {
      await api.arm(rule);
      this.#say("Armed.", "well");
      this.#onArmed();
    } catch (error) {
      this.#showMistake(error.message);
    }
  }

  #showNothing() {
    replace(
      this.#fields,
      element("h2", {}, "Arm a rule"),
      element(
        "p",
        { class: "faint" },
        "A rule says when something happens, and what. Choose what from the catalogue, or write the rule here: ",
        element("code", {}, "RETR 2 times=1 -> cut-after 512 then=reset"),
        ".",
      ),
    );
  }

  #write() {
    const value = (name) => this.#fields.querySelector(`[name="${name}"]`).value.trim();
    const values = Object.fromEntries(
      this.#behaviour.parameters.map(({ name }) => [name, value(`value-${name}`)]),
    );
    this.write(
      ruleText(this.#behaviour, {
        verb: value("verb"),
        argument: value("argument"),
        nth: value("nth"),
        times: value("times"),
        values,
      }),
    );
  }

  #checkSoon() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#check(), PAUSE);
  }

  async #check() {
    const rule = this.#text.value.trim();
    const asked = (this.#asked += 1);
    this.#arm.disabled = !rule;
    if (!rule) {
      this.#say("");
      return;
    }
    const checked = await api
      .checkRule(rule)
      .catch((error) => ({ valid: false, detail: error.message }));
    if (asked !== this.#asked) return; // the text is another one by now
    if (checked.valid) this.#say("");
    else this.#showMistake(checked.detail);
  }

  /** Shows the text with the place of the mistake marked, and the sentence about it. */
  #showMistake(told) {
    const rule = this.#text.value.trim();
    const place = placeOf(rule, told);
    const marked =
      place &&
      element(
        "code",
        {},
        rule.slice(0, place[0]),
        element("mark", {}, rule.slice(...place) || "␣"),
        rule.slice(place[1]),
      );
    this.#say(element("span", { class: "mistake" }, sentence(told)), "", marked);
    this.#text.setAttribute("aria-invalid", "true");
    this.#arm.disabled = true;
  }

  #say(text, kind = "", ...more) {
    this.#text.removeAttribute("aria-invalid");
    this.#said.className = `said ${kind}`;
    replace(this.#said, ...more, text);
  }
}

function valueField({ name, kind, meaning, choices }, value) {
  const attributes = { name: `value-${name}`, title: `${meaning}: ${kind}` };
  if (choices.length === 0)
    return element("input", {
      ...attributes,
      value,
      size: Math.max(8, value.length),
      autocomplete: "off",
      spellcheck: "false",
    });
  const made = select(
    choices.map((word) => [word]),
    attributes,
  );
  made.value = value;
  return made;
}
