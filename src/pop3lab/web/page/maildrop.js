// The messages of a maildrop: look at them, add some, delete some.
import { adding } from "./adding.js";
import * as api from "./api.js";
import { button, element, problem, replace, select } from "./elements.js";
import { Message } from "./message.js";
import { MessageHeads } from "./message_heads.js";
import { address, go } from "./router.js";
import { WindowedTable } from "./windowed_table.js";
import { count, number, size } from "./wording.js";

const SOON = 250; // milliseconds

export class Maildrop {
  title = "Maildrop";
  #messages = [];
  #user = "";
  #current = "";
  #form = "";
  #asked = 0;
  #timer = 0;
  #loaded = false;
  #heads = new MessageHeads(() => this.#table.refresh());
  #table = new WindowedTable("Messages", this.#columns(), {
    key: (message) => message.uid,
    href: (message) => this.#address(message.uid),
    onRows: (rows) => this.#heads.want(rows.map((message) => message.uid)),
  });
  #many = element("p", { class: "faint push" });
  #users = element("span");
  #told = element("div");
  #empty = element(
    "div",
    { class: "empty", hidden: true },
    element("h2", {}, "The maildrop is empty"),
    element("p", {}, "Drop a file here, paste a message, or have some generated."),
  );
  #beside = element("section", { class: "beside", "aria-label": "Message", hidden: true });

  constructor(state) {
    const list = element("section", { class: "list", "aria-label": "All messages" });
    const add = adding(list, {
      octets: (octets) => this.#attempt(() => api.addMessage(octets, this.#user)),
      generate: (wanted) => this.#attempt(() => api.generate(wanted, this.#user)),
    });
    const clear = button("Delete all", () => this.#attempt(() => api.removeMessages(this.#user)), {
      class: "danger changes",
    });
    const bar = element("div", { class: "bar row" }, this.#users, ...add, clear, this.#many);
    list.append(bar, this.#told, this.#table.element, this.#empty);
    const heading = element("h1", { class: "hidden" }, "Maildrop");
    this.element = element("div", { class: "panes" }, heading, list, this.#beside);
    this.listeners = { messages: () => this.#loadSoon(), reloaded: () => this.#reloaded(state) };
    if (state.about) this.#reloaded(state);
  }

  /** Goes to a place: the message in its path, and in its query the user, and the form it is shown in. */
  update({ path, query }) {
    const user = query.get("user") ?? "";
    if (user !== this.#user) {
      this.#user = user;
      this.#heads.forget(user);
      this.#load();
    }
    this.#open(path[0] ?? "", query.get("form") ?? "raw");
  }

  key(key) {
    const acts = {
      j: () => this.#table.move(1),
      k: () => this.#table.move(-1),
      Escape: () => this.#leave(),
    };
    acts[key]?.();
    return key in acts;
  }

  #reloaded({ about }) {
    const choice = select(
      about.users.map((user) => [user]),
      { "aria-label": "User", onchange: () => go(address("maildrop", [], { user: choice.value })) },
    );
    choice.value = this.#user || about.user;
    replace(this.#users, about.users.length > 1 && choice);
    this.#load();
  }

  #columns() {
    const head = (message) => this.#heads.of(message.uid);
    return [
      ["No.", "figure", (message) => number(message.number)],
      ["Unique-id", "uid", (message) => message.uid],
      ["Subject", "subject", (message) => head(message).subject],
      ["From", "from", (message) => head(message).from],
      ["Octets", "figure", (message) => number(message.octets)],
    ];
  }

  #address(uid, form = "") {
    return address("maildrop", uid ? [uid] : [], { form, user: this.#user });
  }

  #leave() {
    const left = this.#current;
    if (!left) return;
    go(this.#address(""));
    requestAnimationFrame(() => this.#table.focus(left));
  }

  #open(uid, form) {
    if (uid === this.#current && form === this.#form) return;
    this.#current = uid;
    this.#form = form;
    this.#beside.hidden = !uid;
    this.element.classList.toggle("two", uid !== "");
    this.#table.mark(uid || null);
    const acts = { remove: () => this.#remove(uid), leave: () => this.#leave() };
    replace(this.#beside, uid && new Message(uid, form, this.#user, acts).element);
  }

  async #remove(uid) {
    await this.#attempt(() => api.removeMessage(uid, this.#user));
    this.#leave();
  }

  /** Changes something, and shows what came of it, or why it did not. */
  async #attempt(act) {
    replace(this.#told);
    try {
      await act();
    } catch (error) {
      replace(this.#told, problem(error));
    }
    await this.#load();
  }

  /** Asks for the messages, soon; once for all that comes or goes until then. */
  #loadSoon() {
    this.#timer ||= setTimeout(() => {
      this.#timer = 0;
      this.#load();
    }, SOON);
  }

  async #load() {
    const asked = (this.#asked += 1);
    try {
      const messages = await api.messages(this.#user);
      if (asked !== this.#asked) return;
      this.#messages = messages;
      this.#loaded = true;
    } catch (error) {
      if (error.status !== 0) replace(this.#told, problem(error));
    }
    this.#show();
  }

  #show() {
    this.#table.show(this.#messages);
    this.#table.element.hidden = this.#messages.length === 0;
    this.#empty.hidden = !this.#loaded || this.#messages.length > 0;
    const sum = this.#messages.reduce((all, message) => all + message.octets, 0);
    this.#many.textContent = `${count(this.#messages.length, "message")}, ${size(sum)}`;
  }
}
