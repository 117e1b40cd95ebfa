#!/bin/sh
# curl on a good day, and on a bad one. Beside pop3lab.sh. Run: sh fetch.sh

set -eu
. ./pop3lab.sh

fail() {
    echo "failed: $*" >&2
    exit 1
}

folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
printf 'Subject: one\r\n\r\nhello\r\n' >"$folder/0001"
printf 'Subject: two\r\n\r\nhello again\r\n' >"$folder/0002"

pop3lab_start "$folder" noextra
url=pop3://user:password@127.0.0.1:$pop3lab_port

# A message is fetched, and stays.
curl -sS --max-time 10 -o "$folder/.fetched" "$url/1"
cmp "$folder/.fetched" "$folder/0001" || fail "it is another message"
case $(pop3lab_ask wait sessions=1) in
    *retrieved=1\ deleted=0*) ;;
    *) fail "not fetched, or deleted" ;;
esac

# The connection breaks in the middle of a message, the first time.
pop3lab_ask 'fault RETR nth=1 -> cut-after 30 then reset' >/dev/null
if curl -sS --max-time 10 -o "$folder/.fetched" "$url/2" 2>/dev/null; then
    fail "curl takes half a message for a whole one"
fi
curl -sS --max-time 10 -o "$folder/.fetched" "$url/2"
cmp "$folder/.fetched" "$folder/0002" || fail "it is another message"
case $(pop3lab_ask wait sessions=3) in
    *rules_applied=1*) ;;
    *) fail "the connection did not break" ;;
esac

pop3lab_stop
printf '%s\n' "$pop3lab_statistics" | grep -qx 'RETR 3' || fail "not three times RETR"
echo "all is well"
