"""`python -m benchmarks`: measures pop3lab and its peers, and writes RESULTS.md.

Five rounds take some twenty minutes. `--quick` shows in two that all works; `--only WORD` runs the
figures whose names have the word in them. Both print what they find and leave RESULTS.md alone, as
does a run of too few rounds.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import generator, maildrops
from benchmarks.figures import GREETING, IDLE_SESSION, PORT_LINE, Sizes, loads
from benchmarks.figures import maildrops as planned_maildrops
from benchmarks.machine import facts
from benchmarks.peers import dovecot, plain, pop3lab
from benchmarks.peers.peer import Peer
from benchmarks.process import prepare_process
from benchmarks.ratios import write_ratios
from benchmarks.report import Reported, document
from benchmarks.results import Results
from benchmarks.rounds import Plan, Run

RESULTS = Path(__file__).parent / "RESULTS.md"
ROUNDS = 5
ENOUGH_ROUNDS = 3
QUICK_SIZES = Sizes(thousand=100, many=2_000)


@dataclass(frozen=True, slots=True)
class Options:
    """The command line."""

    rounds: int
    seconds: float
    quick: bool
    only: str

    @property
    def full(self) -> bool:
        """True of a run whose results are kept."""
        return not self.quick and not self.only and self.rounds >= ENOUGH_ROUNDS


def parse(arguments: Sequence[str]) -> Options:
    """The options, those not given set as the others ask."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    option = parser.add_argument
    option("--rounds", type=int, metavar="N", help="turns of each peer (5; with --quick 1)")
    option("--seconds", type=float, metavar="S", help="a figure and turn (1; with --quick 0.2)")
    option("--quick", action="store_true", help="a smoke run on small maildrops")
    option("--only", default="", metavar="WORD", help="figures with the word in their names")
    given = parser.parse_args(arguments)
    rounds = given.rounds or (1 if given.quick else ROUNDS)
    return Options(rounds, given.seconds or (0.2 if given.quick else 1.0), given.quick, given.only)


def plan(options: Options, place: Path) -> Plan:
    """What to run; the maildrops are those that the wanted loads need, and the one for starts."""
    sizes = QUICK_SIZES if options.quick else Sizes()
    wanted = tuple(load for load in loads(sizes) if options.only.lower() in load.name.lower())
    spawns = any(options.only.lower() in name for name in (PORT_LINE, GREETING))
    memory = options.only.lower() in IDLE_SESSION
    return Plan(
        rounds=options.rounds,
        seconds=options.seconds,
        starts=3 if options.quick else 10,
        idle=100 if options.quick else 1000,
        loads=wanted,
        maildrops=planned_maildrops(place, sizes),
        spawns=spawns,
        memory=memory,
    )


def write_maildrops(plan: Plan) -> None:
    """Those that are used."""
    used = {load.maildrop for load in plan.loads}
    for name, maildrop in plan.maildrops.items():
        if name in used or plan.spawns or plan.memory:
            maildrops.write(maildrop)


def contestants(place: Path, programs: Path) -> list[Peer]:
    """All peers, in the order of their turns and of the tables."""
    return [
        dovecot.tuned(place),
        *pop3lab.unwatched(),
        *pop3lab.watched(place),
        dovecot.packaged(place),
        plain.twisted(),
        plain.perl(),
        plain.canned(programs),
    ]


def measure(options: Options, place: Path) -> Reported:
    """The whole run."""
    program = generator.compile_into(place, "load")
    everybody = contestants(place, generator.compile_into(place, "canned"))
    missing = sorted({peer.missing for peer in everybody if peer.missing})
    for line in missing:
        print(line, file=sys.stderr, flush=True)
    here = [peer for peer in everybody if not peer.missing]
    planned = plan(options, place)
    write_maildrops(planned)
    results = Results()
    Run(planned, here, generator.Generator(program), results).all_rounds()
    return Reported(results, planned.loads, here, facts(here), missing, options.seconds)


def main(arguments: Sequence[str]) -> int:
    """Runs, and prints or writes what came out."""
    options = parse(arguments)
    if lack := generator.missing_compiler():
        print(lack, file=sys.stderr)
        return 1
    prepare_process()
    with tempfile.TemporaryDirectory(prefix="pop3lab-bench-") as place:
        Path(place).chmod(0o755)  # Dovecot as root reads the mail as another user
        run = measure(options, Path(place))
    text = document(run)
    if options.full:
        RESULTS.write_text(text)
        write_ratios(run.results, run.loads)
        print(f"written: {RESULTS.parent.name}/{RESULTS.name}", file=sys.stderr)
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
