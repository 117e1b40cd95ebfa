# A POP3 server for a test: copy this file, and source it.
#
#   pop3lab_start FOLDER [keyword or option ...]   # sets pop3lab_port
#   curl -s "pop3://user:password@127.0.0.1:$pop3lab_port/1"
#   pop3lab_ask wait sessions=1                    # until the client has gone; prints the answer
#   pop3lab_stop                                   # sets pop3lab_statistics
#
# It takes the descriptors 8 and 9.

pop3lab_start() {
    pop3lab_pipes=$(mktemp -d) || return
    mkfifo "$pop3lab_pipes/to" "$pop3lab_pipes/from" || return
    pop3lab "$@" --control --exit-on-stdin-eof <"$pop3lab_pipes/to" >"$pop3lab_pipes/from" &
    pop3lab_pid=$!
    exec 8>"$pop3lab_pipes/to" 9<"$pop3lab_pipes/from"
    rm -r "$pop3lab_pipes"
    read -r pop3lab_port <&9
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
}
