// Leads a person through the cases: what to do now, and what is to be answered.
import * as api from "./api.js";
import { button, element, replace } from "./elements.js";
import { verdictChip } from "./verdicts.js";
import { count } from "./wording.js";

const LAST = 5; // verdicts that stay in view
const TLS = { "": "none", stls: "STARTTLS", implicit: "SSL/TLS" };
const SAID = { n: "No, all went well", y: "Yes, it complained", b: "It is still busy" };
const ASKED = {
  ended: "Did it say that something went wrong?",
  seen: "Which messages do you see, by their subjects?",
  early: "Which of these end too early?",
};

export class ByHand {
  element = element("section", { class: "by-hand", "aria-label": "By hand", hidden: true });
  #onError;

  /** onError: told what went wrong with an answer. */
  constructor(onError) {
    this.#onError = onError;
  }

  /** Shows where a run is; undefined for none. */
  show(run) {
    this.element.hidden = !run;
    if (run) replace(this.element, ...(run.state === "done" ? done(run) : this.#now(run)));
  }

  #now(run) {
    const one = run.case;
    const nth = one && one.runs > 1 ? `, time ${run.nth} of ${one.runs}` : "";
    const head = one ? `Case ${one.number}: ${todo(run)}${nth}` : "The server gets ready";
    const isAsked = run.question !== null;
    const end = button("End the run", () => this.#act(() => api.leaveRun(run.run)), {
      class: "danger changes",
    });
    const skip =
      isAsked &&
      button("Leave out this case", () => this.#act(() => api.skipCase(run.run)), {
        class: "changes",
      });
    return [
      element("h2", { class: "big" }, head),
      one && element("p", { class: "lead" }, one.situation),
      run.account && account(run.account),
      isAsked && this.#question(run),
      element(
        "div",
        { class: "row" },
        progress(run),
        element("span", { class: "push" }),
        skip,
        end,
      ),
    ];
  }

  #question(run) {
    const { kind, answers, several } = run.question;
    const answer = (text) => this.#act(() => api.answer(run.run, text));
    if (kind === "get-mail")
      return element(
        "div",
        { class: "row" },
        button("It has got mail", () => answer(""), { class: "main changes" }),
      );
    if (!several) {
      const buttons = ["n", "y", "b"]
        .filter((word) => answers.includes(word))
        .map((word) => button(SAID[word], () => answer(word), { class: "changes" }));
      return element(
        "div",
        {},
        element("h3", {}, ASKED[kind]),
        element("div", { class: "row" }, ...buttons),
      );
    }
    return this.#ticks(kind, answers, answer);
  }

  /** Boxes to tick, and Next. */
  #ticks(kind, answers, answer) {
    const boxes = answers.map((value) => element("input", { type: "checkbox", value }));
    const next = button(
      "Next",
      () =>
        answer(
          boxes
            .filter((box) => box.checked)
            .map((box) => box.value)
            .join(" "),
        ),
      { class: "main changes" },
    );
    const labels = boxes.map((box) =>
      element("label", { class: "tick" }, box, ` message ${box.value}`),
    );
    return element(
      "fieldset",
      {},
      element("legend", {}, ASKED[kind]),
      element("div", { class: "row" }, ...labels, next),
    );
  }

  async #act(act) {
    try {
      await act();
    } catch (error) {
      this.#onError(error);
    }
  }
}

function todo(run) {
  if (run.state === "running") return "wait a moment";
  return run.question.kind === "get-mail" ? "press Get Mail now" : "what did it do?";
}

function account({ host, port, user, password, tls, auth, delete: deletes, ca_file: trusted }) {
  const facts = [
    ["Server", `${host}:${port}`],
    ["User", user],
    ["Password", password],
    ["Encryption", TLS[tls]],
    ["Login", auth || "USER and PASS"],
    ["Messages", deletes ? "delete from the server" : "keep on the server"],
    ["Trust", trusted],
  ];
  const list = facts
    .filter(([, text]) => text)
    .map(([name, text]) =>
      element("div", {}, element("dt", {}, name), element("dd", {}, element("code", {}, text))),
    );
  return element("dl", { class: "account" }, ...list);
}

function progress(run) {
  const last = run.verdicts
    .slice(-LAST)
    .map((one) => element("span", { class: "nowrap" }, `${one.number} `, verdictChip(one.verdict)));
  return element(
    "div",
    { class: "row" },
    element("span", { class: "faint" }, `${run.verdicts.length} of ${count(run.total, "case")}`),
    ...last,
  );
}

function done(run) {
  const report = run.report && element("a", { href: run.report, target: "_blank" }, "The report");
  return [
    element("div", { class: "row" }, element("h2", {}, "The run is done"), progress(run), report),
  ];
}
