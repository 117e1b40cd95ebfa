#!/usr/bin/perl
# Stands for the original server where only the start is measured: the same modules, the port line, a greeting.
use strict;
use warnings;
use IO::Socket::IP;
use Digest::MD5 qw(md5_hex);

my $listener = IO::Socket::IP->new(
    LocalHost => '127.0.0.1',
    LocalPort => 0,
    Listen    => 5,
    Proto     => 'tcp',
) or die "cannot listen: $@\n";

$| = 1;
print $listener->sockport, "\n";

while (my $client = $listener->accept) {
    print $client "+OK <$$." . time() . "\@localhost>\r\n";
    close $client;
}
