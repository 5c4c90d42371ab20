import type { Fleet } from '../../desired/fleet.ts';
import { rangeOf } from '../../desired/serve-settings.ts';
import { type Block, rangeBlock } from '../../model/ip.ts';
import type { Source } from '../../model/problem.ts';

/** Addresses that go to machines which git does not know. */
export interface HandedOut {
  text: string;
  block: Block;
  source: Source;
}

/** The ranges of each network, its own and those that hosts and classes state in their place. */
export function handedOut(fleet: Fleet): ReadonlyMap<string, readonly HandedOut[]> {
  const ranges = new Map<string, HandedOut[]>();
  const add = (network: string, texts: readonly string[] | undefined, at: (index: number) => Source) => {
    const there = ranges.get(network) ?? [];
    ranges.set(network, there);
    for (const [index, text] of (texts ?? []).entries()) {
      const block = rangeBlock(rangeOf(text));
      if (block !== null) there.push({ text, block, source: at(index) });
    }
  };
  for (const network of fleet.networks.values()) {
    for (const [subnet, { dhcp }] of (network.spec.addressing ?? []).entries()) {
      const path = ['spec', 'addressing', subnet, 'dhcp', 'ranges'];
      add(network.name, dhcp?.ranges, (index) => network.at([...path, index]));
    }
  }
  for (const document of [...fleet.hosts.values(), ...fleet.classes.values()]) {
    for (const [network, entry] of Object.entries(document.spec.networks ?? {})) {
      if (entry.type === 'virtual' || typeof entry.serve !== 'object') continue;
      const path = ['spec', 'networks', network, 'serve', 'ranges'];
      add(network, entry.serve.ranges, (index) => document.at([...path, index]));
    }
  }
  return ranges;
}
