#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# A server as in perlipc: one child for each client. SIGPIPE keeps its default action.
# usage: server.pl PORT SOURCE_PORT LOG_PORT LOG_PATH
# GET copies what the source sends. POST passes the client's data on, to a log that may be gone.
use strict;
use warnings;
use IO::Socket::INET;
use IO::Socket::UNIX;

my ($port, $source, $log, $path) = @ARGV;
$SIG{CHLD} = 'IGNORE';

sub serve {
	my ($client) = @_;
	my $request = '';
	while ($request !~ /\r\n\r\n/) {
		sysread($client, $request, 65536, length $request) or return;
	}
	my ($from, $to);
	if ($request =~ /^GET/) {
		$to = $client;
		$from = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$source") or die "source: $!";
		syswrite($from, $request);
	} else {
		$from = $client;
		$to = $request =~ m{/tcp}
			? IO::Socket::INET->new(PeerAddr => "127.0.0.1:$log")
			: IO::Socket::UNIX->new(Peer => $path);
		syswrite($to, $request);
	}
	# Like many loggers, it does not look at what syswrite() returns.
	while (sysread($from, my $data, 65536)) {
		syswrite($to, $data);
	}
}

my $listener = IO::Socket::INET->new(
	LocalAddr => "127.0.0.1:$port", Listen => 8, ReuseAddr => 1) or die "listen: $!";
while (my $client = $listener->accept()) {
	my $child = fork();
	if (!$child) {
		close($listener);
		serve($client);
		exit 0;
	}
	close($client);
}
