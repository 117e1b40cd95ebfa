/*
 * A server with canned replies, one connection at a time: nothing that speaks POP3 can be much faster.
 * The load generator is measured against it, to know that the generator is not what is measured elsewhere.
 *
 *   canned MESSAGES OCTETS     prints its port, then serves MESSAGES messages of OCTETS octets each
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LINE = 78, INPUT = 1 << 16, OUTPUT = 1 << 18 };

struct text {
    char *data;
    size_t length;
};

static struct text message, list, uidl;
static const struct text fine = {"+OK\r\n", 5};

/* Replies wait in `output` until the input is used up, or until it is full. */
static char output[OUTPUT];
static size_t waiting;

static void *allocate(size_t octets)
{
    void *memory = malloc(octets);
    if (!memory)
        exit(1);
    return memory;
}

static struct text make_message(size_t octets)
{
    static const char end[] = "\r\n.\r\n";
    struct text made = {allocate(octets + 64), 0};
    made.length = (size_t)sprintf(made.data, "+OK %zu octets\r\n", octets);
    for (size_t n = 0; n + 2 < octets; n++)
        made.data[made.length++] = n % LINE == LINE - 2 ? '\r' : n % LINE == LINE - 1 ? '\n' : 'x';
    memcpy(made.data + made.length, end, sizeof end - 1);
    made.length += sizeof end - 1;
    return made;
}

static struct text make_list(const char *format, long messages)
{
    struct text made = {allocate((size_t)messages * 40 + 16), 5};
    memcpy(made.data, "+OK\r\n", 5);
    for (long n = 1; n <= messages; n++)
        made.length += (size_t)sprintf(made.data + made.length, format, n, n);
    made.length += (size_t)sprintf(made.data + made.length, ".\r\n");
    return made;
}

static void send_all(int client, const char *data, size_t length)
{
    while (length > 0) {
        ssize_t sent = send(client, data, length, MSG_NOSIGNAL);
        if (sent <= 0)
            return; /* the client has gone: the next recv says so */
        data += sent;
        length -= (size_t)sent;
    }
}

static void flush(int client)
{
    send_all(client, output, waiting);
    waiting = 0;
}

static void reply(int client, struct text text)
{
    if (waiting + text.length > OUTPUT)
        flush(client);
    if (text.length > OUTPUT) {
        send_all(client, text.data, text.length);
        return;
    }
    memcpy(output + waiting, text.data, text.length);
    waiting += text.length;
}

static struct text answer(const char *line)
{
    switch (line[0]) {
    case 'R': return message;
    case 'L': return list;
    case 'U': return line[1] == 'I' ? uidl : fine;
    default: return fine;
    }
}

/* Obeys the complete lines; returns how many octets they were, or -1 after QUIT. */
static long obey(int client, char *data, size_t length)
{
    char *at = data, *end;
    while ((end = memchr(at, '\n', length - (size_t)(at - data)))) {
        reply(client, answer(at));
        if (at[0] == 'Q')
            return -1;
        at = end + 1;
    }
    return at - data;
}

static void serve(int client)
{
    static char input[INPUT];
    size_t length = 0;
    reply(client, fine);
    flush(client);
    for (;;) {
        ssize_t got = recv(client, input + length, INPUT - length, 0);
        if (got <= 0)
            return;
        length += (size_t)got;
        long used = obey(client, input, length);
        flush(client);
        if (used < 0)
            return;
        length -= (size_t)used;
        memmove(input, input + used, length);
    }
}

static int listen_somewhere(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof address;
    int yes = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes); /* the accepted ones inherit it */
    if (bind(listener, (struct sockaddr *)&address, size) < 0 || listen(listener, 128) < 0)
        exit(1);
    getsockname(listener, (struct sockaddr *)&address, &size);
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    return listener;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fputs("canned MESSAGES OCTETS, please\n", stderr);
        return 2;
    }
    long messages = atol(argv[1]);
    message = make_message((size_t)atol(argv[2]));
    list = make_list("%ld 300\r\n", messages);
    uidl = make_list("%ld canned-%ld\r\n", messages);
    int listener = listen_somewhere();
    for (;;) {
        int client = accept(listener, NULL, NULL);
        if (client < 0)
            return 1;
        serve(client);
        close(client);
    }
}
