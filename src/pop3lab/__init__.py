"""pop3lab: a POP3 server for testing programs that fetch mail."""

from pop3lab._version import __version__

TYPE_CHECKING = False  # as in typing, whose import would delay the port line
if TYPE_CHECKING:
    from pop3lab import attacks, catalogue, faults, interfaces, quirks
    from pop3lab.behaviours.catalogue import make_effect, parse_rule
    from pop3lab.cases.judges.judge import Finding
    from pop3lab.cases.report import Report
    from pop3lab.cases.verdict import CaseVerdict
    from pop3lab.checking.check import check
    from pop3lab.clients.job import Job
    from pop3lab.core.config import Limits
    from pop3lab.core.errors import ConfigError
    from pop3lab.observe.session_record import SessionRecord
    from pop3lab.observe.transcript_formats import Transcript
    from pop3lab.observe.waiting import WaitTimeout
    from pop3lab.pytest_plugin import each_case
    from pop3lab.rules.active_rule import ActiveRule
    from pop3lab.rules.behaviour import Effect
    from pop3lab.rules.rule import Rule
    from pop3lab.scenario.scenario import Scenario, load_scenario
    from pop3lab.server import Server
    from pop3lab.testing.certificate_authority import CertificateAuthority
    from pop3lab.testing.in_memory import StoredMessage
    from pop3lab.testing.messages import Generate, Message, generate
    from pop3lab.testing.pop3_server import Pop3Server
    from pop3lab.testing.rules import RuleBuilder
    from pop3lab.testing.verdict import Verdict
    from pop3lab.web.options import WebAccess, WebOptions

__all__ = [
    "ActiveRule",
    "CaseVerdict",
    "CertificateAuthority",
    "ConfigError",
    "Effect",
    "Finding",
    "Generate",
    "Job",
    "Limits",
    "Message",
    "Pop3Server",
    "Report",
    "Rule",
    "RuleBuilder",
    "Scenario",
    "Server",
    "SessionRecord",
    "StoredMessage",
    "Transcript",
    "Verdict",
    "WaitTimeout",
    "WebAccess",
    "WebOptions",
    "__version__",
    "attacks",
    "catalogue",
    "check",
    "each_case",
    "faults",
    "generate",
    "interfaces",
    "load_scenario",
    "make_effect",
    "parse_rule",
    "quirks",
]

_MODULES = {"attacks", "catalogue", "faults", "interfaces", "quirks"}

_HOMES = {
    "ActiveRule": "pop3lab.rules.active_rule",
    "CaseVerdict": "pop3lab.cases.verdict",
    "CertificateAuthority": "pop3lab.testing.certificate_authority",
    "ConfigError": "pop3lab.core.errors",
    "Effect": "pop3lab.rules.behaviour",
    "Finding": "pop3lab.cases.judges.judge",
    "Generate": "pop3lab.testing.messages",
    "Job": "pop3lab.clients.job",
    "Limits": "pop3lab.core.config",
    "Message": "pop3lab.testing.messages",
    "Pop3Server": "pop3lab.testing.pop3_server",
    "Report": "pop3lab.cases.report",
    "Rule": "pop3lab.rules.rule",
    "RuleBuilder": "pop3lab.testing.rules",
    "Scenario": "pop3lab.scenario.scenario",
    "Server": "pop3lab.server",
    "SessionRecord": "pop3lab.observe.session_record",
    "StoredMessage": "pop3lab.testing.in_memory",
    "Transcript": "pop3lab.observe.transcript_formats",
    "Verdict": "pop3lab.testing.verdict",
    "WaitTimeout": "pop3lab.observe.waiting",
    "WebAccess": "pop3lab.web.options",
    "WebOptions": "pop3lab.web.options",
    "check": "pop3lab.checking.check",
    "each_case": "pop3lab.pytest_plugin",
    "generate": "pop3lab.testing.messages",
    "load_scenario": "pop3lab.scenario.scenario",
    "make_effect": "pop3lab.behaviours.catalogue",
    "parse_rule": "pop3lab.behaviours.catalogue",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first asked for."""
    if name not in _HOMES and name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    return getattr(import_module(_HOMES[name]), name)
