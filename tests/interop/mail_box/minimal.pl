#!/usr/bin/env perl
# A server without UIDL, TOP and APOP: the client makes up ids, and dare not connect again.
use strict;
use warnings;

use Popbox;
use Socket qw/$CRLF/;
use Test::More;

my $box    = Popbox->start(@ARGV);
my @names  = $box->names;
my $count  = @names;
my $client = $box->client;

my @ids = $client->ids;
is_deeply(\@ids, [map '127.0.0.1:' . $box->port . ":$_", 1 .. $count], 'ids are made up');
is(scalar $client->header($ids[0]), undef, 'there is no TOP');
ok(join('', @{$client->message($ids[$_])}) eq $box->message($names[$_]), "all of $names[$_]")
    foreach 0 .. $count-1;
is(scalar $client->fetched, undef, 'without ids the client does not say what it has fetched');

my $socket = $client->socket;
is($client->send($socket, "BREAK$CRLF"), undef, 'BREAK is not answered');
is(scalar $client->socket, undef, 'the client does not connect again');
is(scalar $box->left, $count, 'nothing is deleted');

my $second = $box->client;
$socket = $second->socket;
print $socket "EXIT\n";
$second->deleted(1, $second->ids);
ok($second->disconnect, 'QUIT is answered');
is(scalar $box->left, 0, 'all is deleted');

is_deeply($box->statistics, $box->expect
  ( 2, USER => 2, PASS => 2, STAT => 2, UIDL => 2, LIST => 2, TOP => 1, RETR => $count
  , BREAK => 1, EXIT => 1, DELE => $count, NOOP => 6 + $count, QUIT => 1
  ), 'statistics');

done_testing;
