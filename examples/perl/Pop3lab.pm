# A POP3 server for a test: copy this file into t/lib.
#
#   my $server = Pop3lab->start($folder, 'uidl-unsupported');   # a folder of messages, keywords, options
#   ... connect to 127.0.0.1, $server->port, as `user` with `password` ...
#   $server->ask('wait sessions=1');                   # until the client has gone
#   is $server->stats->{deleted}, 1;

package Pop3lab;

use strict;
use warnings;
use Carp qw(croak);
use IPC::Open2 qw(open2);
use JSON::PP qw(decode_json);

sub start {
    my ($class, $folder, @words) = @_;
    my @options = ('--control', '--exit-on-stdin-eof');
    my $pid     = open2(my $from, my $to, 'pop3lab', $folder, @words, @options);
    my $port    = <$from>;
    croak 'pop3lab does not start: see stderr' unless defined $port;
    return bless { pid => $pid, from => $from, to => $to, port => 0 + $port }, $class;
}

sub port { return $_[0]{port} }

# A command of --control (`pop3lab --help` lists them); the answer without its `ok`.
sub ask {
    my ($self, $command) = @_;
    print { $self->{to} } "$command\n";
    my $answer = readline $self->{from};
    croak "$command: no answer" unless defined $answer;
    croak "$command: $answer" unless $answer =~ s/^ok ?//;
    chomp $answer;
    return $answer;
}

sub stats { return decode_json($_[0]->ask('stats')) }

# The statistics: successful logins, and how often each verb came.
sub stop {
    my ($self) = @_;
    return unless close $self->{to};
    my ($logins, %verbs) = split ' ', join '', readline $self->{from};
    waitpid $self->{pid}, 0;
    return ($logins, \%verbs);
}

sub DESTROY { my ($self) = @_; local $?; $self->stop if defined fileno $self->{to}; return }

1;
