#!/usr/bin/env perl
# mail_box.pl PORT: reads all messages of a POP3 folder of Mail::Box, and deletes all but the first.
use strict;
use warnings;

use Mail::Box::Manager ();

my $folder = Mail::Box::Manager->new->open
  ( type     => 'pop3', server_name => '127.0.0.1', server_port => $ARGV[0]
  , username => 'user', password    => 'password',  access      => 'rw'
  ) or die "no folder\n";

my $count = $folder->messages or die "no messages\n";
length $folder->message($_)->string or die "message $_\n" foreach 0 .. $count-1;
$folder->message($_)->delete foreach 1 .. $count-1;
$folder->close or die "close\n";
