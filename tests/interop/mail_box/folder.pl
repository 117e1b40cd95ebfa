#!/usr/bin/env perl
# The folder class on top of the transport: headers and bodies are fetched when they are needed.
use strict;
use warnings;

use Popbox;
use Mail::Box::Manager ();
use Test::More;

my $box    = Popbox->start(@ARGV);
my @names  = $box->names;
my $count  = @names;
my $folder = Mail::Box::Manager->new->open
  ( type     => 'pop3', server_name => '127.0.0.1', server_port => $box->port
  , username => 'user', password    => 'password',  access      => 'rw'
  );

isa_ok($folder, 'Mail::Box::POP3');
cmp_ok(scalar $folder->messages, '==', $count, 'number of messages');

# Mail::Message prints LF, and ends the header; a multipart body it prints anew, but without
# the blank lines at the end of each part that is a multipart itself.

sub printed
{   my $text = shift;
    $text =~ s/\r\n/\n/g;
    $text .= "\n" if $text !~ /\n\n/;
    $text =~ s/\n+(?=\n--|\z)//g if $text =~ m!^Content-Type: multipart/!mi;
    $text;
}

foreach my $number (1 .. $count)
{   my $name    = $names[$number-1];
    my $message = $folder->message($number-1);
    ok($message->isDelayed, "$name is not fetched yet");
    is($message->unique, $box->id($name), "id of $name");
    cmp_ok($message->size, '==', $box->size($name), "size of $name");
    ok($message->head->get('Subject'), "header of $name");
    is(printed($message->string), printed($box->message($name)), "all of $name");
}

my $socket = $folder->popClient->socket;
print $socket "EXIT\n";
$folder->message($_)->delete foreach 1 .. $count-1;
ok($folder->close, 'closed');
is_deeply([$box->left], [$names[0]], 'all but the first are deleted');

is_deeply($box->statistics, $box->expect
  ( 1, $box->login_verbs(1), EXIT => 1, STAT => 1, UIDL => 1, LIST => 1, TOP => $count
  , RETR => $count, DELE => $count-1, NOOP => 4 + 2*$count, QUIT => 1
  ), 'statistics');

done_testing;
