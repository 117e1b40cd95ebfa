"""All judges, by the ids of their findings."""

from collections.abc import Mapping

from pop3lab.cases.judges import endings, login, mail, outcome, wire
from pop3lab.cases.judges.judge import Judge

JUDGES: Mapping[str, Judge] = {
    row.id: row
    for module in (mail, wire, login, endings, outcome)
    for row in vars(module).values()
    if isinstance(row, Judge)
}
