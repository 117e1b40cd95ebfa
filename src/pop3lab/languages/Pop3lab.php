<?php
// A POP3 server for a test. Save this file beside your tests:
//
//   pop3lab helper php >Pop3lab.php
//
//   $server = new Pop3lab($folder, 'uidl-unsupported');   // a folder of messages, keywords, options
//   ... connect to 127.0.0.1, $server->port, as `user` with `password` ...
//   $server->ask('wait sessions=1');                      // until the client has gone
//   assert($server->stats()['deleted'] === 1);
//   $logins = array_filter($server->events(), fn($event) => $event['event'] === 'logged_in');
//   $server->stop();
//
// With '--tls-port=0', $server->tlsPort is a port with TLS, and $server->caFile the CA to trust.
// With '--user=ann:secret', ann logs in, not user.

final class Pop3lab
{
    public readonly int $port;
    public readonly int $tlsPort;
    public readonly string $caFile;
    private readonly string $events;
    private readonly array $pipes;
    private $process;

    public function __construct(string $folder, string ...$words)
    {
        $this->events = tempnam(sys_get_temp_dir(), 'pop3lab-');
        $this->caFile = "$this->events.pem";
        $tls = preg_grep('/^--tls-port/', $words) !== [];
        $options = ['--control', '--exit-on-stdin-eof', '--statistics', '--events=3'];
        if ($tls) {
            $options[] = "--ca-out=$this->caFile";
        }
        $files = [['pipe', 'r'], ['pipe', 'w'], STDERR, ['file', $this->events, 'w']];
        $this->process = proc_open(['pop3lab', $folder, ...$words, ...$options], $files, $pipes);
        $this->pipes = $pipes;
        $this->port = (int) $this->line();
        $this->tlsPort = $tls ? $this->stats()['ports']['pop3s'] : 0;
    }

    /** A command of --control (`pop3lab --help` lists them); the answer without its `ok`. */
    public function ask(string $command): string
    {
        fwrite($this->pipes[0], "$command\n");
        $answer = $this->line();
        if (!str_starts_with($answer, 'ok')) {
            throw new RuntimeException("$command: $answer");
        }
        return substr($answer, 3);
    }

    public function stats(): array
    {
        return json_decode($this->ask('stats'), true, flags: JSON_THROW_ON_ERROR);
    }

    /** What has happened until now: arrays with 'event', 'session' and more. */
    public function events(): array
    {
        return array_map(fn($line) => json_decode($line, true), file($this->events));
    }

    /** The statistics: successful logins, then each verb and how often it came. */
    public function stop(): array
    {
        fclose($this->pipes[0]);
        $statistics = explode("\n", trim(stream_get_contents($this->pipes[1])));
        proc_close($this->process);
        $this->removeFiles();
        return $statistics;
    }

    private function removeFiles(): void
    {
        array_map('unlink', array_filter([$this->events, $this->caFile], 'file_exists'));
    }

    private function line(): string
    {
        $line = fgets($this->pipes[1]);
        if ($line === false) {
            $this->removeFiles();
            throw new RuntimeException('pop3lab has ended: see stderr');
        }
        return rtrim($line, "\n");
    }
}
