#!/usr/bin/env perl
# What was fetched whole goes at QUIT without DELE, stays visible until then, and stays for good
# when the connection breaks.
use strict;
use warnings;

use Popbox;
use Socket qw/$CRLF/;
use Test::More;

my $box     = Popbox->start(@ARGV);
my @names   = $box->names;
my $count   = @names;
my $minimal = $box->has('minimal') ? 1 : 0;

my $client = $box->client;
$client->message($_) foreach $client->ids;
is($client->send($client->socket, "BREAK$CRLF"), undef, 'BREAK is not answered');
is($client->disconnect ? 1 : 0, 1 - $minimal, 'the client has connected again to say QUIT');
is(scalar $box->left, $count, 'nothing is deleted, for another session fetched it');

$client  = $box->client;
my @ids  = $client->ids;
ok($client->message($_), "fetched $_") foreach @ids[0 .. $count-2];
$client->header($ids[-1], 9);    # with a line count, so not fetched whole
my $list = $client->sendList($client->socket, "LIST$CRLF");
cmp_ok(scalar @$list, '==', $count, 'what was fetched stays visible');
ok($client->disconnect, 'QUIT is answered');
is_deeply([$box->left], [$names[-1]], 'all that was fetched is deleted');

$client = $box->client;
my $socket = $client->socket;
print $socket "EXIT\n";
my $whole = $client->sendList($socket, ($minimal ? 'RETR 1' : 'TOP 1') . $CRLF);
ok(@$whole, 'fetched the last one');
ok($client->disconnect, 'QUIT is answered');
is(scalar $box->left, 0, 'the last one is deleted, too');

my $logins = 4 - $minimal;
is_deeply($box->statistics, $box->expect
  ( $logins, $box->login_verbs($logins), STAT => $logins, UIDL => $logins
  , LIST => 1 + 3*$minimal            # without UIDL the client asks at each login
  , RETR => 2*$count - 1 + $minimal, TOP => 2 - $minimal
  , BREAK => 1, EXIT => 1, NOOP => 2*$count + 7, QUIT => 3 - $minimal
  ), 'statistics');

done_testing;
