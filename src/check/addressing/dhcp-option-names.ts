/**
 * The options that dnsmasq 2.90 knows by name (`dnsmasq --help dhcp`, `--help dhcp6`), and whether it takes addresses
 * alone for their value: with any other it does not start.
 */
export interface KnownOption {
  number: number;
  name: string;
  takesAddresses: boolean;
}

export const KNOWN_OPTIONS: Readonly<Record<4 | 6, readonly KnownOption[]>> = {
  4: [
    ...withAddresses(
      '1 netmask, 3 router, 6 dns-server, 7 log-server, 9 lpr-server, 16 swap-server, 21 policy-filter, 32 router-solicitation',
      '33 static-route, 41 nis-server, 42 ntp-server, 44 netbios-ns, 45 netbios-dd, 48 x-windows-fs, 49 x-windows-dm',
      '65 nis+-server, 68 mobile-ip-home, 69 smtp-server, 70 pop3-server, 71 nntp-server, 74 irc-server',
      '150 tftp-server-address, 255 server-ip-address',
    ),
    ...withOthers(
      '2 time-offset, 13 boot-file-size, 15 domain-name, 17 root-path, 18 extension-path, 19 ip-forward-enable',
      '20 non-local-source-routing, 22 max-datagram-reassembly, 23 default-ttl, 26 mtu, 27 all-subnets-local',
      '31 router-discovery, 34 trailer-encapsulation, 35 arp-timeout, 36 ethernet-encap, 37 tcp-ttl, 38 tcp-keepalive',
      '40 nis-domain, 46 netbios-nodetype, 47 netbios-scope, 58 T1, 59 T2, 60 vendor-class, 64 nis+-domain, 66 tftp-server',
      '67 bootfile-name, 77 user-class, 80 rapid-commit, 93 client-arch, 94 client-interface-id, 97 client-machine-id',
      '100 posix-timezone, 101 tzdb-timezone, 108 ipv6-only, 119 domain-search, 120 sip-server',
      '121 classless-static-route, 125 vendor-id-encap',
    ),
  ],
  6: [
    ...withAddresses('22 sip-server, 23 dns-server, 27 nis-server, 28 nis+-server, 31 sntp-server'),
    ...withOthers(
      '21 sip-server-domain, 24 domain-search, 29 nis-domain, 30 nis+-domain, 32 information-refresh-time',
      '41 posix-timezone, 42 tzdb-timezone, 56 ntp-server, 59 bootfile-url, 60 bootfile-param',
    ),
  ],
};

function withAddresses(...lists: string[]): KnownOption[] {
  return optionsOf(lists, true);
}

function withOthers(...lists: string[]): KnownOption[] {
  return optionsOf(lists, false);
}

function optionsOf(lists: readonly string[], takesAddresses: boolean): KnownOption[] {
  return lists.flatMap((list) =>
    list.split(', ').map((one) => {
      const [number, name = ''] = one.split(' ');
      return { number: Number(number), name, takesAddresses };
    }),
  );
}
