import type { Path } from '../model/problem.ts';
import type { GuestDraft, NetworkDraft } from './draft.ts';

type Comments = { path: Path; text: string }[];

/** What a person has to decide or do, said where it is decided. */
export const commentsOf = {
  network({ name, original }: NetworkDraft): Comments {
    return name === original ? [] : [{ path: [], text: `libvirt calls it ${ascii(original)}` }];
  },

  /** Of a network on its host. */
  entry({ name, original, entry, libvirtMakesIt }: NetworkDraft): Comments {
    const path = ['spec', 'networks', name];
    switch (entry.type) {
      case 'virtual':
        return [
          ...(libvirtMakesIt
            ? [
                {
                  path,
                  text: `libvirt has to let go of it first: virsh net-destroy and net-autostart --disable ${ascii(original)}`,
                },
              ]
            : []),
          ...(entry.hostAccess === true
            ? [
                {
                  path: [...path, 'hostAccess'],
                  text: 'as with libvirt; without it guests reach DHCP, DNS and ping alone',
                },
              ]
            : []),
        ];
      case 'bridge':
      case 'openvswitch':
        return [{ path, text: 'it must stand already; manage: true and uplinks, and Plumbline makes it' }];
      case 'direct':
        if (entry.mode === 'passthrough') return [];
        return [{ path: [...path, 'pool'], text: 'libvirt knows no limit; maxGuests at a device sets one' }];
    }
  },

  guest({ name, original, spec }: GuestDraft): Comments {
    const called = name === original ? [] : [{ path: [], text: `libvirt calls it ${ascii(original)}` }];
    if (spec.interfaces.length === 0)
      return [
        ...called,
        { path: ['spec', 'interfaces'], text: 'none of its interfaces could be carried over' },
      ];
    return [
      ...called,
      {
        path: ['spec', 'interfaces'],
        text: `for its domain: plumbline libvirt interfaces ${name}`,
      },
    ];
  },
};

/** A stranger's name within a comment: on one line, and nothing but what it looks like. */
function ascii(text: string): string {
  return JSON.stringify(text.replaceAll(/[^\x20-\x7e]/gu, '?').slice(0, 100));
}
