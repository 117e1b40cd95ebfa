"""The wording of a known server at each step of a session, if known.

Unknown replies are +OK or -ERR alone, which RFC 1939 allows and some servers send; any sentence
would be taken for that server's. Data that clients parse stays: the timestamp of APOP, numbers and
sizes, response codes.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from pop3lab.behaviours.catalogue import parse_rule
from pop3lab.behaviours.profiles.profile import Profile, ProfileRule
from pop3lab.core.command import LOGIN_VERBS
from pop3lab.rules.rule import Rule

_LISTS = {
    "CAPA before login": "before",
    "CAPA under TLS": "tls",
    "CAPA after login": "after",
}

REFUSAL = "refusal"
UNKNOWN_COMMAND = "unknown command"

# Each step, and the verb whose wording defines it.
VERBS: Mapping[str, str] = {
    "greeting": "GREETING",
    "USER": "USER",
    "login": "PASS",
    REFUSAL: "PASS",
    "STAT": "STAT",
    "LIST": "LIST",
    "UIDL": "UIDL",
    "RETR": "RETR",
    "TOP": "TOP",
    "DELE": "DELE",
    "NOOP": "NOOP",
    "RSET": "RSET",
    "QUIT": "QUIT",
    "STLS": "STLS",
    "CAPA": "CAPA",
}
STEPS = (*VERBS, UNKNOWN_COMMAND, *_LISTS)


def wording_rule(verb: str, text: str, more: str = "") -> str:
    """Return the rule that sets the text of +OK, or with more, of -ERR."""
    return f"wording {verb} {_quoted(text)}{more and f' {more}'}"


def login_wording(text: str) -> tuple[str, ...]:
    """Return the rules that set the reply to a login, by any command."""
    return tuple(wording_rule(verb, text) for verb in LOGIN_VERBS)


def refusal_wording(text: str, *verbs: str) -> tuple[str, ...]:
    """Return the rules that set the reply to a wrong password, by any or by these commands."""
    return tuple(wording_rule(verb, text, "err=yes code=AUTH") for verb in verbs or LOGIN_VERBS)


def out_of_state(state: str, text: str, *verbs: str) -> tuple[str, ...]:
    """Return the rules that set the reply to commands in a wrong state."""
    return tuple(f"state={state} -> {wording_rule(verb, text, 'err=yes')}" for verb in verbs)


AFTER_LOGIN = ("STAT", "LIST", "UIDL", "RETR", "TOP", "DELE", "RSET", "NOOP")
BEFORE_LOGIN = ("USER", "PASS", "AUTH")


def unknown_command(text: str) -> str:
    """Return the rule that sets the reply to an unknown command."""
    return f"unknown-command {_quoted(text)}"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


_WITHOUT_WORDS: Mapping[str, tuple[str, ...]] = {
    **{step: (wording_rule(verb, ""),) for step, verb in VERBS.items()},
    "greeting": (wording_rule("GREETING", "{stamp}"),),
    "login": login_wording(""),
    "login with a password": login_wording("")[:2],
    REFUSAL: refusal_wording(""),
    "STAT": (wording_rule("STAT", "{count} {octets}"),),
    UNKNOWN_COMMAND: (unknown_command(""),),
}


def unknown_wording(*steps: str, source: str = "no trace found") -> tuple[ProfileRule, ...]:
    """Return the rules of a server whose wording at these steps is unknown."""
    return tuple(
        ProfileRule(rule, source, "D", unsure=True, known=False)
        for step in steps
        for rule in _WITHOUT_WORDS[step]
    )


class StepWording(NamedTuple):
    """A reply at a step.

    where: the command or state that it is limited to; empty for none. status: +OK, -ERR, or empty
    if text is the lines of a list. text: as in the rule.
    """

    where: str
    status: str
    text: str
    profile_rule: ProfileRule

    def __str__(self) -> str:
        """Return it as a line: `AUTH: +OK Welcome.`."""
        where = f"{self.where}: " if self.where else ""
        return f"{where}{' '.join(filter(None, (self.status, self.text)))}"


def step_wordings(profile: Profile) -> Mapping[str, Sequence[StepWording]]:
    """Return the replies of a profile at each step; a step without any is an unknown command."""
    found: dict[str, dict[str, StepWording]] = {step: {} for step in STEPS}
    for profile_rule in profile.rules:
        if profile_rule.in_force:
            for step, said in _steps(profile_rule):
                found[step][said.where] = said  # of two texts the later wins
    return {step: _told_once(list(said.values())) for step, said in found.items()}


def _told_once(said: Sequence[StepWording]) -> Sequence[StepWording]:
    """Leave out APOP and AUTH if they reply like PASS."""
    usual = {one.text for one in said if not one.where}
    return [one for one in said if one.where not in LOGIN_VERBS or one.text not in usual]


def _steps(profile_rule: ProfileRule) -> Iterator[tuple[str, StepWording]]:
    rule = parse_rule(profile_rule.rule)
    name, values = rule.behaviour.name, rule.effect.values
    if name == "wording":
        yield from _worded(rule, profile_rule)
    elif name == "unknown-command":
        yield (
            UNKNOWN_COMMAND,
            StepWording(rule.condition_text, "-ERR", values["text"], profile_rule),
        )
    elif name == "capa-lines":
        for step, state in _LISTS.items():
            if values["state"] in ("any", state):
                yield step, StepWording("", "", ", ".join(values["lines"]), profile_rule)


def _worded(rule: Rule, profile_rule: ProfileRule) -> Iterator[tuple[str, StepWording]]:
    values = rule.effect.values
    verb, text = values["verb"], values["text"]
    where = rule.condition_text or (verb if verb in LOGIN_VERBS[1:] else "")
    if not values["err"]:
        step = "login" if verb in LOGIN_VERBS else _BY_VERB.get(verb, "")
        if step:
            yield step, StepWording(where, "+OK", text, profile_rule)
    elif verb in LOGIN_VERBS and values["code"] in ("", "AUTH") and "TRANSACTION" not in where:
        yield REFUSAL, StepWording(where, "-ERR", text, profile_rule)


_BY_VERB = {verb: step for step, verb in VERBS.items() if step != REFUSAL}
