"""The catalogue as data, and that nothing of it is read before it is asked for."""

import json
import subprocess
import sys
from dataclasses import FrozenInstanceError, asdict

import pytest

import pop3lab
from pop3lab import catalogue
from pop3lab.behaviours.catalogue import BEHAVIOURS
from pop3lab.behaviours.profiles.catalogue import PROFILES
from pop3lab.catalogue import BehaviourRecord, ParameterRecord
from pop3lab.conformance.registry import VIOLATIONS


def test_all_of_it_is_there() -> None:
    of_families = (catalogue.quirks(), catalogue.faults(), catalogue.attacks())
    for rows, family in zip(of_families, ("quirk", "fault", "attack"), strict=True):
        names = [name for name, row in BEHAVIOURS.items() if row.family == family]
        assert [row.name for row in rows] == names
        assert {row.family for row in rows} == {family}
    assert [row.name for row in catalogue.profiles()] == list(PROFILES)
    assert [row.id for row in catalogue.violations()] == list(VIOLATIONS)


def test_a_record() -> None:
    (record,) = (row for row in catalogue.faults() if row.name == "cut-after")
    row = BEHAVIOURS["cut-after"]
    octets, then = row.parameters
    ends = ("close", "abrupt-close", "half-close", "reset", "stall", "go-on")
    assert record == BehaviourRecord(
        name="cut-after",
        family="fault",
        category="wire",
        meaning=row.meaning,
        source="toxiproxy limit_data",
        bugs="delivers the truncated message as if complete, and deletes it",
        counted="",
        parameters=(
            ParameterRecord("octets", octets.meaning, "a whole number, 0 or more", None, ()),
            ParameterRecord("then", then.meaning, f"one of {', '.join(ends)}", "close", ends),
        ),
        aspect=("how the connection ends",),
        against=(),
        takes=(),
        needs=("octet in the reply to {on}",),
    )
    assert json.dumps(asdict(record))
    with pytest.raises(FrozenInstanceError):
        record.name = "another"  # type: ignore[misc]


@pytest.mark.parametrize("name", ["attacks", "catalogue", "faults", "quirks"])
def test_a_module_of_the_package_is_read_when_it_is_asked_for(name: str) -> None:
    program = (
        f"import sys, pop3lab; print('pop3lab.{name}' in sys.modules);"
        f"pop3lab.{name}; print('pop3lab.{name}' in sys.modules);"
        "print('pop3lab.behaviours.catalogue' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert run.stdout.split() == [b"False", b"True", b"True" if name == "catalogue" else b"False"]
    assert getattr(pop3lab, name).__name__ == f"pop3lab.{name}"
