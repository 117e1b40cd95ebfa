# Events as lines of JSON, in a file.

. ./pop3lab.sh

mkdir -p messages
printf 'Subject: one\r\n\r\nhello\r\n' >messages/0001
printf 'Subject: two\r\n\r\nhello again\r\n' >messages/0002

pop3lab_start messages noextra
curl -s -o fetched "pop3://user:password@127.0.0.1:$pop3lab_port/1"
pop3lab_ask wait sessions=1 >counts
cat "$pop3lab_events"
pop3lab_stop
