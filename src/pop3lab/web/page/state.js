// What the page knows of the server: its sessions and rules, kept up to date by the stream of events.
import * as api from "./api.js";
import { Stream } from "./stream.js";

const SOON = 250; // milliseconds
const MOST = 10_000; // sessions
const AGAIN = 1000; // until the next attempt, when the server is gone

/**
 * Tells as events: "sessions" and "rules" have changed, at most once a frame; "line", with the session and
 * the line; "messages"; "verdict" and "run" of cases; "missed", with the number of events that the page has not got, null for
 * unknown; "reloaded", after everything has been asked for; "state" of the stream.
 */
export class State extends EventTarget {
  sessions = new Map();
  rules = [];
  about = null;
  state = "off";
  clauses = new Map();
  #changed = new Set();
  #rulesAsked = 0;
  #reloading = 0;
  #stream = new Stream(
    (kind, data, id) => HANDLERS[kind].call(this, data, id),
    (state) => this.#setState(state),
  );

  /** Asks for everything, again and again until the server answers; then waits for events. */
  async start() {
    try {
      await this.#load();
      this.tell("reloaded");
    } catch (error) {
      this.#setState("off");
      if (error.status !== 0) this.tell("failed", error); // it answers, and says why not
    }
  }

  /** The sessions, newest first. */
  newest() {
    return [...this.sessions.values()].sort((a, b) => b.number - a.number);
  }

  async #load() {
    const about = await api.about();
    const [violations] = await Promise.all([api.violations(), this.#askRules()]);
    this.about = about;
    this.clauses = new Map(violations.map((row) => [row.id, row.clause]));
    let started = false;
    await api.eachSession((rows) => {
      if (!started) {
        started = true;
        this.sessions = new Map();
        this.#stream.start(about.event);
      }
      for (const row of rows) this.put(row);
    });
  }

  /** Keeps what is known of a session, unless something newer is. */
  put(row) {
    const known = this.sessions.get(row.number);
    if (known && known.event > row.event) return;
    this.sessions.set(row.number, row);
    if (this.sessions.size > 1.1 * MOST) this.#forget();
    this.change("sessions");
  }

  #forget() {
    this.sessions = new Map(
      this.newest()
        .slice(0, MOST)
        .map((row) => [row.number, row]),
    );
  }

  /** Counts one more of something in a session, unless it is counted already. */
  count(number, what, event) {
    const session = this.sessions.get(number);
    if (!session || session.event >= event) return;
    session[what] += 1;
    this.change("sessions");
  }

  /** Asks for the rules with their hits, soon; once for all that happens until then. */
  askRules() {
    this.#rulesAsked ||= setTimeout(async () => {
      this.#rulesAsked = 0;
      await this.#askRules().catch(() => {}); // the stream tells that the server is gone
    }, SOON);
  }

  async #askRules() {
    this.rules = await api.rules();
    this.change("rules");
  }

  /** Asks for everything anew, in so many milliseconds. */
  reload(wait = SOON) {
    this.#reloading ||= setTimeout(async () => {
      this.#reloading = 0;
      await this.start();
    }, wait);
  }

  #setState(state) {
    this.state = state;
    this.tell("state");
    if (state === "off") this.reload(AGAIN);
  }

  /** Tells of a change, with all others of this frame. */
  change(name) {
    if (this.#changed.size === 0) requestAnimationFrame(() => this.#flush());
    this.#changed.add(name);
  }

  #flush() {
    const changed = [...this.#changed];
    this.#changed.clear();
    for (const name of changed) this.tell(name);
  }

  tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

const HANDLERS = {
  opened(data, id) {
    this.put(api.openedSession(data, id));
  },
  changed(data, id) {
    this.put(api.sessionOf(data, id));
  },
  ended(data, id) {
    this.put(api.sessionOf(data, id));
  },
  line(data, id) {
    if (data.who === "client") this.count(data.session, "commands", id);
    this.tell("line", data);
  },
  violation(data, id) {
    this.count(data.session, "violations", id);
  },
  applied(data, id) {
    this.count(data.session, "faults", id);
    this.askRules();
  },
  rules(data) {
    this.rules = data.rules.map(api.ruleOf);
    this.change("rules");
  },
  message(data) {
    this.tell("messages", data);
  },
  run(data) {
    this.tell("run", data);
  },
  verdict(data) {
    this.tell("verdict", data);
  },
  service() {}, // whether clients are served is not shown
  reset() {
    this.reload(0);
  },
  skipped(data) {
    this.tell("missed", data.events);
    this.reload();
  },
  gap(data) {
    this.tell("missed", data.events);
    this.reload();
  },
};
