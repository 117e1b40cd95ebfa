// One session: who it was, what it came to, and its lines; all of it can be copied.
import * as api from "./api.js";
import { copyButton } from "./clipboard.js";
import { outline, pytestTest, scenario } from "./copied_session.js";
import { button, chip, element, replace } from "./elements.js";
import { LineWindow } from "./line_window.js";
import { clock, count, duration, size } from "./wording.js";

const STATES = ["AUTHORIZATION", "TRANSACTION", "UPDATE"];

export class Transcript {
  element = element("article", { class: "transcript" });
  #state;
  #number;
  #lines;
  #chip = element("span");
  #facts = element("p", { class: "facts-line" });
  #states = element("ol", { class: "states", "aria-label": "States" });
  #follow = button("Follow", () => this.follow(), {
    "aria-pressed": "true",
    title: "Stay at the newest line (f)",
  });

  /** leave: asked to close it. */
  constructor(state, number, leave) {
    this.#state = state;
    this.#number = number;
    this.#lines = new LineWindow(
      number,
      (id) => state.clauses.get(id),
      (follows) => this.#follow.setAttribute("aria-pressed", follows),
    );
    const close = button("✕", leave, {
      class: "quiet",
      "aria-label": "Close the transcript",
      title: "Close (Esc)",
    });
    const heading = element("h2", {}, `Session ${number}`);
    const top = element("div", { class: "row" }, heading, this.#chip, this.#follow, close);
    const bottom = element("div", { class: "row" }, this.#states, this.#copies());
    this.#follow.classList.add("push");
    this.element.append(element("header", {}, top, this.#facts, bottom), this.#lines.element);
    this.showFacts();
    this.reload();
  }

  reload() {
    return this.#lines.load();
  }

  /** Takes a line that has just come, of any session. */
  take(data) {
    if (data.session === this.#number) this.#lines.take(data);
  }

  close() {
    this.#lines.close();
  }

  goTo(line) {
    this.#lines.goTo(line);
  }

  follow() {
    this.#lines.follow();
  }

  move(by) {
    this.#lines.move(by);
  }

  moveToMark() {
    this.#lines.moveToMark();
  }

  showFacts() {
    const session = this.#state.sessions.get(this.#number);
    if (!session) return;
    replace(this.#chip, session.open ? chip("open", "open") : endChip(session.end));
    this.#facts.textContent = facts(session).filter(Boolean).join(" · ");
    const reached = stateOf(session);
    const states = STATES.map((name, index) =>
      element("li", { class: index <= reached ? "reached" : null }, name),
    );
    replace(this.#states, states);
  }

  #copies() {
    const outlined = async (write) => {
      const { lines } = await api.transcript(this.#number);
      return write(this.#number, messagesIn(lines), outline(lines));
    };
    return element(
      "span",
      { class: "row push", role: "group", "aria-label": "Copy" },
      element("span", { class: "faint", "aria-hidden": "true" }, "Copy as"),
      copyButton(() => api.transcriptText(this.#number), "text", "Copy as text"),
      copyButton(() => outlined(pytestTest), "pytest", "Copy as a pytest test"),
      copyButton(() => outlined(scenario), "scenario", "Copy as a scenario"),
    );
  }
}

function endChip(end) {
  return chip(end === "quit" ? "ended" : "warn", end || "ended");
}

function facts(session) {
  return [
    session.user && `${session.user} by ${session.mechanism}`,
    session.tls,
    session.peer,
    clock(session.opened),
    session.ended && duration(session.ended - session.opened),
    count(session.commands, "command"),
    `${size(session.sent)} sent`,
  ];
}

function stateOf(session) {
  if (!session.user) return 0;
  return session.end === "quit" ? 2 : 1;
}

/** The number of messages that the maildrop had at login. */
function messagesIn(lines) {
  const notes = lines.filter((line) => line.kind === "note").map((line) => line.text);
  const found = notes.map((text) => /^logged in: .* (\d+) messages?$/.exec(text)).find(Boolean);
  return found ? Number(found[1]) : 0;
}
