"""Certificates of clients, which log in with AUTH EXTERNAL, and the authority that signs them."""

import atexit
import os
import shutil
import tempfile
from functools import cache


class ClientAuthority:
    """Signs certificates for users. Its files are removed when the process ends."""

    def __init__(self) -> None:
        import trustme  # not needed without AUTH EXTERNAL

        self._authority = trustme.CA()
        self._folder = tempfile.mkdtemp(prefix="pop3lab-")
        self._files: dict[str, str] = {}
        atexit.register(shutil.rmtree, self._folder, ignore_errors=True)
        self.ca_file = os.path.join(self._folder, "ca.pem")
        self._authority.cert_pem.write_to_path(self.ca_file)

    def cert_file(self, user: str) -> str:
        """The path of a PEM file with the certificate of a user, and its key."""
        if user not in self._files:
            address = user if "@" in user else f"{user}@example.org"
            leaf = self._authority.issue_cert(address, common_name=user)
            path = os.path.join(self._folder, f"{len(self._files)}.pem")
            leaf.private_key_and_cert_chain_pem.write_to_path(path)
            self._files[user] = path
        return self._files[user]


@cache
def client_authority() -> ClientAuthority:
    """The authority of this process."""
    return ClientAuthority()
