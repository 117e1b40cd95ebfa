// The subjects and senders of the messages that can be seen, asked for a few at a time.
import * as api from "./api.js";

const AT_ONCE = 4; // requests

export class MessageHeads {
  #known = new Map(); // by unique-id; null while it is asked for
  #wanted = [];
  #asking = 0;
  #user = "";
  #onHead;

  /** onHead: told when another one is known. */
  constructor(onHead) {
    this.#onHead = onHead;
  }

  /** Forgets all, and asks for those of this user from now on. */
  forget(user) {
    this.#user = user;
    this.#known = new Map();
    this.#wanted = [];
  }

  /** The head of a message: empty until it is known. */
  of(uid) {
    return this.#known.get(uid) ?? { subject: "", from: "" };
  }

  /** Asks for these; those that were wanted before and are not seen any more can wait. */
  want(uids) {
    this.#wanted = uids.filter((uid) => !this.#known.has(uid));
    while (this.#asking < AT_ONCE && this.#wanted.length) this.#ask();
  }

  async #ask() {
    const uid = this.#wanted.shift();
    const known = this.#known;
    known.set(uid, null);
    this.#asking += 1;
    try {
      known.set(uid, await api.headOf(uid, this.#user));
      this.#onHead();
    } catch {
      known.delete(uid); // the message is gone, or the server is
    } finally {
      this.#asking -= 1;
      if (this.#wanted.length) this.#ask();
    }
  }
}
