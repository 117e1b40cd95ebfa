# Quirks as keywords, and a rule. Run it where a folder `messages` is.

. "$(dirname "$0")/../shell/pop3lab.sh"

pop3lab_start messages noextra uidl-unsupported 'size-estimate factor=2' \
    --rule 'RETR 2 nth=1 -> cut-after 20 then reset'
curl -s "pop3://user:password@127.0.0.1:$pop3lab_port/"
curl -s -o fetched "pop3://user:password@127.0.0.1:$pop3lab_port/2" || echo "curl ends with $?"
curl -s -X UIDL "pop3://user:password@127.0.0.1:$pop3lab_port/" || echo "curl ends with $?"
pop3lab_stop
