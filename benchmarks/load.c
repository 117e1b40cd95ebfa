/*
 * The load generator: one POP3 client on 127.0.0.1, bounded in count and time.
 *
 *   load sessions PORT SECONDS MOST DEPTH COMMAND...     a whole session each time: login, the commands, QUIT
 *   load commands PORT SECONDS MOST DEPTH COMMAND...     one login, then the commands over and over
 *   load idle     PORT SECONDS MOST                      MOST connections, greeted and left alone until stdin ends
 *   load start    PORT SECONDS MOST PROGRAM ARGUMENT...  starts and stops the program; PORT 0: it prints its port
 *
 * DEPTH commands go out in one write, and all their replies are read before the next ones go.
 * `sessions` and `commands` print operations, octets received, seconds, and the generator's own CPU seconds;
 * `idle` prints "ready" once all are greeted; `start` prints, for each start, the seconds to the port line,
 * the seconds to the greeting, and the program's CPU seconds.
 *
 * One connection at a time and blocking calls: a maildrop is locked by its session, so there is never a second one.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { BUFFER = 1 << 20, BATCH = 1 << 16, PATIENCE = 60, RETRY_NANOSECONDS = 100000 };

struct connection {
    int socket;
    size_t from, to; /* what is received and not yet understood: data[from..to) */
    unsigned long long octets;
    char data[BUFFER];
};

struct commands {
    char **texts;
    int count, depth, next;
};

struct limits {
    int port;
    double seconds;
    long most;
};

static struct connection peer;
static pid_t started; /* the program under test, to be ended with us; 0: none */

static void fail(const char *format, ...)
{
    va_list values;
    va_start(values, format);
    fputs("load: ", stderr);
    vfprintf(stderr, format, values);
    fputc('\n', stderr);
    if (started > 0)
        kill(started, SIGTERM);
    exit(1);
}

static double now(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static double cpu_of(const struct rusage *used)
{
    return (double)(used->ru_utime.tv_sec + used->ru_stime.tv_sec) +
           (double)(used->ru_utime.tv_usec + used->ru_stime.tv_usec) / 1e6;
}

/* ---- octets and replies ---- */

static int dial(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
    int yes = 1, sock = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (sock < 0)
        fail("socket: %s", strerror(errno));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(sock, (struct sockaddr *)&address, sizeof address) < 0) {
        close(sock);
        return -1;
    }
    setsockopt(sock, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    return sock;
}

static void open_connection(struct connection *c, int port)
{
    c->socket = dial(port);
    if (c->socket < 0)
        fail("connect: %s", strerror(errno));
    c->from = c->to = 0;
}

/* Receives some more; false at the end of the stream. */
static int fill(struct connection *c)
{
    if (c->from > 0 && (c->from == c->to || c->to == BUFFER)) {
        memmove(c->data, c->data + c->from, c->to - c->from);
        c->to -= c->from;
        c->from = 0;
    }
    ssize_t got = recv(c->socket, c->data + c->to, BUFFER - c->to, 0);
    if (got < 0)
        fail("receive: %s", strerror(errno));
    c->to += (size_t)got;
    c->octets += (unsigned long long)got;
    return got > 0;
}

/* Reads one status line, which must be +OK and end in CRLF. */
static void read_status(struct connection *c, const char *command)
{
    char *end;
    size_t seen = 0; /* octets of the line already searched */
    while (!(end = memchr(c->data + c->from + seen, '\n', c->to - c->from - seen))) {
        seen = c->to - c->from;
        if (seen == BUFFER || !fill(c))
            fail("no reply to %s", command);
    }
    size_t length = (size_t)(end - (c->data + c->from)) + 1;
    if (length < 5 || memcmp(c->data + c->from, "+OK", 3) != 0 || end[-1] != '\r')
        fail("reply to %s: %.*s", command, (int)length, c->data + c->from);
    c->from += length;
}

/*
 * Reads up to the terminator, CRLF.CRLF, at whatever octet the text was cut. Dots are rare in messages, and
 * memchr finds them faster than memmem finds a terminator. The status line's CRLF counts as the first one.
 */
static void read_body(struct connection *c, const char *command)
{
    c->from -= 2; /* read_status left them in the buffer */
    for (;;) {
        char *at = c->data + c->from + 2, *last = c->data + c->to - 2;
        while (at < last && (at = memchr(at, '.', (size_t)(last - at)))) {
            if (memcmp(at - 2, "\r\n.\r\n", 5) == 0) {
                c->from = (size_t)(at + 3 - c->data);
                return;
            }
            at++;
        }
        if (c->to - c->from > 4)
            c->from = c->to - 4; /* may be the terminator's beginning */
        if (!fill(c))
            fail("%s: ended before its terminator", command);
    }
}

/* Is the reply to this command a multi-line one? LIST and UIDL are with no argument only. */
static int has_body(const char *command)
{
    return !strncasecmp(command, "RETR ", 5) || !strncasecmp(command, "TOP ", 4) || !strcasecmp(command, "LIST") ||
           !strcasecmp(command, "UIDL") || !strcasecmp(command, "CAPA");
}

static void read_reply(struct connection *c, const char *command)
{
    read_status(c, command);
    if (has_body(command))
        read_body(c, command);
}

static void send_all(struct connection *c, const char *text, size_t length)
{
    while (length > 0) {
        ssize_t sent = send(c->socket, text, length, MSG_NOSIGNAL);
        if (sent < 0)
            fail("send: %s", strerror(errno));
        text += sent;
        length -= (size_t)sent;
    }
}

static void ask(struct connection *c, const char *command)
{
    char line[512];
    int length = snprintf(line, sizeof line, "%s\r\n", command);
    send_all(c, line, (size_t)length);
    read_reply(c, command);
}

/* ---- sessions ---- */

static void log_in(struct connection *c, int port)
{
    open_connection(c, port);
    read_status(c, "the greeting");
    ask(c, "USER user");
    ask(c, "PASS password");
}

/* The session is over when the server has closed: only then may the next one have the maildrop. */
static void log_out(struct connection *c)
{
    ask(c, "QUIT");
    while (fill(c))
        c->from = c->to;
    close(c->socket);
}

/* Sends the next `count` of the commands in one write, going round, and reads their replies. */
static void batch(struct connection *c, struct commands *commands, int count)
{
    static char text[BATCH];
    size_t length = 0;
    int first = commands->next;
    for (int n = 0, at = first; n < count; n++, at = (at + 1) % commands->count) {
        size_t size = strlen(commands->texts[at]);
        if (length + size + 2 > BATCH)
            fail("the batch is too long");
        memcpy(text + length, commands->texts[at], size);
        memcpy(text + length + size, "\r\n", 2);
        length += size + 2;
    }
    send_all(c, text, length);
    for (int n = 0; n < count; n++) {
        read_reply(c, commands->texts[commands->next]);
        commands->next = (commands->next + 1) % commands->count;
    }
}

static long whole_session(const struct limits *limits, struct commands *commands)
{
    log_in(&peer, limits->port);
    for (int left = commands->count; left > 0; left -= commands->depth)
        batch(&peer, commands, left < commands->depth ? left : commands->depth);
    log_out(&peer);
    return 1;
}

static long one_batch(const struct limits *limits, struct commands *commands)
{
    (void)limits;
    batch(&peer, commands, commands->depth);
    return commands->depth;
}

typedef long step(const struct limits *limits, struct commands *commands);

/* Takes steps until the time is over or the count reached, at least one, and prints the sums. */
static void repeat(const struct limits *limits, struct commands *commands, step *one)
{
    long operations = 0;
    struct rusage used;
    peer.octets = 0;
    double begun = now();
    while (operations == 0 || (operations < limits->most && now() - begun < limits->seconds))
        operations += one(limits, commands);
    double seconds = now() - begun;
    getrusage(RUSAGE_SELF, &used);
    printf("%ld %llu %.9f %.6f\n", operations, peer.octets, seconds, cpu_of(&used));
}

static struct commands commands_from(int count, char **words)
{
    if (count < 2 || atoi(words[0]) < 1)
        fail("DEPTH and at least one COMMAND, please");
    return (struct commands){.texts = words + 1, .count = count - 1, .depth = atoi(words[0])};
}

static void sessions(const struct limits *limits, int count, char **words)
{
    struct commands commands = commands_from(count, words);
    repeat(limits, &commands, whole_session);
}

static void many_commands(const struct limits *limits, int count, char **words)
{
    struct commands commands = commands_from(count, words);
    log_in(&peer, limits->port);
    repeat(limits, &commands, one_batch);
    log_out(&peer);
}

static void idle(const struct limits *limits)
{
    for (long n = 0; n < limits->most; n++) {
        open_connection(&peer, limits->port);
        read_status(&peer, "the greeting");
    }
    puts("ready");
    fflush(stdout);
    while (getchar() != EOF)
        ;
}

/* ---- starting programs ---- */

static int spawn(char **program)
{
    int ends[2];
    if (pipe(ends) < 0)
        fail("pipe: %s", strerror(errno));
    started = fork();
    if (started == 0) {
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        execvp(program[0], program);
        _exit(127);
    }
    close(ends[1]);
    return ends[0];
}

static int printed_port(int output)
{
    char line[64];
    size_t length = 0;
    while (length < sizeof line - 1 && read(output, line + length, 1) == 1 && line[length] != '\n')
        length++;
    line[length] = '\0';
    int port = atoi(line);
    if (port <= 0)
        fail("no port in the first line: '%s'", line);
    return port;
}

static void await_greeting(int port, double until)
{
    struct timespec pause = {.tv_nsec = RETRY_NANOSECONDS};
    while ((peer.socket = dial(port)) < 0) {
        if (now() > until)
            fail("nobody listens on port %d", port);
        nanosleep(&pause, NULL);
    }
    peer.from = peer.to = 0;
    read_status(&peer, "the greeting");
    close(peer.socket);
}

static void start_once(const struct limits *limits, char **program)
{
    struct rusage used;
    double begun = now();
    int output = spawn(program);
    int port = limits->port ? limits->port : printed_port(output);
    double told = now() - begun;
    await_greeting(port, begun + PATIENCE);
    double greeted = now() - begun;
    kill(started, SIGTERM);
    if (wait4(started, NULL, 0, &used) < 0)
        fail("wait: %s", strerror(errno));
    started = 0;
    close(output);
    printf("%.9f %.9f %.6f\n", told, greeted, cpu_of(&used));
}

static void starts(const struct limits *limits, char **program)
{
    double begun = now();
    for (long n = 0; n < limits->most && (n == 0 || now() - begun < limits->seconds); n++)
        start_once(limits, program);
}

static void out_of_time(int signal_number)
{
    (void)signal_number;
    static const char text[] = "load: out of time\n";
    if (write(STDERR_FILENO, text, sizeof text - 1) < 0) {
        /* nobody to tell */
    }
    if (started > 0)
        kill(started, SIGTERM);
    _exit(1);
}

int main(int argc, char **argv)
{
    if (argc < 5)
        fail("sessions | commands | idle | start, PORT SECONDS MOST ..., please; load.c says more");
    struct limits limits = {.port = atoi(argv[2]), .seconds = atof(argv[3]), .most = atol(argv[4])};
    signal(SIGALRM, out_of_time);
    alarm((unsigned)limits.seconds + PATIENCE);
    if (!strcmp(argv[1], "sessions"))
        sessions(&limits, argc - 5, argv + 5);
    else if (!strcmp(argv[1], "commands"))
        many_commands(&limits, argc - 5, argv + 5);
    else if (!strcmp(argv[1], "idle"))
        idle(&limits);
    else if (!strcmp(argv[1], "start") && argc > 5)
        starts(&limits, argv + 5);
    else
        fail("unknown: %s", argv[1]);
    return 0;
}
