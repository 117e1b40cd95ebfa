# Quirks as keywords, and a rule.

. ./pop3lab.sh

mkdir -p messages
printf 'Subject: one\r\n\r\nhello\r\n' >messages/0001
printf 'Subject: two\r\n\r\nhello again\r\n' >messages/0002

pop3lab_start messages noextra uidl-unsupported 'size-estimate factor=2' \
    --rule 'RETR 2 nth=1 -> cut-after 20 then reset'
curl -s "pop3://user:password@127.0.0.1:$pop3lab_port/"
curl -s -o fetched "pop3://user:password@127.0.0.1:$pop3lab_port/2" || echo "curl ends with $?"
curl -s -X UIDL "pop3://user:password@127.0.0.1:$pop3lab_port/" || echo "curl ends with $?"
pop3lab_stop
