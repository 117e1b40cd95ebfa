#!/usr/bin/env perl
# net_pop3.pl PORT login|apop FOLDER: fetches all messages into FOLDER and deletes them.
use strict;
use warnings;

use Net::POP3;

my ($port, $login, $folder) = @ARGV;

my $client = Net::POP3->new('127.0.0.1', Port => $port, Timeout => 20) or die "connect: $@\n";
my $count  = $client->$login('user', 'password');
defined $count or die 'login: ' . $client->message;

foreach my $number (1 .. $count)
{   my $lines = $client->get($number) or die "message $number: " . $client->message;
    open my $file, '>:raw', sprintf("%s/%04d", $folder, $number) or die "$folder: $!\n";
    print {$file} @$lines;
    close $file or die "$folder: $!\n";
    $client->delete($number) or die "delete $number: " . $client->message;
}

$client->quit or die 'quit: ' . $client->message;
