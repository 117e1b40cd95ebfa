#!/usr/bin/env perl
# net_pop3.pl PORT CA ssl|stls login|apop FOLDER: fetches all messages into FOLDER and deletes them.
use strict;
use warnings;

use Net::POP3;

my ($port, $ca, $tls, $login, $folder) = @ARGV;

my @trust  = (SSL_ca_file => $ca, SSL_verify_mode => 1);
my @early  = $tls eq 'ssl' ? (SSL => 1, @trust) : ();
my $client = Net::POP3->new('localhost', Port => $port, Timeout => 20, @early)
    or die "connect: $@\n";
$tls eq 'ssl' || $client->starttls(@trust) or die 'stls: ' . $client->message;

my $count  = $client->$login('ann', 'secret');
defined $count or die 'login: ' . $client->message;

foreach my $number (1 .. $count)
{   my $lines = $client->get($number) or die "message $number: " . $client->message;
    open my $file, '>:raw', sprintf("%s/%04d", $folder, $number) or die "$folder: $!\n";
    print {$file} @$lines;
    close $file or die "$folder: $!\n";
    $client->delete($number) or die "delete $number: " . $client->message;
}

$client->quit or die 'quit: ' . $client->message;
