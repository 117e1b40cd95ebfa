# A real server on a Maildir, with TLS, for one user.

mkdir -p mail/ann/new mail/ann/cur mail/ann/tmp
printf 'Subject: one\n\nhello\n' >mail/ann/new/1

mkfifo ready
pop3lab serve mail/ann --user ann:secret --tls-self-signed --ca-out ca.pem \
    --port 0 --tls-port 0 --ready json >ready 2>log &
exec 9<ready && read -r ready <&9
echo "$ready"

port=$(printf '%s' "$ready" | python3 -c 'import json, sys; print(json.load(sys.stdin)["pop3s"])')
curl -s --cacert ca.pem "pop3s://ann:secret@localhost:$port/1"
kill -TERM $! && wait $!
