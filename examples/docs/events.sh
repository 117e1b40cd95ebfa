# Events as JSON on descriptor 3, which is a file here.

. ./pop3lab.sh

mkdir -p messages
printf 'Subject: one\r\n\r\nhello\r\n' >messages/0001
printf 'Subject: two\r\n\r\nhello again\r\n' >messages/0002

exec 3>events.jsonl
pop3lab_start messages noextra --events=3
exec 3>&-
curl -s -o fetched "pop3://user:password@127.0.0.1:$pop3lab_port/1"
pop3lab_stop

cat events.jsonl
