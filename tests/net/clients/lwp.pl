# SPDX-License-Identifier: Apache-2.0
# Perl's LWP with kept connections: lwp.pl URL COUNT. See clients.t.
use strict;
use warnings;
use LWP::UserAgent;

my ($url, $count) = @ARGV;
my $agent = LWP::UserAgent->new(keep_alive => 4, timeout => 10);

for my $i (0 .. $count - 1) {
	my $context = ('', 'x', 'y')[$i % 3];
	my @headers = $context ? ('X-Shunt-Context' => $context) : ();
	my $answer = $i % 4 == 3
		? $agent->post($url, @headers, Content => 'b' x 5000)
		: $agent->get($url, @headers);
	my ($server) = split ' ', $answer->decoded_content;

	print join(' ', $answer->code, $context || '-', $server), "\n";
}
