"""Making a server under test go wrong, while it runs."""

from dataclasses import dataclass

from pop3lab.faults.active import Active
from pop3lab.faults.rule import Rule
from pop3lab.faults.rule_text import make_rule, parse_rule
from pop3lab.faults.rules import Rules
from pop3lab.faults.what import What
from pop3lab.faults.words import shown
from pop3lab.testing.arming import Arming
from pop3lab.testing.service import Service

_ANY = "any"


@dataclass(frozen=True)
class Condition:
    """When something is to happen; do says what."""

    _ruled: "Ruled"
    _text: str

    def __str__(self) -> str:
        return self._text

    def do(self, what: What | str, *, times: int | None = None) -> Active:
        """A quirk or fault, as `reset` or `cut-after 512 then reset`. times: at most.

        The answer counts its hits. Raises ConfigError.
        """
        self._ruled.arming.end(self)
        return self._ruled.add_rule(make_rule(self._text, what, times))


class Ruled:
    """A server to which rules can be given."""

    _service: Service
    arming: Arming

    def when(
        self,
        verb: str = "",
        number: int | str | None = None,
        *more: int | str | None,
        **conditions: object,
    ) -> Condition:
        """A condition: `server.when("RETR", 2, nth=1).do("cut-after 512 then reset")`.

        verb: also CONNECT, GREETING and RESPONSE; empty for any. number, more: the words behind
        the verb, None for any: `when("AUTH", "CRAM-MD5")`, `when("TOP", None, 0)`. conditions: as
        in the text of a rule, such as nth="2..", session=1, user="ann", state="TRANSACTION",
        tls=True, chance=0.1, words=0, line=3. One of which is never said what happens then, with
        do, is an error at the end of the test.
        """
        words = [_ANY if verb in ("", _ANY) else verb.upper()]
        of_message = number is not None and str(number).isdecimal()
        words += [str(number)] if of_message else []
        words += [
            _word(str(place), word)
            for place, word in enumerate((None if of_message else number, *more), 1)
            if word is not None
        ]
        words += [_word(name, value) for name, value in conditions.items()]
        condition = Condition(self, " ".join(words))
        self.arming.begin(condition)
        return condition

    def add_rule(self, rule: Rule | str) -> Active:
        """Put it in force, for sessions that are open, too. Raises ConfigError."""
        read = parse_rule(rule) if isinstance(rule, str) else rule
        active = self._service.ask(lambda: self.rules.add(read))
        self.arming.add(active)
        return active

    @property
    def rules(self) -> Rules:
        """All that are in force; see active and seed."""
        return self._service.run.rules

    def unused_rules(self) -> list[Active]:
        """Faults, and all with a condition, that have never taken effect."""
        return self.rules.unused()


def _word(name: str, value: object) -> str:
    if isinstance(value, bool):
        return name if value else f"not {name}"
    return f"{name}={shown(str(value).encode('utf-8', 'surrogateescape'))}"
