#!/bin/sh
# TLS, users, tokens, events and commands in one server. Run: sh together.sh

set -eu
. ./pop3lab.sh

fail() {
    echo "failed: $*" >&2
    exit 1
}

work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
mkdir "$work/mail"
printf 'Subject: one\r\n\r\nhello\r\n' >"$work/mail/0001"
echo 't0ken ann' >"$work/tokens"

# The same options for `pop3lab DIR` and for `pop3lab serve`.
try() {
    pop3lab_start "$@" --tls-port 0 --user ann:secret --tokens "$work/tokens"

    # By a password, without TLS.
    curl -sS --max-time 10 -u ann:secret -o "$work/fetched" "pop3://127.0.0.1:$pop3lab_port/1"
    cmp "$work/fetched" "$work/mail/0001" || fail "it is another message"

    # By a token, with TLS.
    curl -sS --max-time 10 -u ann: --oauth2-bearer t0ken --cacert "$pop3lab_ca" \
        -o "$work/fetched" "pop3s://localhost:$pop3lab_tls_port/1"
    cmp "$work/fetched" "$work/mail/0001" || fail "it is another message"

    pop3lab_ask wait sessions=2 retrieved=2 >/dev/null
    cp "$pop3lab_events" "$work/events"
    pop3lab_stop
    grep -q '"event": "tls_established"' "$work/events" || fail "no TLS"
    grep -q '"event": "logged_in".*"mechanism": "OAUTHBEARER"' "$work/events" || fail "no token"
    ! grep -q 't0ken' "$work/events" || fail "the token is told"
}

try "$work/mail" noextra
printf '%s\n' "$pop3lab_statistics" | grep -qx 'RETR 2' || fail "not two times RETR"
try serve "$work/mail" --port 0
echo "all is well"
