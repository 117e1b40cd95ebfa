#!/usr/bin/env perl
# Loses the connection twice: the client connects again by itself and goes on where it was.
use strict;
use warnings;

use Popbox;
use Socket qw/$CRLF/;
use Test::More;

my $box    = Popbox->start(@ARGV);
my @names  = $box->names;
my $count  = @names;
my $client = $box->client;

my $socket = $client->socket;
print $socket "EXIT\n";    # outlives the connection it was said on

my @ids = $client->ids;
ok($client->message($_), "fetched $_") foreach @ids[0 .. $count-2];
$client->deleteFetched;

$client->send($socket, "DELE 1$CRLF");
is($client->send($socket, "BREAK$CRLF"), undef, 'BREAK is not answered');
is(scalar $box->left, $count, 'BREAK deletes nothing, not even what DELE marked');

my $again = $client->socket;
ok($again && $again != $socket, 'the client has connected again');
is_deeply([$client->ids], \@ids, 'the ids are the same');
ok(join('', @{$client->message($ids[-1])}) eq $box->message($names[-1]), 'goes on fetching');
$client->deleteFetched;

print $again "BREAK\n";    # and behind it, without waiting, the client's next command
ok($client->disconnect, 'the client has connected again to delete, and QUIT is answered');
is(scalar $box->left, 0, 'all is deleted');

is_deeply($box->statistics, $box->expect
  ( 3, $box->login_verbs(3), EXIT => 1, STAT => 3, UIDL => 3, BREAK => 2
  , RETR => $count, DELE => 1 + $count, NOOP => 3 + $count, QUIT => 1
  ), 'statistics');

done_testing;
