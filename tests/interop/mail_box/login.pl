#!/usr/bin/env perl
# Each way to log in, with the right password and a wrong one.
use strict;
use warnings;

use Popbox;
use Test::More;

my $box     = Popbox->start(@ARGV);
my $no_apop = $box->has('minimal')  ? 1 : 0;
my $no_user = $box->has('apoponly') ? 1 : 0;

sub login { my $client = $box->client(@_); $client && $client->disconnect ? 1 : 0 }

is(login(password => 'wrong', authenticate => 'LOGIN'), 0, 'USER and PASS, wrong password');
is(login(password => 'wrong', authenticate => 'APOP'),  0, 'APOP, wrong password');
is(login(username => 'ann'),                            0, 'a user who does not exist');
is(login(authenticate => 'LOGIN'), 1 - $no_user, 'USER and PASS');
is(login(authenticate => 'APOP'),  1 - $no_apop, 'APOP');

my $client = $box->client;
my $socket = $client->socket;
print $socket "EXIT\n";
ok($client->disconnect, 'the way the client chooses');

my $logins = 3 - $no_apop - $no_user;
is_deeply($box->statistics, $box->expect
  ( $logins
  , APOP => $no_apop ? 0 : 4
  , USER => 3 + $no_apop
  , PASS => $no_user ? 0 : 3 + $no_apop
  , LIST => $no_apop ? $logins : 0    # the client makes up ids from it
  , STAT => $logins, UIDL => $logins, NOOP => $logins + 1, EXIT => 1, QUIT => $logins
  ), 'statistics');

done_testing;
