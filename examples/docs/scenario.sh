# A client held against a scenario: three runs of a program that fetches mail by poplib.

here=$(dirname "$0")
pop3lab scenario check "$here/outage.toml" >/dev/null

mkfifo port
pop3lab scenario run "$here/outage.toml" >port &
exec 9<port
read -r port <&9
for run in 1 2 3; do
    python3 "$here/fetch_once.py" "pop3://127.0.0.1:$port" ann secret || echo "run $run failed"
done
wait $! && echo "as expected"
