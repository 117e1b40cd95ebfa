// What the server can be asked: the only place that knows paths and the shapes of answers.
import { visible } from "./escapes.js";

const ROOT = "api/v1";

/** The kinds of events that the stream has. */
export const KINDS = [
  "opened",
  "changed",
  "ended",
  "line",
  "violation",
  "applied",
  "message",
  "rules",
  "verdict",
  "run",
  "reset",
  "service",
  "skipped",
  "gap",
];

/** The sentence of a refusal, and the place in the text that it is about. */
class Refusal extends Error {
  constructor(status, text, problem = {}) {
    super(text);
    this.status = status;
    this.problem = problem;
  }
}

/** Of the stream of all events after this one. */
export function eventsAddress(last) {
  return `${ROOT}/events?after=${last}`;
}

export async function about() {
  return get("/about");
}

/** Gets the cookie that all further requests need. */
export async function logIn(token) {
  await ask("POST", "/login", { token });
}

// Sessions

/** Calls take(rows) with the sessions, 200 at a time, the newest first. */
export async function eachSession(take) {
  let page = await get("/sessions");
  for (;;) {
    const { sessions, event, more } = page;
    take(sessions.map((row) => sessionOf(row, event)));
    if (!more) return;
    page = await get(`/sessions?before=${sessions[0].number}`);
  }
}

/** A session as the page shows it. event: the last one that it has in it. */
export function sessionOf(row, event) {
  return {
    event,
    number: row.number,
    open: row.state !== "closed",
    state: row.state,
    peer: row.peer,
    user: row.user ?? "",
    mechanism: row.mechanism,
    tls: row.tls,
    opened: row.opened,
    ended: row.ended,
    end: row.end_reason,
    sent: row.sent,
    received: row.received,
    commands: row.counts.commands,
    retrieved: row.counts.retrieved,
    deleted: row.counts.deleted,
    violations: row.counts.violations,
    faults: row.counts.applied_rules,
  };
}

/** A session of which only the beginning is known. */
export function openedSession({ session, time, peer }, event) {
  return {
    event,
    number: session,
    open: true,
    state: "AUTHORIZATION",
    peer,
    user: "",
    mechanism: "",
    tls: "",
    opened: time,
    ended: null,
    end: "",
    sent: 0,
    received: 0,
    commands: 0,
    retrieved: 0,
    deleted: 0,
    violations: 0,
    faults: 0,
  };
}

// Transcripts

/** The lines after one, 5,000 at most, and the number of all lines. */
export async function transcript(number, after = 0) {
  const { lines, total } = await get(`/sessions/${number}/transcript?after=${after}`);
  return { lines: lines.map(lineOf), total };
}

export async function transcriptText(number) {
  const answer = await send("GET", `/sessions/${number}/transcript`, { accept: "text/plain" });
  return answer.text();
}

const RULE = "rule: ";
const VIOLATION = /^violation ([a-z0-9-]+): (.*)$/s;

/** A line as the page shows it: kind is client, server, rule, violation or note. */
export function lineOf(line) {
  const text = visible(line.text);
  const made = {
    number: line.line,
    seconds: line.seconds,
    who: line.who,
    kind: line.who,
    text,
    octets: text.length + 2,
  };
  if (line.who) return made;
  const found = VIOLATION.exec(text);
  if (found) return { ...made, kind: "violation", id: found[1], text: found[2] };
  if (text.startsWith(RULE)) return { ...made, kind: "rule", text: text.slice(RULE.length) };
  return { ...made, kind: "note" };
}

// Rules

export async function rules() {
  return (await get("/rules")).rules.map(ruleOf);
}

export function ruleOf(row) {
  return {
    id: row.id,
    text: row.rule,
    hits: row.hits,
    meaning: row.meaning,
    ofProfile: row.of_profile,
  };
}

export async function arm(rule) {
  return ask("POST", "/rules", { rule });
}

export async function checkRule(rule) {
  return ask("POST", "/rules/check", { rule });
}

export async function disarm(id) {
  await ask("DELETE", `/rules/${id}`);
}

export async function disarmAll() {
  await ask("DELETE", "/rules");
}

/** Quirks, faults and attacks, in one list. */
export async function behaviours() {
  const lists = await Promise.all(
    ["faults", "quirks", "attacks"].map(async (family) => (await get(`/${family}`))[family]),
  );
  return lists.flat();
}

export async function violations() {
  return (await get("/violations")).violations;
}

// Messages

/** All messages, in the order of their numbers. */
export async function messages(user) {
  return (await get(`/messages${asked({ user })}`)).messages;
}

/** The subject and the sender of a message. */
export async function headOf(uid, user) {
  const { fields } = await get(`${messagePath(uid)}${asked({ user })}`);
  const field = (name) => fields.find((each) => each.name.toLowerCase() === name)?.value ?? "";
  return { subject: visible(field("subject")), from: visible(field("from")) };
}

export async function addMessage(octets, user) {
  return ask("POST", `/messages${asked({ user })}`, octets, "message/rfc822");
}

export async function generate(wanted, user) {
  return ask("POST", `/messages${asked({ user })}`, { generate: wanted });
}

export async function removeMessage(uid, user) {
  await ask("DELETE", `${messagePath(uid)}${asked({ user })}`);
}

export async function removeMessages(user) {
  await ask("DELETE", `/messages${asked({ user })}`);
}

/** The octets of a message: form is "raw", as it is stored, or "wire", as RETR sends it. */
export async function messageOctets(uid, form, user) {
  const answer = await send("GET", `${messagePath(uid)}/${form}${asked({ user })}`);
  return new Uint8Array(await answer.arrayBuffer());
}

export function rawAddress(uid, user) {
  return `${ROOT}${messagePath(uid)}/raw${asked({ user })}`;
}

function messagePath(uid) {
  return `/messages/${encodeURIComponent(uid)}`;
}

function asked(query) {
  const given = Object.entries(query).filter(([, value]) => value);
  return given.length ? `?${new URLSearchParams(given)}` : "";
}

// Cases

export async function cases() {
  return (await get("/cases")).cases;
}

export async function runs() {
  return (await get("/runs")).runs;
}

/** Starts a run by hand. */
export async function startRun(cases) {
  return ask("POST", "/runs", { cases });
}

export async function leaveRun(run) {
  return ask("DELETE", `/runs/${run}`);
}

export async function skipCase(run) {
  return ask("POST", `/runs/${run}/next`);
}

export async function answer(run, text) {
  return ask("POST", `/runs/${run}/answer`, { answer: text });
}

// Asking

async function get(path) {
  return ask("GET", path);
}

async function ask(method, path, body, type = "application/json") {
  const headers = { accept: "application/json" };
  if (body !== undefined) headers["content-type"] = type;
  const sent = type === "application/json" ? JSON.stringify(body) : body;
  const answer = await send(method, path, headers, sent);
  return answer.status === 204 ? null : answer.json();
}

async function send(method, path, headers = {}, body = undefined) {
  let answer;
  try {
    answer = await fetch(ROOT + path, { method, headers, body });
  } catch {
    throw new Refusal(0, "The server does not answer.");
  }
  if (answer.ok) return answer;
  const problem = await answer.json().catch(() => ({}));
  throw new Refusal(
    answer.status,
    problem.detail ?? problem.title ?? `The server answers ${answer.status}.`,
    problem,
  );
}
