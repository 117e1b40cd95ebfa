#!/usr/bin/env perl
# fetch_net_pop3.pl PORT USER PASSWORD LIMIT: fetches all messages into out/ and deletes them.
use strict;
use warnings;

use Net::POP3;

sub give_up { print STDERR @_; exit 1 }

my ($port, $user, $password, $limit) = @ARGV;

my $client = Net::POP3->new('127.0.0.1', Port => $port, Timeout => $limit) or give_up "connect: $@\n";
my $count = $client->login($user, $password);
defined $count or give_up 'login: ', $client->message;

my $failed = 0;
foreach my $number (1 .. $count)
{   my $lines = $client->get($number);
    unless($lines)
    {   warn "message $number: " . $client->message;
        $failed = 1;
        next;
    }
    open my $file, '>:raw', "out/$number" or die "out: $!\n";
    print {$file} @$lines;
    close $file or die "out: $!\n";
    $client->delete($number) or warn "delete $number: " . $client->message;
}

$client->quit or give_up 'quit: ', $client->message;
exit $failed;
