<?php
// A small client on a good day, and on a bad one. Beside Pop3lab.php. Run: php fetch_test.php

require 'Pop3lab.php';

/** The lines of the first message, which is deleted when it is here; null if it is not whole. */
function fetch_first($socket, string $user = 'user', string $password = 'password'): ?array
{
    stream_set_timeout($socket, 10);
    fgets($socket);
    foreach (["USER $user", "PASS $password", 'RETR 1'] as $command) {
        ask($socket, $command);
    }
    $message = [];
    while (($line = fgets($socket)) !== ".\r\n") {
        if ($line === false) {
            return null;
        }
        $message[] = preg_replace('/^\./', '', rtrim($line, "\r\n"));
    }
    ask($socket, 'DELE 1');
    ask($socket, 'QUIT');
    return $message;
}

function ask($socket, string $command): void
{
    fwrite($socket, "$command\r\n");
    check(str_starts_with((string) fgets($socket), '+OK'), "$command is refused");
}

function check(bool $holds, string $otherwise): void
{
    $holds || throw new RuntimeException($otherwise);
}

$folder = sys_get_temp_dir() . '/pop3lab-' . getmypid();
mkdir($folder);
file_put_contents("$folder/0001", "Subject: one\r\n\r\nhello\r\n");
file_put_contents("$folder/0002", "Subject: two\r\n\r\nhello again\r\n");

// A message is fetched and deleted.
$server = new Pop3lab($folder, 'noextra');
$message = fetch_first(stream_socket_client("tcp://127.0.0.1:$server->port"));
check($message === ['Subject: one', '', 'hello'], 'another message');
$server->ask('wait sessions=1');
check($server->stats()['deleted'] === 1, 'not deleted');

// The connection breaks in the middle of a message, the first time.
$server->ask('fault RETR nth=1 -> cut-after 30 then close');
check(fetch_first(stream_socket_client("tcp://127.0.0.1:$server->port")) === null, 'not broken');
$server->ask('wait sessions=2');
check($server->stats()['rules_applied'] === 1, 'the connection did not break');
check($server->stop()[0] === '2', 'not two logins');

// Another user fetches with TLS, and all is told.
$server = new Pop3lab($folder, 'noextra', '--tls-port=0', '--user=ann:secret');
$context = stream_context_create(['ssl' => ['cafile' => $server->caFile]]);
$socket = stream_socket_client("tls://localhost:$server->tlsPort", context: $context);
check(fetch_first($socket, 'ann', 'secret') === ['Subject: two', '', 'hello again'], 'another');
$server->ask('wait sessions=1');
$logins = array_filter($server->events(), fn($event) => $event['event'] === 'logged_in');
check(array_column($logins, 'user') === ['ann'], 'the login is not told');
$server->stop();

rmdir($folder);
echo "all is well\n";
