#!/usr/bin/env perl
# fetch_pop3_client.pl plain|tls PORT CA: fetches all messages into out/ and deletes them.
use strict;
use warnings;

use Mail::POP3Client;

my ($how, $port, $ca) = @ARGV;
my $client = Mail::POP3Client->new(
    HOST => 'localhost', PORT => $port, USESSL => $how eq 'tls',
    USER => 'ann', PASSWORD => 'secret');
$client->Count >= 0 or die $client->Message, "\n";
foreach my $number (1 .. $client->Count)
{   my $text = $client->HeadAndBody($number);
    open my $file, '>:raw', "out/$number" or die "out: $!\n";
    print {$file} $text;
    close $file or die "out: $!\n";
    $client->Delete($number) or die $client->Message, "\n";
}
$client->Close or die $client->Message, "\n";
