# pop3lab in an environment of its own, and the tests of a project in any language with it.
# POP3LAB: what pip is to install, a name, a folder or an archive.

set -e
python3 -m venv .pop3lab
.pop3lab/bin/pip install -q "${POP3LAB:-pop3lab}"
PATH="$PWD/.pop3lab/bin:$PATH"
export PATH
pop3lab --version
"$@"
