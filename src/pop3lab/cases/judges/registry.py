"""All judges, by the ids of their findings."""

from collections.abc import Mapping

from pop3lab.cases.judges import endings, mail, outcome, wire
from pop3lab.cases.judges.judge import Judge

JUDGES: Mapping[str, Judge] = {
    row.id: row
    for module in (mail, wire, endings, outcome)
    for row in vars(module).values()
    if isinstance(row, Judge)
}
