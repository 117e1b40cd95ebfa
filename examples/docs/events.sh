# Events as JSON on descriptor 3, which is a file here. Run it where a folder `messages` is.

. "$(dirname "$0")/../shell/pop3lab.sh"

exec 3>events.jsonl
pop3lab_start messages noextra --events=3
exec 3>&-
curl -s -o fetched "pop3://user:password@127.0.0.1:$pop3lab_port/1"
pop3lab_stop

cat events.jsonl
