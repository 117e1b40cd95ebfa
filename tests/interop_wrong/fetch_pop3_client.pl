#!/usr/bin/env perl
# fetch_pop3_client.pl PORT USER PASSWORD: fetches all messages into the folder out and deletes them.
use strict;
use warnings;

use Mail::POP3Client;

my ($port, $user, $password) = @ARGV;

my $client = Mail::POP3Client->new(
    HOST => '127.0.0.1', PORT => $port, USER => $user, PASSWORD => $password, TIMEOUT => 1);
my $count = $client->Count;
$count >= 0 or die 'login: ' . $client->Message . "\n";

my $failed = 0;
foreach my $number (1 .. $count)
{   my $text = $client->HeadAndBody($number);
    unless(defined $text)
    {   warn "message $number: " . $client->Message . "\n";
        $failed = 1;
        next;
    }
    open my $file, '>:raw', "out/$number" or die "out: $!\n";
    print {$file} $text;
    close $file or die "out: $!\n";
    $client->Delete($number) or warn "delete $number: " . $client->Message . "\n";
}

$client->Close or die 'quit: ' . $client->Message . "\n";
exit $failed;
