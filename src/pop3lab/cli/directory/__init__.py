"""`pop3lab DIR [keyword ...]`: the contract of the test server of Perl's Mail::Box."""
