# A POP3 server for a test. Save this file in t/lib:
#
#   pop3lab helper perl >t/lib/Pop3lab.pm
#
#   my $server = Pop3lab->start($folder, 'uidl-unsupported');   # messages, keywords, options
#   ... connect to 127.0.0.1, $server->port, as `user` with `password` ...
#   $server->ask('wait sessions=1');                   # until the client has gone
#   is $server->stats->{deleted}, 1;
#   my @logins = grep { $_->{event} eq 'logged_in' } $server->events;
#
# With '--tls-port=0', $server->tls_port is a port with TLS, and $server->ca_file the CA to trust.
# With '--user=ann:secret', ann logs in, not user.

package Pop3lab;

use strict;
use warnings;
use Carp qw(croak);
use File::Temp qw(tempdir);
use IPC::Open2 qw(open2);
use JSON::PP qw(decode_json);

sub start {
    my ($class, $folder, @words) = @_;
    my $work = tempdir(CLEANUP => 1);
    my $events;
    {
        local $^F = 255;    # the server inherits this file, and none of the pipes of others
        open $events, '>', "$work/events" or croak $!;
    }
    my @options = ('--control', '--exit-on-stdin-eof', '--statistics');
    push @options, '--events=' . fileno $events;
    push @options, "--ca-out=$work/ca.pem" if grep { /^--tls-port/ } @words;
    my $pid  = open2(my $from, my $to, 'pop3lab', $folder, @words, @options);
    my $port = <$from>;
    croak 'pop3lab does not start: see stderr' unless defined $port;
    return bless { pid => $pid, from => $from, to => $to, port => 0 + $port, work => $work }, $class;
}

sub port     { return $_[0]{port} }
sub tls_port { return $_[0]->stats->{ports}{pop3s} }
sub ca_file  { return "$_[0]{work}/ca.pem" }

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

# What has happened until now: an event is a hash with `event`, `session` and more.
sub events {
    my ($self) = @_;
    open my $file, '<', "$self->{work}/events" or croak $!;
    return map { decode_json($_) } <$file>;
}

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
