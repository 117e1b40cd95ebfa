# A client held against a scenario: three runs of a program that fetches mail by poplib.

pop3lab scenario check outage.toml >/dev/null

mkfifo port
pop3lab scenario run outage.toml >port &
exec 9<port
read -r port <&9
for run in 1 2 3; do
    python3 fetch_once.py "pop3://127.0.0.1:$port" ann secret || echo "run $run failed"
done
wait $! && echo "as expected"
