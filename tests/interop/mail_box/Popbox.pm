# A folder of messages, the server on it as the original's own suite starts it, and what
# Mail::Transport::POP3 makes of a message.
package Popbox;

use strict;
use warnings;

use Mail::Transport::POP3 ();
use Socket                qw/$CRLF/;

use constant SECONDS => 20;    # for a whole script, so that a deaf server ends it

$SIG{ALRM} = sub { die "the server has not answered or not gone in ${\SECONDS} seconds\n" };

# Popbox->start(PYTHON, FOLDER, KEYWORDS), which are the arguments of each script.

sub start
{   my ($class, $python, $folder, @keywords) = @_;
    my $self = bless
      { folder  => $folder
      , keyword => { map +($_ => 1), @keywords }
      , text    => { map +($_ => slurp("$folder/$_")), names_in($folder) }
      }, $class;

    alarm SECONDS;
    %ENV = ();
    $self->{pid} = open $self->{pipe}, '-|', $python, '-m', 'pop3lab', $folder, @keywords
        or die "cannot start the server: $!\n";

    my $line = readline $self->{pipe};
    ($self->{port}) = ($line // '') =~ /^(\d+)\n\z/ or die "no port on the first line\n";
    $self;
}

sub DESTROY { my $pid = shift->{pid}; kill KILL => $pid if $pid }

sub slurp
{   my $path = shift;
    open my $file, '<:raw', $path or die "$path: $!\n";
    local $/;
    readline($file) // '';
}

sub names_in
{   opendir my $handle, shift or die "no folder: $!\n";
    my @names = sort grep !/^\./, readdir $handle;
    @names;    # in scalar context how many
}

sub port    { shift->{port} }
sub has     { my ($self, $keyword) = @_; $self->{keyword}{$keyword} }
sub names   { my $self = shift; my @names = sort keys %{$self->{text}}; @names }
sub size    { my ($self, $name) = @_; length $self->{text}{$name} }
sub left    { names_in(shift->{folder}) }

sub client
{   my ($self, %options) = @_;
    Mail::Transport::POP3->new
      ( hostname => '127.0.0.1', port => $self->{port}
      , username => 'user', password => 'password'
      , trace => 'NONE', log => 'NONE', %options
      );
}

# The verbs of a login without a choice of authentication, and how often each of them came.

sub login_verbs
{   my ($self, $times) = @_;
    $self->has('minimal') ? (USER => $times, PASS => $times) : (APOP => $times);
}

# The unique-id as the contract has it; undef where the path is no legal unique-id.

sub id
{   my ($self, $name) = @_;
    my $path = "$self->{folder}/$name";
    $path =~ /^[\x21-\x7E]{1,70}\z/ ? $path : undef;
}

# What the server sends for a text, byte-stuffing undone: the CRLF before the terminator is
# left out only with "noextra", and only where the text ends in one already.

sub sent
{   my ($self, $text) = @_;
    $self->has('noextra') && $text =~ /\r\n\z/ ? $text : "$text$CRLF";
}

# What the client makes of RETR: it drops the last line if that is blank, taking it for the
# CRLF before the terminator; even with "noextra", where it may be the message's own.

sub message
{   my ($self, $name) = @_;
    my @lines = split /^/m, $self->sent($self->{text}{$name});
    pop @lines if @lines && $lines[-1] =~ /^[\r\n]*$/;
    join '', @lines;
}

# What the client makes of TOP: all that was sent.

sub top
{   my ($self, $name, $count) = @_;
    my @lines = split /^/m, $self->{text}{$name};
    my @top;
    while(defined(my $line = shift @lines))
    {   push @top, $line;
        last if $line =~ /^\r?\n\z/;
    }
    $self->sent(join '', @top, splice(@lines, 0, $count));
}

# The lines of the statistics; only after EXIT and QUIT, for it waits for the server's end.

sub statistics
{   my $self = shift;
    chomp(my @lines = readline $self->{pipe});
    close $self->{pipe} or die "the server ended with status $?\n";
    delete $self->{pid};
    alarm 0;
    \@lines;
}

# The statistics as they should be, as POPBOX->expect(LOGINS, VERB => COUNT, ...).

sub expect
{   my ($self, $logins, %count) = @_;
    [ $logins, map "$_ $count{$_}", grep $count{$_}, sort keys %count ];
}

1;
