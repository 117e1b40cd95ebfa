// One stream of events for the page: closed while nobody sees it, and resumed where it ended.
import { KINDS, eventsAddress } from "./api.js";

/** Calls onEvent(kind, data, id) for each event, and onState("on" | "off" | "hidden") when that changes. */
export class Stream {
  #source = null;
  #last = null; // the id of the last event
  #onEvent;
  #onState;

  constructor(onEvent, onState) {
    this.#onEvent = onEvent;
    this.#onState = onState;
    document.addEventListener("visibilitychange", () => this.#look());
  }

  /** Begins after this event, or again after another one. When the stream is lost, it has to be started anew. */
  start(last) {
    this.#close();
    this.#last = last;
    this.#look();
  }

  #look() {
    if (this.#last === null) return;
    if (document.hidden) {
      this.#close();
      this.#onState("hidden");
    } else if (!this.#source) {
      this.#open();
    }
  }

  #open() {
    this.#source = new EventSource(eventsAddress(this.#last));
    this.#source.addEventListener("open", () => this.#onState("on"));
    this.#source.addEventListener("error", () => this.#lost());
    for (const kind of KINDS)
      this.#source.addEventListener(kind, (event) => this.#take(kind, event));
  }

  #take(kind, event) {
    const id = Number(event.lastEventId);
    if (id) this.#last = id;
    this.#onEvent(kind, JSON.parse(event.data), this.#last);
  }

  #lost() {
    this.#close();
    this.#last = null;
    this.#onState("off");
  }

  #close() {
    this.#source?.close();
    this.#source = null;
  }
}
