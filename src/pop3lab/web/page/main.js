// The page: shows the view that its address names, and keeps what it knows up to date.
import { About } from "./about.js";
import { logIn } from "./api.js";
import { Cases } from "./cases.js";
import { Head } from "./head.js";
import { listenToKeys, showKeys } from "./keys.js";
import { Maildrop } from "./maildrop.js";
import { go, place } from "./router.js";
import { Rules } from "./rules.js";
import { Sessions } from "./sessions.js";
import { State } from "./state.js";

const VIEWS = { sessions: Sessions, rules: Rules, maildrop: Maildrop, cases: Cases, about: About };

const state = new State();
const head = new Head(state);
const main = document.getElementById("main");
let shown = null;
let name = "";

function show() {
  const at = place();
  if (!VIEWS[at.view]) {
    go("#/sessions", true);
    return;
  }
  if (at.view !== name) change(at.view);
  shown.update(at);
  document.title = `${shown.title} · pop3lab`;
  head.mark(at.view);
}

function change(view) {
  if (shown) {
    listen("removeEventListener");
    shown.close?.();
  }
  shown = new VIEWS[view](state);
  name = view;
  main.replaceChildren(shown.element);
  listen("addEventListener");
}

/** Has the view told of what changes, or no longer. */
function listen(method) {
  for (const [event, listener] of Object.entries(shown.listeners ?? {}))
    state[method](event, listener);
}

document.getElementById("help").addEventListener("click", showKeys);
document.getElementById("skip").addEventListener("click", () => main.focus());
addEventListener("hashchange", show);
listenToKeys(() => shown);
enter();

/** Logs in with the token that an address beyond loopback has in place of a view; then shows the view. */
async function enter() {
  const token = location.hash.replace(/^#/, "");
  if (token && !token.startsWith("/")) {
    history.replaceState(null, "", "#/sessions");
    await logIn(token).catch((error) => head.say(error.message));
  }
  show();
  state.start();
}
