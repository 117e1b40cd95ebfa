# A server for one client, with the dialogue in a file.

. ./pop3lab.sh

mkdir -p messages
printf 'Subject: one\r\n\r\nhello\r\n' >messages/0001
printf 'Subject: two\r\n\r\nhello again\r\n' >messages/0002

pop3lab_start messages noextra --transcript said.txt
curl -s -o fetched "pop3://user:password@127.0.0.1:$pop3lab_port/1"
pop3lab_stop

echo "$pop3lab_statistics"
cat said.txt
