// A rule as text, from fields. The text is what is armed; fields only write it.

/** Where a rule can act: the words before its arrow. */
export const VERBS = [
  "RETR",
  "TOP",
  "LIST",
  "UIDL",
  "STAT",
  "DELE",
  "USER",
  "PASS",
  "APOP",
  "AUTH",
  "CAPA",
  "STLS",
  "NOOP",
  "RSET",
  "QUIT",
  "CONNECT",
  "GREETING",
  "RESPONSE",
  "any",
];
export const ALWAYS = "";

const BY_CATEGORY = { connect: "CONNECT", commit: "QUIT", tls: "any" };
const EXAMPLES = {
  octets: "512",
  verb: "NOOP",
  text: '"+OK"',
  reply: '"+OK and more"',
  lines: "X-EXAMPLE",
};

/** The fields with which a behaviour is offered: a fault once, at its usual place; others always. */
export function offered(behaviour) {
  const isFault = behaviour.family === "fault";
  return {
    verb: isFault ? (BY_CATEGORY[behaviour.category] ?? "RETR") : ALWAYS,
    argument: "",
    nth: "",
    times: isFault ? "1" : "",
    values: Object.fromEntries(
      behaviour.parameters.map((parameter) => [
        parameter.name,
        parameter.default ?? example(parameter),
      ]),
    ),
  };
}

function example(parameter) {
  return parameter.choices[0] ?? EXAMPLES[parameter.name] ?? "";
}

/** The rule as text. Values that are those by default are left out. */
export function ruleText(behaviour, { verb, argument, nth, times, values }) {
  const condition = [verb, argument, nth && `nth=${nth}`, times && `times=${times}`]
    .filter(Boolean)
    .join(" ");
  const given = behaviour.parameters.filter(
    ({ name, default: usual }) => values[name] !== "" && values[name] !== usual,
  );
  const effect = [behaviour.name, ...given.map(({ name }) => `${name}=${values[name]}`)].join(" ");
  return condition ? `${condition} -> ${effect}` : effect;
}

/** The part of the text that a sentence about a mistake names: [start, end], or null. */
export function placeOf(text, sentence) {
  const found = /^at '(.*?)': /s.exec(sentence) ?? /^at the end of '(.*?)': /s.exec(sentence);
  if (!found) return null;
  const at = text.lastIndexOf(found[1]);
  if (at < 0) return null;
  return sentence.startsWith("at the end")
    ? [at + found[1].length, at + found[1].length]
    : [at, at + found[1].length];
}
