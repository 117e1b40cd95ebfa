"""What `pop3lab --help` says."""

from pop3lab.cli.directory.options import KEYWORDS
from pop3lab.control.commands import COMMANDS
from pop3lab.observe.counters import COUNTED

_WORDS = "".join(f"  {word:<22} {meaning}\n" for word, meaning in KEYWORDS.items())
_LINES = "".join(f"  {row.usage}\n      {row.meaning}\n" for row in COMMANDS.values())
_COUNTED = "".join(f"  {name:<22} {meaning}\n" for name, meaning in COUNTED.items())

HELP = f"""usage: pop3lab DIR [keyword ...] [option ...]

Serve the files of a folder as messages by POP3 on 127.0.0.1, user `user`, password `password`.
The first line of stdout is the port; the statistics follow when the server shuts down
(SIGTERM, SIGINT, or the POP3 commands EXIT and QUIT).

keywords, any number in any order:
{_WORDS}  ...                    any quirk by its name, with its values in one word: 'NAME VALUE'

options:
  --when WHEN WHAT       a rule: do WHAT when WHEN, as in --when 'RETR 2 nth=1' 'cut-after 512';
                         may be given again
  --profile NAME         another server than Mail::Box's, with all its peculiarities
  --utf8                 with a profile: offer UTF8 (RFC 6856)
  --seed NUMBER          of all chance in rules
  --transcript FILE      write what client and server say to FILE, passwords masked
  --events[=DESCRIPTOR]  write what happens to stderr, or to a descriptor that is open for
                         writing: an object of JSON on a line for each event, passwords masked
  --control              obey commands on stdin, a line each; each is answered by a line on
                         stdout, `ok ...` or `err ...`, between the port and the statistics
  --exit-on-stdin-eof    shut down when stdin ends, as it does when the parent process dies
  --max-lifetime SECONDS shut down by itself after so long
  --idle SECONDS         close a connection after so long without a command (default: 600)
  --hint                 say on stderr how to connect
  --version              print the version
  --help                 print this

commands of --control:
{_LINES}
counted, besides each verb:
{_COUNTED}
exit codes: 0 a clean end, 2 wrong usage or DIR, 3 cannot listen
"""
