"""The types that Server takes and reports: users, stores, certificates, events.

Users, Store, ManagedStore, DeliveringStore, Maildrop, LoginThrottle and EventSink are protocols:
any class that has their members will do.
"""

from pop3lab.core.actions import Proof, Send
from pop3lab.core.config import ServerCapabilities
from pop3lab.core.delivery import DeliveringStore, Envelope
from pop3lab.core.errors import (
    LockLost,
    LoginFailed,
    MaildropBusy,
    MessageGone,
    NoMaildrop,
    StoreFailed,
    StoreFull,
)
from pop3lab.core.events import (
    ActionPerformed,
    BodyTruncated,
    ConnectionClosed,
    ConnectionOpened,
    Event,
    EventSink,
    LineReceived,
    LoggedIn,
    LoginRefused,
    MessageDelivered,
    MessageRead,
    MessagesDeleted,
    PlaintextAfterStls,
    RecordingError,
    RuleApplied,
    SessionEnded,
    StoreError,
    TlsEstablished,
    TlsFailed,
    UnexpectedTls,
    ViolationFound,
)
from pop3lab.core.login import LoginThrottle
from pop3lab.core.maildrop import Entry, Maildrop, ManagedStore, Snapshot, Store, Users
from pop3lab.core.sasl import Channel, Mechanism
from pop3lab.core.text import MessageText
from pop3lab.rules.engine import Rules
from pop3lab.transport.listener import GreetedClient, ListeningSocket
from pop3lab.transport.threads import Threads
from pop3lab.transport.tls import Certificates, Tls, make_tls

__all__ = [
    "ActionPerformed",
    "BodyTruncated",
    "Certificates",
    "Channel",
    "ConnectionClosed",
    "ConnectionOpened",
    "DeliveringStore",
    "Entry",
    "Envelope",
    "Event",
    "EventSink",
    "GreetedClient",
    "LineReceived",
    "ListeningSocket",
    "LockLost",
    "LoggedIn",
    "LoginFailed",
    "LoginRefused",
    "LoginThrottle",
    "Maildrop",
    "MaildropBusy",
    "ManagedStore",
    "Mechanism",
    "MessageDelivered",
    "MessageGone",
    "MessageRead",
    "MessageText",
    "MessagesDeleted",
    "NoMaildrop",
    "PlaintextAfterStls",
    "Proof",
    "RecordingError",
    "RuleApplied",
    "Rules",
    "Send",
    "ServerCapabilities",
    "SessionEnded",
    "Snapshot",
    "Store",
    "StoreError",
    "StoreFailed",
    "StoreFull",
    "Threads",
    "Tls",
    "TlsEstablished",
    "TlsFailed",
    "UnexpectedTls",
    "Users",
    "ViolationFound",
    "make_tls",
]
