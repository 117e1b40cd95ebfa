// A session as a pytest test and as a scenario: what one takes from here into a project.

/** What a test must know of a session: the rules that took effect, and the commands. */
export function outline(lines) {
  const rules = new Set();
  const commands = [];
  let asked = false; // a response to a SASL challenge comes next
  for (const line of lines) {
    if (line.kind === "rule") rules.add(line.text);
    if (line.kind === "client" && !asked) commands.push(item(line.text));
    if (line.who) asked = line.who === "server" && /^\+( |$)/.test(line.text);
  }
  return { rules: [...rules], commands };
}

/** The item of an expectation for a command: its arguments only where they are numbers. */
function item(text) {
  const [verb, ...words] = text.trim().split(/ +/);
  if (!/^[A-Za-z][A-Za-z0-9-]*$/.test(verb)) return "*";
  const plain = words.every((word) => /^\d+$/.test(word));
  return [verb.toUpperCase(), ...(plain ? words : [])].join(" ");
}

/** A test for pytest. number: of the session. messages: that the maildrop had. */
export function pytestTest(number, messages, { rules, commands }) {
  const added = rules.map((rule) => `    pop3_server.add_rule(${JSON.stringify(rule)})\n`).join("");
  return `import pytest


@pytest.mark.pop3(messages=${messages})
def test_like_session_${number}(pop3_server):
${added}    ...  # run the client at pop3_server.url, user "user", password "password"
    pop3_server.expect(${list(commands, "    ")})
`;
}

/** A scenario file. */
export function scenario(number, messages, { rules, commands }) {
  const [conditional, always] = [rules.filter(hasArrow), rules.filter((rule) => !hasArrow(rule))];
  const quirks = always.length ? `\n[server]\nquirks = ${list(always, "")}\n` : "";
  const tables = conditional.map(ruleTable).join("");
  const made = messages ? `\n[[message]]\ngenerate = ${messages}\nsize = "1KiB"\n` : "";
  return `about = "like session ${number}"\n${quirks}${made}${tables}\n[[expect]]\ncommands = ${list(commands, "")}\n`;
}

const ARROW = " -> ";

function hasArrow(rule) {
  return rule.includes(ARROW);
}

function ruleTable(rule) {
  const at = rule.indexOf(ARROW);
  return `\n[[rule]]\nwhen = ${JSON.stringify(rule.slice(0, at))}\ndo = ${JSON.stringify(rule.slice(at + ARROW.length))}\n`;
}

function list(items, indent) {
  const flat = `[${items.map((one) => JSON.stringify(one)).join(", ")}]`;
  if (flat.length < 80) return flat;
  return `[\n${items.map((one) => `${indent}    ${JSON.stringify(one)},\n`).join("")}${indent}]`;
}
