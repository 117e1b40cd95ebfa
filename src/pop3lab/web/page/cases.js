// The cases that try a client: what each is, and the verdicts of all runs as they fall.
import * as api from "./api.js";
import { ByHand } from "./by_hand.js";
import { CaseTable } from "./case_table.js";
import { clauseLink } from "./clauses.js";
import { copyLine } from "./clipboard.js";
import { showDialog } from "./dialog.js";
import { button, element, labelled, problem, replace } from "./elements.js";
import { address, go } from "./router.js";
import { verdictChip } from "./verdicts.js";
import { count } from "./wording.js";

const BY_HAND = "pop3lab check --by-hand --web";

export class Cases {
  title = "Cases";
  #cases = new Map(); // by number
  #runs = new Map();
  #current = "";
  #table = new CaseTable();
  #field = element("input", {
    type: "search",
    placeholder: "Search: retr, dot, 11., fail",
    "aria-label": "Search cases",
  });
  #many = element("p", { class: "faint push" });
  #told = element("div");
  #byHand = new ByHand((error) => replace(this.#told, problem(error)));
  #beside = element("section", { class: "beside", "aria-label": "Case", hidden: true });
  #start = button("Start by hand", () => this.#choose(), { class: "main changes" });

  constructor(state) {
    this.#field.addEventListener("input", () => this.#showCases());
    const bar = element("div", { class: "bar row" }, this.#field, this.#start, this.#many);
    const label = { class: "list", "aria-label": "All cases" };
    const list = element("section", label, bar, this.#told, this.#table.element);
    const panes = element("div", { class: "panes" }, list, this.#beside);
    const heading = element("h1", { class: "hidden" }, "Cases");
    this.element = element("div", { class: "cases" }, heading, this.#byHand.element, panes);
    this.listeners = {
      run: ({ detail }) => this.#takeRun(detail),
      verdict: ({ detail }) => this.#takeVerdict(detail),
      reloaded: () => this.#load(),
    };
    if (state.about) this.#load();
  }

  /** Goes to a place: the number of the case in its path. */
  update({ path }) {
    this.#current = path[0] ?? "";
    this.#showCurrent();
  }

  key(key) {
    const acts = {
      j: () => this.#table.move(1),
      k: () => this.#table.move(-1),
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
      go(address("cases"));
      requestAnimationFrame(() => this.#table.focus(left));
    }
  }

  async #load() {
    const known = new Map(this.#runs); // what events tell meanwhile is newer than the answer
    try {
      const [cases, runs] = await Promise.all([api.cases(), api.runs()]);
      this.#cases = new Map(cases.map((one) => [one.number, one]));
      for (const run of runs)
        if (this.#runs.get(run.run) === known.get(run.run)) this.#runs.set(run.run, run);
      this.#showRuns();
    } catch (error) {
      if (error.status !== 0) replace(this.#told, problem(error));
    }
  }

  #takeRun(run) {
    this.#runs.set(run.run, run);
    this.#showRuns();
  }

  #takeVerdict(verdict) {
    const run = this.#runs.get(verdict.run);
    if (!run || run.verdicts.some((known) => known.case === verdict.case)) return;
    run.verdicts.push(verdict);
    this.#showRuns();
  }

  #showRuns() {
    const runs = [...this.#runs.values()];
    const led = runs.find((run) => run.state !== "done" && run.kind === "by hand");
    this.#byHand.show(led ?? runs.findLast((run) => run.kind === "by hand"));
    this.#start.hidden = led !== undefined;
    this.#showCases();
    this.#showCurrent();
  }

  #showCases() {
    const runs = [...this.#runs.values()];
    const shown = this.#table.show([...this.#cases.values()], runs, this.#field.value);
    const all = count(this.#cases.size, "case");
    this.#many.textContent = shown === this.#cases.size ? all : `${shown} of ${all}`;
  }

  #showCurrent() {
    const chosen = this.#cases.get(this.#current);
    this.#beside.hidden = !chosen;
    this.element.querySelector(".panes").classList.toggle("two", chosen !== undefined);
    this.#table.mark(this.#current);
    replace(this.#beside, chosen && this.#shown(chosen));
  }

  #shown(chosen) {
    const close = button("✕", () => this.#leave(), {
      class: "quiet push",
      "aria-label": "Close the case",
      title: "Close (Esc)",
    });
    const title = element(
      "h2",
      {},
      element("span", { class: "faint" }, chosen.number),
      ` ${chosen.id}`,
    );
    const facts = [
      ["Why it matters", chosen.why],
      ["A client should", chosen.expected],
      ["Clause", chosen.clause && clauseLink(chosen.clause)],
      ["The server does", chosen.rules && element("code", {}, chosen.rules)],
    ].filter(([, text]) => text);
    const list = facts.flatMap(([name, text]) => [
      element("dt", {}, name),
      element("dd", {}, text),
    ]);
    return element(
      "article",
      { class: "case" },
      element("header", {}, element("div", { class: "row" }, title, close)),
      element(
        "div",
        { class: "text", tabindex: "0", role: "region", "aria-label": "The case" },
        element("p", { class: "lead" }, chosen.situation),
        element("dl", { class: "facts" }, ...list),
        ...this.#results(chosen),
      ),
    );
  }

  #results(chosen) {
    return [...this.#runs.values()].flatMap((run) => {
      const found = run.verdicts.find((verdict) => verdict.number === chosen.number);
      if (!found) return [];
      const findings = [...found.findings, found.reason].filter(Boolean);
      return [
        element("h3", {}, `${run.client}, run ${run.run} `, verdictChip(found.verdict)),
        element("ul", {}, ...findings.map((finding) => element("li", {}, finding))),
      ];
    });
  }

  #choose() {
    const words = element("input", {
      value: "*",
      size: "30",
      spellcheck: "false",
      autofocus: true,
    });
    const start = button(
      "Start",
      () => {
        dialog.close();
        this.#begin(words.value);
      },
      { class: "main" },
    );
    const told = element(
      "p",
      { class: "faint" },
      "You work the mail program; the page says what to do, and asks what it did.",
    );
    const dialog = showDialog(
      "Try a client by hand",
      element(
        "div",
        { class: "stack" },
        told,
        labelled("Cases: numbers, ids or groups, such as 1.* or retr", words),
      ),
      start,
    );
  }

  async #begin(words) {
    replace(this.#told);
    try {
      const run = await api.startRun(words.split(/[\s,]+/).filter(Boolean));
      if (!this.#runs.has(run.run)) this.#takeRun(run); // otherwise events have told more by now
    } catch (error) {
      const hint =
        error.status === 404 && element("div", { class: "hint" }, copyLine(BY_HAND, "the command"));
      replace(this.#told, problem(error), hint);
    }
  }
}
