"""The attacks of the catalogue as functions: `attacks.cert_expired()`.

Each function has the name of its row, with underscores for hyphens. It takes the values of the row,
in order or by name, and returns an effect for a rule. It raises ConfigError if a value is wrong.
"""

from pop3lab.behaviours.lazy_module import attributes_of

__getattr__, __dir__ = attributes_of("attack")
