# name_server.pl <address>: DNS for 50_names.sh. Every name it knows is 127.0.0.1; large.example is told over TCP only. Prints
# what it is asked.
use strict;
use warnings;
use IO::Select;
use IO::Socket::INET;

my %known = map { $_ => 1 } qw(server.example large.example host.outer host.outer.inner);
my $udp = IO::Socket::INET->new(Proto => 'udp', LocalAddr => $ARGV[0], LocalPort => 53) or die "udp: $!";
my $tcp = IO::Socket::INET->new(Proto => 'tcp', LocalAddr => $ARGV[0], LocalPort => 53, Listen => 9, ReuseAddr => 1)
  or die "tcp: $!";
$| = 1;
print "ready\n";

sub answer {
  my ($query, $over) = @_;
  my ($id, $flags) = unpack 'n2', $query;
  my ($at, @labels) = (12);
  while ((my $size = ord substr $query, $at, 1) > 0) {
    push @labels, substr $query, $at + 1, $size;
    $at += $size + 1;
  }
  my $name = join '.', @labels;
  my $type = unpack 'n', substr $query, $at + 1, 2;
  my $question = substr $query, 12, $at + 5 - 12;
  print "$over $name $type\n";
  return pack('n6', $id, 0x8183, 1, 0, 0, 0) . $question if !$known{$name};
  return pack('n6', $id, 0x8380, 1, 0, 0, 0) . $question if $name eq 'large.example' && $over eq 'udp';
  return pack('n6', $id, 0x8180, 1, 0, 0, 0) . $question if $type != 1;
  return pack('n6', $id, 0x8180, 1, 1, 0, 0) . $question . pack('n3Nn', 0xC00C, 1, 1, 60, 4) . "\x7F\0\0\x01";
}

my $ready = IO::Select->new($udp, $tcp);
while (my @sockets = $ready->can_read) {
  for my $socket (@sockets) {
    if ($socket == $udp) {
      $udp->recv(my $query, 4096);
      $udp->send(answer($query, 'udp'));
    } elsif ($socket == $tcp) {
      $ready->add($tcp->accept);
    } elsif (sysread $socket, my $size, 2) {
      sysread $socket, my $query, unpack 'n', $size;
      my $reply = answer($query, 'tcp');
      syswrite $socket, pack('n', length $reply) . $reply;
    } else {
      $ready->remove($socket);
      close $socket;
    }
  }
}
