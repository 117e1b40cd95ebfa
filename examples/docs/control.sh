# Commands on stdin, answers on stdout.

. ./pop3lab.sh

mkdir -p messages
printf 'Subject: one\r\n\r\nhello\r\n' >messages/0001
printf 'Subject: two\r\n\r\nhello again\r\n' >messages/0002

pop3lab_start messages noextra
url=pop3://user:password@127.0.0.1:$pop3lab_port

pop3lab_ask 'fault RETR 1 nth=1 -> cut-after 20 then reset'
curl -s -o fetched "$url/1" || echo "curl ends with $?"
curl -s -o fetched "$url/1"
pop3lab_ask wait sessions=2 retrieved=1
pop3lab_ask 'quirk uidl-unsupported on'
pop3lab_ask quirk uidl-unsuported on || echo refused
pop3lab_stop
