#!/bin/sh
# TLS, users, tokens, events and commands in one server. Run: sh examples/shell/together.sh

set -eu
. "$(dirname "$0")/pop3lab.sh"

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
    pop3lab_start "$@" --tls-port 0 --ca-out "$work/ca.pem" --user ann:secret \
        --tokens "$work/tokens" --events=3 3>"$work/events"
    tls_port=$(pop3lab_ask stats | sed 's/.*"pop3s": \([0-9]*\).*/\1/')

    # By a password, without TLS.
    curl -sS --max-time 10 -u ann:secret -o "$work/fetched" "pop3://127.0.0.1:$pop3lab_port/1"
    cmp "$work/fetched" "$work/mail/0001" || fail "it is another message"

    # By a token, with TLS.
    curl -sS --max-time 10 -u ann: --oauth2-bearer t0ken --cacert "$work/ca.pem" \
        -o "$work/fetched" "pop3s://localhost:$tls_port/1"
    cmp "$work/fetched" "$work/mail/0001" || fail "it is another message"

    pop3lab_ask wait sessions=2 retrieved=2 >/dev/null
    pop3lab_stop
    grep -q '"event": "tls_established"' "$work/events" || fail "no TLS"
    grep -q '"event": "logged_in".*"mechanism": "OAUTHBEARER"' "$work/events" || fail "no token"
    ! grep -q 't0ken' "$work/events" || fail "the token is told"
}

try "$work/mail" noextra
printf '%s\n' "$pop3lab_statistics" | grep -qx 'RETR 2' || fail "not two times RETR"
try serve "$work/mail" --port 0
echo "all is well"
