# Record a session with a server, then play the server's side of it to the client again.

mkfifo server recorder player
pop3lab serve gen:7?messages=1\&size=1KiB --user ann:secret --port 0 >server 2>log &
server=$!
exec 7<server && read -r port <&7

pop3lab record "127.0.0.1:$port" --out said.txt >recorder &
recorder=$!
exec 8<recorder && read -r port <&8
curl -s -o fetched "pop3://ann:secret@127.0.0.1:$port/1"
kill -TERM $recorder $server
wait $recorder $server

pop3lab replay said.txt >player &
player=$!
exec 9<player && read -r port <&9
curl -s -o fetched-again "pop3://ann:secret@127.0.0.1:$port/1"
kill -TERM $player
wait $player
cmp fetched fetched-again && echo "the same octets"
grep C: said.txt
