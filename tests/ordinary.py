"""Sessions that answer each line the ordinary way: nothing is taken from the table of answers."""

from pop3lab.core.hooks import Hooks
from pop3lab.rules.hook_chain import HookChain


class Asked(Hooks):
    """Neutral hooks that are asked about everything, so that nothing is said without them."""


def ordinary(hooks: Hooks) -> Hooks:
    """The same hooks, and besides they are asked about everything."""
    return HookChain([hooks, Asked()])
