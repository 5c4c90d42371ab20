import type { DocumentKind, SpecOf } from '../../src/desired/documents.ts';
import type { Document, Fleet } from '../../src/desired/fleet.ts';

type Specs<K extends DocumentKind> = Record<string, SpecOf<K>>;

/** A fleet without texts: every place is `<kind>/<name>.yaml:1`. */
export function makeFleet(parts: {
  networks?: Specs<'Network'>;
  hosts?: Specs<'Host'>;
  classes?: Specs<'HostClass'>;
  guests?: Specs<'Guest'>;
  placements?: Specs<'Placement'>;
}): Fleet {
  return {
    settings: null,
    networks: documents('Network', parts.networks),
    hosts: documents('Host', parts.hosts),
    classes: documents('HostClass', parts.classes),
    guests: documents('Guest', parts.guests),
    placements: documents('Placement', parts.placements),
    broken: new Set(),
    unreadable: false,
  };
}

function documents<K extends DocumentKind>(kind: K, specs: Specs<K> = {}): Map<string, Document<K>> {
  const entries = Object.entries(specs).sort(([a], [b]) => (a < b ? -1 : 1));
  return new Map(
    entries.map(([name, spec]) => {
      const source = { file: `${kind}/${name}.yaml`, line: 1, column: 1 };
      return [name, { kind, name, labels: {}, spec, at: () => source }];
    }),
  );
}
