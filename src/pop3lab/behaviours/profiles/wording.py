"""The words of a known server, step by step of a session: what it says, or that nobody knows.

What is unknown is said without words: +OK or -ERR alone, which RFC 1939 allows and some servers
say. Any sentence would be taken for that server's. What clients read is left: the timestamp of
APOP, numbers and sizes, response codes.
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

# Each step, and the verb by whose words it is known.
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
    """The rule that this is the text of +OK, or with more of -ERR."""
    return f"wording {verb} {_quoted(text)}{more and f' {more}'}"


def login_wording(text: str) -> tuple[str, ...]:
    """The rules that this is said to a login, by whatever command."""
    return tuple(wording_rule(verb, text) for verb in LOGIN_VERBS)


def refusal_wording(text: str, *verbs: str) -> tuple[str, ...]:
    """The rules that this is said to a wrong password, by whatever command or by these."""
    return tuple(wording_rule(verb, text, "err=yes code=AUTH") for verb in verbs or LOGIN_VERBS)


def out_of_state(state: str, text: str, *verbs: str) -> tuple[str, ...]:
    """The rules that this is said to commands that come in a state that is not theirs."""
    return tuple(f"state={state} -> {wording_rule(verb, text, 'err=yes')}" for verb in verbs)


AFTER_LOGIN = ("STAT", "LIST", "UIDL", "RETR", "TOP", "DELE", "RSET", "NOOP")
BEFORE_LOGIN = ("USER", "PASS", "AUTH")


def unknown_command(text: str) -> str:
    """The rule that this is said to a command that there is not."""
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
    """The rules of a server of which nobody has told what it says in these steps."""
    return tuple(
        ProfileRule(rule, source, "D", unsure=True, known=False)
        for step in steps
        for rule in _WITHOUT_WORDS[step]
    )


class StepWording(NamedTuple):
    """What is said in a step.

    where: by which command or in which state only; empty for the usual. status: +OK, -ERR, or empty
    where text is the lines of a list. text: as the rule has it.
    """

    where: str
    status: str
    text: str
    profile_rule: ProfileRule

    def __str__(self) -> str:
        """As a line: `AUTH: +OK Welcome.`."""
        where = f"{self.where}: " if self.where else ""
        return f"{where}{' '.join(filter(None, (self.status, self.text)))}"


def step_wordings(profile: Profile) -> Mapping[str, Sequence[StepWording]]:
    """What a profile says in force in each step; where it says nothing, it has no words for it."""
    found: dict[str, dict[str, StepWording]] = {step: {} for step in STEPS}
    for profile_rule in profile.rules:
        if profile_rule.in_force:
            for step, said in _steps(profile_rule):
                found[step][said.where] = said  # of two texts the later is said
    return {step: _told_once(list(said.values())) for step, said in found.items()}


def _told_once(said: Sequence[StepWording]) -> Sequence[StepWording]:
    """Without APOP and AUTH where they say what PASS does."""
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
