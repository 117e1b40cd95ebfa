# A POP3 server for a test. Save this file beside your tests, and source it:
#
#   pop3lab helper shell >pop3lab.sh
#
#   pop3lab_start FOLDER [keyword or option ...]   # sets pop3lab_port
#   curl -s "pop3://user:password@127.0.0.1:$pop3lab_port/1"
#   pop3lab_ask wait sessions=1                    # until the client has gone; prints the answer
#   grep logged_in "$pop3lab_events"               # what has happened until now, as lines of JSON
#   pop3lab_stop                                   # sets pop3lab_statistics
#
# With --tls-port=0, pop3lab_tls_port is a port with TLS, and pop3lab_ca the file of the CA to trust.
# With --user=ann:secret, ann logs in, not user. It takes the descriptors 7, 8 and 9.

pop3lab_start() {
    pop3lab_work=$(mktemp -d) || return
    pop3lab_events=$pop3lab_work/events pop3lab_ca=$pop3lab_work/ca.pem
    mkfifo "$pop3lab_work/to" "$pop3lab_work/from" || return
    case " $* " in *" --tls-port"*) set -- "$@" --ca-out="$pop3lab_ca" ;; esac
    pop3lab "$@" --control --exit-on-stdin-eof --statistics --events=7 \
        <"$pop3lab_work/to" >"$pop3lab_work/from" 7>"$pop3lab_events" &
    pop3lab_pid=$!
    exec 8>"$pop3lab_work/to" 9<"$pop3lab_work/from"
    rm "$pop3lab_work/to" "$pop3lab_work/from"
    if ! read -r pop3lab_port <&9; then # it has said why on stderr
        exec 8>&- 9<&-
        rm -r "$pop3lab_work"
        return 1
    fi
    pop3lab_tls_port=$(pop3lab_ask stats | sed -n 's/.*"pop3s": \([0-9]*\).*/\1/p')
}

# A command of --control (`pop3lab --help` lists them).
pop3lab_ask() {
    printf '%s\n' "$*" >&8
    IFS= read -r pop3lab_answer <&9 || return
    case $pop3lab_answer in
        ok*) printf '%s\n' "$pop3lab_answer" ;;
        *) printf '%s: %s\n' "$*" "$pop3lab_answer" >&2; return 1 ;;
    esac
}

# The statistics: the number of logins, then each verb and how often it came.
pop3lab_stop() {
    pop3lab_ask quit >/dev/null
    exec 8>&-
    pop3lab_statistics=$(cat <&9)
    exec 9<&-
    wait "$pop3lab_pid"
    rm -r "$pop3lab_work"
}
