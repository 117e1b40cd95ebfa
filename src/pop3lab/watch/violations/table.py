"""All violations by their ids, which are never renamed."""

from collections.abc import Mapping

from pop3lab.watch.violations.arguments import (
    NO_KEYWORD,
    SEVERAL_SPACES,
    SPACES_BEHIND_KEYWORD,
    WRONG_ARGUMENTS,
)
from pop3lab.watch.violations.attempts import (
    AGAIN_AFTER_AUTH,
    AGAIN_AFTER_SYS_PERM,
    AT_ONCE_AFTER_IN_USE,
    WITHIN_LOGIN_DELAY,
)
from pop3lab.watch.violations.credentials import (
    APOP_WITHOUT_TIMESTAMP,
    CLEAR_THOUGH_SASL,
    CLEAR_THOUGH_TLS,
    MECHANISM_NOT_OFFERED,
    TOKEN_IN_CLEAR,
    UNASKED_INITIAL_RESPONSE,
)
from pop3lab.watch.violations.ends import CONNECTION_RESET, NO_QUIT, QUIT_NOT_AWAITED
from pop3lab.watch.violations.lines import (
    BARE_LF,
    CONTROL,
    EIGHT_BIT,
    INITIAL_RESPONSE_TOO_LONG,
    LINE_TOO_LONG,
    NUL,
)
from pop3lab.watch.violations.messages import (
    DELE_OF_INCOMPLETE,
    DELE_OF_UNSENT,
    DELETED_NUMBER,
    NEVER_LISTED,
)
from pop3lab.watch.violations.pipelining import BEFORE_GREETING, PIPELINING
from pop3lab.watch.violations.responses import NOT_BASE64
from pop3lab.watch.violations.states import (
    PASS_AFTER_REFUSED_USER,
    PASS_NOT_AFTER_USER,
    WRONG_STATE,
)
from pop3lab.watch.violations.tls import BEHIND_STLS, FACTS_FROM_BEFORE_TLS, NO_CAPA_AFTER_STLS
from pop3lab.watch.violations.violation import Violation
from pop3lab.watch.violations.visits import (
    DELETED_CAME_BACK,
    DELETED_UNFETCHED,
    FETCHED_AGAIN,
    STOPPED_AT,
)

# fmt: off
_ROWS = (
    BARE_LF, LINE_TOO_LONG, INITIAL_RESPONSE_TOO_LONG, NUL, CONTROL, EIGHT_BIT,
    NO_KEYWORD, SEVERAL_SPACES, SPACES_BEHIND_KEYWORD, WRONG_ARGUMENTS,
    BEFORE_GREETING, PIPELINING,
    WRONG_STATE, PASS_AFTER_REFUSED_USER, PASS_NOT_AFTER_USER,
    BEHIND_STLS, NO_CAPA_AFTER_STLS, FACTS_FROM_BEFORE_TLS,
    CLEAR_THOUGH_TLS, CLEAR_THOUGH_SASL, TOKEN_IN_CLEAR, MECHANISM_NOT_OFFERED,
    APOP_WITHOUT_TIMESTAMP, UNASKED_INITIAL_RESPONSE, NOT_BASE64,
    WITHIN_LOGIN_DELAY, AT_ONCE_AFTER_IN_USE, AGAIN_AFTER_SYS_PERM, AGAIN_AFTER_AUTH,
    NEVER_LISTED, DELETED_NUMBER, DELE_OF_INCOMPLETE, DELE_OF_UNSENT,
    NO_QUIT, QUIT_NOT_AWAITED, CONNECTION_RESET,
    FETCHED_AGAIN, STOPPED_AT, DELETED_UNFETCHED, DELETED_CAME_BACK,
)
# fmt: on

VIOLATIONS: Mapping[str, Violation] = {row.id: row for row in _ROWS}
