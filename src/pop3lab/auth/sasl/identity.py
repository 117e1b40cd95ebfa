"""Authorization identities: whom somebody who has logged in acts for (RFC 4422 section 3.4.1)."""

from collections.abc import Callable

from pop3lab.core.proof import Proof

# Of the identity that was asked for, which may be empty, and the user who has logged in: whose
# maildrop is opened. Raises LoginFailed.
Authorized = Callable[[str, str], str]


def authorized(asked: str, user: str | Proof, authorize: Authorized) -> str | Proof:
    """Whose maildrop is opened, judged only once the credentials have been: that tells nothing."""
    if isinstance(user, str):
        return authorize(asked, user)
    return Proof(lambda: authorize(asked, _proved(user))) if asked else user


def _proved(proof: Proof) -> str:
    proof.run()
    return proof.user
