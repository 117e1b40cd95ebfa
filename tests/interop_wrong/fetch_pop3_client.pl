#!/usr/bin/env perl
# fetch_pop3_client.pl PORT USER PASSWORD LIMIT: fetches all messages into out/ and deletes them.
use strict;
use warnings;

use Mail::POP3Client;

sub give_up { print STDERR @_, "\n"; exit 1 }

my ($port, $user, $password, $limit) = @ARGV;

my $client = Mail::POP3Client->new(
    HOST => '127.0.0.1', PORT => $port, USER => $user, PASSWORD => $password, TIMEOUT => $limit);
my $count = $client->Count;
$count >= 0 or give_up 'login: ', $client->Message;

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

$client->Close or give_up 'quit: ', $client->Message;
exit $failed;
