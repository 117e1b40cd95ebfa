"""What a store on another machine asks of a session: steps between looks, and an end."""

from collections.abc import Collection

from pop3lab.core.config import Limits
from pop3lab.core.errors import LockLost, MaildropBusy, StoreFailed
from pop3lab.core.maildrop import Maildrop
from pop3lab.core.maildrop_wrappers import MaildropWrapper
from pop3lab.core.session import Session
from pop3lab.core.text import MessageText
from tests.dialogue import ACCOUNTS, ONE, TWO, done, fed, logged_in, memory, play, sent, session
from tests.failures import Failures
from tests.wording import NOT_RETRIEVED

LOST = LockLost("this session has lost its lock on the maildrop")


class Lost(MaildropWrapper):
    """A maildrop that somebody else has by now."""

    read_waits = True

    def read(self, uid: str) -> MessageText:
        raise LOST

    def delete(self, uids: Collection[str]) -> None:
        raise LOST


class LosingStore:
    open_waits = False

    def __init__(self) -> None:
        self.memory = memory(ONE, TWO)

    def open(self, user: str) -> Maildrop:
        return Lost(self.memory.open(user))


def test_a_session_that_has_lost_its_lock_says_so_and_ends() -> None:
    store = LosingStore()
    play(
        logged_in(store),
        """
        C: RETR 1
        (offload)
        S: -ERR [SYS/TEMP] this session has lost its lock on the maildrop
        (close)
        """,
    )
    assert len(store.memory.look()("ann")) == 2


def test_quit_without_the_lock_deletes_nothing_and_is_refused() -> None:
    store = LosingStore()
    play(
        logged_in(store),
        """
        C: DELE 1
        S: +OK ...
        C: QUIT
        S: -ERR [SYS/TEMP] this session has lost its lock on the maildrop
        (close)
        """,
    )
    assert len(store.memory.look()("ann")) == 2


def test_dele_behind_a_refused_retr_looks_in_a_thread_and_other_deletions_do_not_wait() -> None:
    class Failing(Lost):
        def read(self, uid: str) -> MessageText:
            raise StoreFailed("the mail can't be reached now")

    class FailingStore(LosingStore):
        def open(self, user: str) -> Maildrop:
            return Failing(self.memory.open(user))

    play(
        logged_in(FailingStore()),
        f"""
        C: DELE 2
        S: +OK ...
        C: RETR 1
        (offload)
        S: -ERR [SYS/TEMP] the mail can't be reached now
        C: DELE 1
        (offload)
        S: {NOT_RETRIEVED}
        """,
    )


class Busy:
    """A store whose lock is looked for by a query."""

    open_waits = False

    def __init__(self, retry_after: float) -> None:
        self.retry_after = retry_after
        self.looks = 0

    def open(self, user: str) -> Maildrop:
        self.looks += 1
        raise MaildropBusy("maildrop is in use by another session", self.retry_after)


def test_a_store_says_after_which_time_another_look_for_the_lock_is_worth_it() -> None:
    for retry_after, looks in ((0.0, 6), (0.25, 5), (0.7, 2), (2.0, 1)):
        store = Busy(retry_after)
        log_in(session(store, limits=Limits(busy=1.0, busy_step=0.2)))
        assert store.looks == looks + 1  # the first does not wait for a thread


def log_in(entering: Session) -> bytes:
    done(entering.greeting())
    return sent(done(fed(entering, b"USER ann\r\nPASS secret\r\n")))


class FailingThrottle:
    def admit(self, user: str) -> None:
        pass

    def succeeded(self, address: str) -> None:
        raise StoreFailed("the counters can't be reached")

    def failed(self, address: str) -> float:
        raise StoreFailed("the counters can't be reached")


def test_counters_that_fail_are_told_of_and_keep_nobody_out() -> None:
    for words, said in ((b"secret", b"+OK maildrop"), (b"wrong", b"-ERR [AUTH]")):
        failures = Failures()
        entering = Session(1, ACCOUNTS, memory(ONE), throttle=FailingThrottle(), sink=failures)
        done(entering.greeting())
        answers = sent(done(fed(entering, b"USER ann\r\nPASS %s\r\n" % words)))
        assert said in answers
        assert failures.reasons == ["the counters can't be reached"]
