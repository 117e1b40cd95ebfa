# A server for one client, with the dialogue in a file. Run it where a folder `messages` is.

. "$(dirname "$0")/../shell/pop3lab.sh"

pop3lab_start messages noextra --transcript said.txt
curl -s -o fetched "pop3://user:password@127.0.0.1:$pop3lab_port/1"
pop3lab_stop

echo "$pop3lab_statistics"
cat said.txt
