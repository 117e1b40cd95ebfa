"""`pop3lab completion SHELL`: prints the script that completes command lines in a shell."""

import shlex
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence

from pop3lab.cli.candidates import SHELLS, Candidates, GivenCommand, GivenOption, given_commands
from pop3lab.cli.words import read_words
from pop3lab.core.errors import ConfigError
from pop3lab.core.suggest import nearest

OPTIONS = ()

_FIRST, _DIRECTORY = "(first)", "(DIR)"  # in place of a command

_ALWAYS = ("--help", "--version")


def run(command: str, words: Sequence[str]) -> int:
    """Print the script. Raises ConfigError."""
    _, operands = read_words(OPTIONS, words)
    if len(operands) != 1:
        raise ConfigError(f"completion takes one SHELL: {', '.join(SHELLS)}")
    sys.stdout.write(completion_script(operands[0]))
    sys.stdout.flush()
    return 0


def completion_script(shell: str) -> str:
    """Return the script for a shell. Raises ConfigError."""
    if shell not in _SCRIPTS:
        hint = nearest(shell, SHELLS) or f": give one of {', '.join(SHELLS)}"
        raise ConfigError(f"there is no completion for {shell!r}{hint}")
    return _SCRIPTS[shell]()


_BASH = """\
# Completes pop3lab in bash: eval "$(pop3lab completion bash)"

_pop3lab() {{
    local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}}
    local command=${{COMP_WORDS[1]}} words= files=
    if [ "$word" = "=" ]; then
        word=
    elif [ "$before" = "=" ]; then
        before=${{COMP_WORDS[COMP_CWORD-2]}}
    fi
    case "$command" in
        {commands}) ;;
        *) command={directory} ;;
    esac
    [ "$COMP_CWORD" -gt 1 ] || command={first}
    case "$command $before $word" in
{rows}    esac
    COMPREPLY=($(compgen -W "$words" -- "$word"))
    local IFS=$'\\n'
    [ -z "$files" ] || COMPREPLY+=($(compgen -f -- "$word"))
}}
complete -o filenames -F _pop3lab pop3lab
"""

_ZSH = """\
# Completes pop3lab in zsh: eval "$(pop3lab completion zsh)"

autoload -U +X compinit bashcompinit
(( $+functions[compdef] )) || compinit
bashcompinit

"""


def _bash() -> str:
    commands = [*given_commands()]
    names = "|".join(each.name for each in commands if each.name)
    rows = "".join(_bash_rows(commands))
    first, directory = shlex.quote(_FIRST), shlex.quote(_DIRECTORY)
    return _BASH.format(commands=names, directory=directory, first=first, rows=rows)


def _bash_rows(commands: Sequence[GivenCommand]) -> Iterator[str]:
    names = [each.name for each in commands if each.name]
    yield _bash_row(f'"{_FIRST} "*', Candidates([*names, *_ALWAYS], files=True))
    for command in commands:
        name = command.name or _DIRECTORY
        for option in command.options:
            if option.value is not None:
                yield _bash_row(f'"{name} {option.word} "*', option.value)
        options = [option.word for option in command.options]
        yield _bash_row(f'"{name} "*" -"*', Candidates([*options, *_ALWAYS]))
        yield _bash_row(f'"{name} "*', command.operands)


def _bash_row(pattern: str, candidates: Candidates) -> str:
    files = " files=yes" if candidates.files else ""
    return f"        {pattern}) words={shlex.quote(' '.join(candidates.words))}{files} ;;\n"


_FISH = """\
# Completes pop3lab in fish: pop3lab completion fish | source

complete -c pop3lab -f
complete -c pop3lab -n __fish_is_first_arg -F
complete -c pop3lab -l help -d 'print the help'
complete -c pop3lab -l version -d 'print the version'
"""


def _fish() -> str:
    return _FISH + "".join(f"complete -c pop3lab {row}\n" for row in _fish_rows())


def _fish_rows() -> Iterator[str]:
    commands = [*given_commands()]
    names = " ".join(each.name for each in commands if each.name)
    for command in commands:
        seen = f"__fish_seen_subcommand_from {command.name or names}"
        when = f"-n {_fish_text(seen if command.name else f'not {seen}')}"
        if command.name:
            about = _fish_text(command.meaning)
            yield f"-n __fish_is_first_arg -a {command.name} -d {about}"
            yield f"{when}{_fish_candidates(command.operands)}"
        else:
            later = _fish_text(f"not __fish_is_first_arg; and not {seen}")
            yield f"-n {later}{_fish_candidates(command.operands)}"
        yield from (f"{when} {_fish_option(option)}" for option in command.options)


def _fish_option(option: GivenOption) -> str:
    said = f"-l {option.word.removeprefix('--')} -d {_fish_text(option.meaning)}"
    return said if option.value is None else f"{said} -r{_fish_candidates(option.value)}"


def _fish_candidates(candidates: Candidates) -> str:
    words = f" -a {_fish_text(' '.join(candidates.words))}" if candidates.words else ""
    return f"{words}{' -F' if candidates.files else ' -f'}"


def _fish_text(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


_SCRIPTS: Mapping[str, Callable[[], str]] = {
    "bash": _bash,
    "zsh": lambda: _ZSH + _bash(),
    "fish": _fish,
}
