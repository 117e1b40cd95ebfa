"""No peculiarity at all, for those who want the server of a folder without that of Mail::Box."""

from pop3lab.faults.profiles.profile import Profile

BY_THE_BOOK = Profile("by-the-book", "no server in particular: all of POP3 as the RFCs say", ())

PROFILES = (BY_THE_BOOK,)
