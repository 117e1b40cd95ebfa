# Net::POP3 on a good day, and on a bad one. Beside Pop3lab.pm. Run: prove fetch.t

use strict;
use warnings;
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use Net::POP3;
use Test::More;

use lib dirname(__FILE__);
use Pop3lab;

my $folder = tempdir(CLEANUP => 1);
deliver('0001', "Subject: one\r\n\r\nhello\r\n");
deliver('0002', "Subject: two\r\n\r\nhello again\r\n");

sub deliver {
    my ($name, $message) = @_;
    open my $file, '>:raw', "$folder/$name" or die $!;
    print {$file} $message;
    close $file or die $!;
    return;
}

sub client {
    my ($server) = @_;
    my $client = Net::POP3->new('127.0.0.1', Port => $server->port, Timeout => 10) or die $@;
    is $client->login('user', 'password'), 2, 'two messages';
    return $client;
}

my $server = Pop3lab->start($folder, 'noextra');

subtest 'a message is fetched, and stays until QUIT' => sub {
    my $client = client($server);
    is join('', @{ $client->get(1) }), "Subject: one\n\nhello\n", 'as it was delivered';
    ok $client->quit, 'QUIT';

    $server->ask('wait sessions=1');
    my $stats = $server->stats;
    is $stats->{retrieved}, 1, 'one message was retrieved';
    is $stats->{deleted},   0, 'none was deleted';
};

subtest 'the connection breaks in the middle of a message, the first time' => sub {
    $server->ask('fault RETR 2 nth=1 -> cut-after 30 then reset');
    my $client = client($server);
    isnt join('', @{ $client->get(2) || [] }), "Subject: two\n\nhello again\n", 'it is not whole';
    undef $client;

    $client = client($server);
    is join('', @{ $client->get(2) }), "Subject: two\n\nhello again\n", 'it is, the second time';
    ok $client->delete(2) && $client->quit, 'deleted';

    $server->ask('wait sessions=3 deleted=1');
    is $server->stats->{rules_applied}, 1, 'the connection did break';
};

my ($logins, $verbs) = $server->stop;
is $logins, 3, 'logins';
is $verbs->{DELE}, 1, 'messages deleted';

subtest 'another user, with TLS, and what has happened' => sub {
    my $secure = Pop3lab->start($folder, 'noextra', '--tls-port=0', '--user=ann:secret');
    my $client = Net::POP3->new(
        'localhost',
        Port        => $secure->tls_port,
        SSL         => 1,
        SSL_ca_file => $secure->ca_file,
        Timeout     => 10,
    ) or die $@;
    is $client->login('ann', 'secret'), 1, 'one message';
    ok $client->quit, 'QUIT';
    $secure->ask('wait sessions=1');
    my ($login) = grep { $_->{event} eq 'logged_in' } $secure->events;
    is $login->{user}, 'ann', 'the login is told';
};

done_testing;
