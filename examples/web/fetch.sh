#!/bin/sh
# curl tells a server over HTTP how to behave, and asks what a client did. Run: sh fetch.sh

set -eu

fail() {
    echo "failed: $*" >&2
    exit 1
}

folder=$(mktemp -d)
mkfifo "$folder/ready"
pop3lab serve memory: --user ann:secret --port 0 --web 0 --ready json --log-level off \
    >"$folder/ready" &
trap 'kill $! 2>/dev/null || :; rm -r "$folder"' EXIT
read -r ready <"$folder/ready"
port=$(printf %s "$ready" | sed 's/.*"pop3": \([0-9]*\).*/\1/')
api=$(printf %s "$ready" | sed 's/.*"web": "\([^"]*\)".*/\1/')api/v1

ask() {
    curl -sS --fail-with-body --max-time 10 "$@"
}

post() {
    path=$1 body=$2
    ask -H 'Content-Type: application/json' -d "$body" "$api/$path"
}

# A message comes in as it is.
printf 'Subject: one\r\n\r\nhello\r\n' >"$folder/message"
ask -H 'Content-Type: message/rfc822' --data-binary "@$folder/message" "$api/messages" >/dev/null

# The connection breaks in the middle of it, the first time.
post rules '{"rule": "RETR 1 times=1 -> cut-after 15 then reset"}' >/dev/null
url=pop3://ann:secret@127.0.0.1:$port/1
if curl -sS --max-time 10 -o "$folder/fetched" "$url" 2>/dev/null; then
    fail "curl takes half a message for a whole one"
fi
curl -sS --max-time 10 -o "$folder/fetched" "$url"
cmp "$folder/fetched" "$folder/message" || fail "it is another message"

# Two sessions, and what they did.
case $(post wait '{"sessions": 2, "timeout": 5}') in
    *'"retrieved":1,'*) ;;
    *) fail "not retrieved once" ;;
esac
ask "$api/sessions/2/transcript" | grep -q 'C: RETR 1' || fail "no RETR in the transcript"

post quit '{}' >/dev/null
wait $!
echo "all is well"
