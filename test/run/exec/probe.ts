import { macvtapNumber } from '../../support/open-device.ts';
import type { KernelHost } from '../kernel-host.ts';
import { linkOf } from '../kernel-links.ts';

/** A program that tells what it was given: its words, and its descriptors above the standard ones. */
export const PROBE = [
  'perl',
  '-e',
  `print "$_\\n" for @ARGV;
   for my $fd (3..20) {
     open(my $info, "<", "/proc/self/fdinfo/$fd") or next;
     my ($flags) = grep { /^flags/ } <$info>;
     my $mode = (oct((split(" ", $flags))[1]) & 3) == 2 ? "rw" : "other";
     my @node = stat("/proc/self/fd/$fd");
     print "fd $fd $mode ", ($node[6] >> 8) & 0xfff, ":", ($node[6] & 0xff) | (($node[6] >> 12) & 0xfff00), "\\n" if -c _;
   }`,
];

/** `major:minor` of a macvtap, as the kernel shows it in the namespace. */
export function deviceNumber(host: KernelHost, name: string): string {
  const index = linkOf(host.links(), name).ifindex;
  return macvtapNumber(host.ns, { name, index });
}
