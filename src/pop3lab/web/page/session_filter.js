// What the field above the sessions can say: words, user:ann, and open, ended, violations, faults, tls.

const NAMED = {
  open: (session) => session.open,
  ended: (session) => !session.open,
  violations: (session) => session.violations > 0,
  faults: (session) => session.faults > 0,
  tls: (session) => session.tls !== "",
};
const FIELDS = {
  user: (session) => session.user,
  peer: (session) => session.peer,
  mechanism: (session) => session.mechanism,
  end: (session) => session.end,
};

export const SWITCHES = ["open", "violations", "faults"];

/** A function that tells whether a session is wanted. All words must hold. */
export function wanted(text) {
  const tests = words(text).map(test);
  return (session) => tests.every((holds) => holds(session));
}

/** The text with this word, or without it if it was there. */
export function switched(text, word) {
  const now = words(text);
  return (now.includes(word) ? now.filter((other) => other !== word) : [...now, word]).join(" ");
}

/** Whether the word is among those of the text. */
export function has(text, word) {
  return words(text).includes(word);
}

function words(text) {
  return text.split(/\s+/).filter(Boolean);
}

function test(word) {
  if (NAMED[word]) return NAMED[word];
  const [field, ...rest] = word.split(":");
  const sought = rest.join(":").toLowerCase();
  if (FIELDS[field] && sought)
    return (session) => FIELDS[field](session).toLowerCase().includes(sought);
  return (session) =>
    `${session.number} ${session.user} ${session.mechanism} ${session.peer} ${session.end}`
      .toLowerCase()
      .includes(word.toLowerCase());
}
