# TLS, users, tokens, events and commands in one server. Run: prove examples/perl/together.t

use strict;
use warnings;
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use JSON::PP qw(decode_json);
use Test::More;

use lib dirname(__FILE__);
use Pop3lab;

my $work = tempdir(CLEANUP => 1);
my $one  = "Subject: one\r\n\r\nhello\r\n";
mkdir "$work/mail" or die $!;
put('mail/0001', $one);
put('tokens',    "t0ken ann\n");

sub put {
    my ($name, $text) = @_;
    open my $file, '>:raw', "$work/$name" or die $!;
    print {$file} $text;
    close $file or die $!;
    return;
}

sub curl { return join '', qx(curl -sS --max-time 10 --cacert $work/ca.pem @_) }

# The same options for `pop3lab DIR` and for `pop3lab serve`.
sub try {
    local $^F = 9;    # the server inherits what is opened now
    open my $events, '+>', "$work/events" or die $!;
    my $server = Pop3lab->start(
        @_,
        '--tls-port' => 0,
        '--ca-out'   => "$work/ca.pem",
        '--user'     => 'ann:secret',
        '--tokens'   => "$work/tokens",
        '--events='  . fileno $events,
        '--statistics',
    );
    my $port     = $server->port;
    my $tls_port = $server->stats->{ports}{pop3s};

    is curl('-u', 'ann:secret', "pop3://127.0.0.1:$port/1"), $one, 'a password, without TLS';
    is curl('-u', 'ann:', '--oauth2-bearer', 't0ken', "pop3s://localhost:$tls_port/1"), $one,
        'a token, with TLS';
    $server->ask('wait sessions=2 retrieved=2');
    my ($logins, $verbs) = $server->stop;
    is $logins, 2, 'logins';
    is $verbs->{RETR}, 2, 'messages retrieved';

    seek $events, 0, 0;
    my @told   = map { decode_json($_) } <$events>;
    my @logins = map { $_->{mechanism} } grep { $_->{event} eq 'logged_in' } @told;
    is_deeply [sort @logins], ['CRAM-MD5', 'OAUTHBEARER'], 'both are told';
    return;
}

subtest 'pop3lab DIR'   => sub { try("$work/mail", 'noextra') };
subtest 'pop3lab serve' => sub { try('serve', "$work/mail", '--port', 0) };

done_testing;
