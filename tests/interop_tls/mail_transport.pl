#!/usr/bin/env perl
# mail_transport.pl PORT AUTO|LOGIN|APOP FOLDER: fetches all messages into FOLDER and deletes them.
# Mail::Transport::POP3 takes no options for TLS: the CA is in SSL_CERT_FILE.
use strict;
use warnings;

use Mail::Transport::POP3;

my ($port, $authenticate, $folder) = @ARGV;

my $client = Mail::Transport::POP3->new(
    hostname     => 'localhost',
    port         => $port,
    username     => 'ann',
    password     => 'secret',
    authenticate => $authenticate,
    use_ssl      => 1,
) or die "no client\n";

my $number = 0;
foreach my $id ($client->ids)
{   my $lines = $client->message($id) or die "message $id\n";
    open my $file, '>:raw', sprintf("%s/%04d", $folder, ++$number) or die "$folder: $!\n";
    print {$file} @$lines;
    close $file or die "$folder: $!\n";
    $client->deleted(1, $id);
}

$client->disconnect or die "quit\n";
