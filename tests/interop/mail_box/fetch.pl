#!/usr/bin/env perl
# Fetches and deletes all messages in one session, and looks at all the client can tell of them.
use strict;
use warnings;

use Popbox;
use Test::More;

my $box    = Popbox->start(@ARGV);
my @names  = $box->names;
my $count  = @names;
my $client = $box->client;

isa_ok($client, 'Mail::Transport::POP3');
my $socket = $client->socket;
ok($socket, 'has a connection');
print $socket "EXIT\n";    # no reply; the server goes at QUIT

my $total = 0;
$total += $box->size($_) foreach @names;
cmp_ok($client->messages,   '==', $count, 'number of messages');
cmp_ok($client->folderSize, '==', $total, 'octets in the folder');

my @ids = $client->ids;
cmp_ok(scalar @ids, '==', $count, 'number of ids');

my %seen;
foreach my $number (1 .. $count)
{   my ($name, $id) = ($names[$number-1], $ids[$number-1]);
    my $wanted = $box->id($name);
    defined $wanted
      ? is($id, $wanted, "id of $name is its path")
      : like($id, qr/^[\x21-\x7E]{1,70}$/, "id of $name is legal");
    ok(!$seen{$id}++, "id of $name is unique");
    cmp_ok($client->id2n($id), '==', $number, "number of $name");
    cmp_ok($client->messageSize($id), '==', $box->size($name), "size of $name");

    # ok and not is: nobody wants to read a mebibyte
    ok(join('', @{$client->header($id)})    eq $box->top($name, 0), "header of $name");
    ok(join('', @{$client->header($id, 2)}) eq $box->top($name, 2), "two lines of $name");
    ok(join('', @{$client->message($id)})   eq $box->message($name), "all of $name");
}

$client->deleted(1, @ids);
is(scalar $box->left, $count, 'nothing is deleted before QUIT');
ok($client->disconnect, 'QUIT is answered');
is(scalar $box->left, 0, 'all is deleted');

is_deeply($box->statistics, $box->expect
  ( 1, $box->login_verbs(1), EXIT => 1, STAT => 1, UIDL => 1, LIST => 1
  , TOP => 2*$count, RETR => $count, DELE => $count, NOOP => 4 + 3*$count, QUIT => 1
  ), 'statistics');

done_testing;
