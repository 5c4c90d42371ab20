import { isIP } from 'node:net';
import * as z from 'zod';
import {
  addressing,
  dns,
  hostAddress,
  publish,
  serve,
  serveOnOpenvswitch,
  virtualRealisation,
} from './addressing-documents.ts';
import {
  accountName,
  altname,
  documentName,
  formed,
  freeText,
  ipAddress,
  linkName,
  mac,
  maxGuests,
  mtu,
  uuid,
  vlanId,
} from './fields.ts';

/**
 * The documents of a desired directory: the only definition of their shape. Types are inferred from it, JSON Schema is
 * generated from it. What spans several documents is checked in src/check.
 */

const vlan = z.union([
  z.strictObject({ tag: vlanId }),
  z.strictObject({ trunk: z.array(vlanId).min(1).max(4094), native: vlanId.optional() }),
]);

const portGroup = z.strictObject({
  name: documentName,
  default: z.boolean().optional(),
  vlan: vlan.optional(),
  isolated: z.boolean().optional().meta({ description: 'no traffic among isolated ports of one host' }),
});

const adopt = z
  .boolean()
  .optional()
  .meta({ description: 'take over an unmarked one that is exactly what is wanted' });
/** A name from the host's `devices`, or a link's own. */
const deviceRef = linkName;
const uplinks = z.array(deviceRef).max(64).optional();
const loopFree = z
  .boolean()
  .optional()
  .meta({ description: 'several uplinks without STP make no loop, as somebody knows' });

const bridgeRealisation = z.strictObject({
  type: z.literal('bridge'),
  bridge: linkName,
  manage: z.boolean().optional().meta({ description: 'true: Plumbline makes it; false: it must exist' }),
  uplinks,
  stp: z.boolean().optional(),
  forwardDelay: z.int().min(0).max(30).optional().meta({ description: 'seconds; with STP 2 to 30' }),
  ageingTime: z.int().min(0).max(1_000_000).optional().meta({ description: 'seconds' }),
  multicastSnooping: z.boolean().optional(),
  mac: mac.optional(),
  loopFree,
  moveAddresses: z
    .boolean()
    .optional()
    .meta({ description: "the bridge takes over the host's own static addresses and routes of its uplinks" }),
  adopt,
  serve,
});

const directRealisation = z.strictObject({
  type: z.literal('direct'),
  mode: z.enum(['vepa', 'bridge', 'private', 'passthrough']),
  nativeVlan: vlanId.optional(),
  pool: z
    .array(z.strictObject({ device: deviceRef, maxGuests: maxGuests.optional() }))
    .min(1)
    .max(256),
  adopt,
  serve,
});

const openvswitchRealisation = z.strictObject({
  type: z.literal('openvswitch'),
  bridge: linkName,
  manage: z.boolean().optional(),
  uplinks,
  datapath: z.enum(['system', 'netdev']).optional(),
  loopFree,
  adopt,
  serve: serveOnOpenvswitch,
});

const realisation = z.discriminatedUnion('type', [
  bridgeRealisation,
  directRealisation,
  openvswitchRealisation,
  virtualRealisation,
]);
const networks = z.record(documentName, realisation);

const ENDPOINT = 'a host and a port, such as 192.0.2.1:443, [2001:db8::1]:443 or git.example:22';
const endpoint = formed(
  /^([A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]{2,45}(%[A-Za-z0-9_.-]{1,15})?\]):[0-9]{1,5}$/,
  ENDPOINT,
).refine(
  (text) => {
    const port = Number(text.slice(text.lastIndexOf(':') + 1));
    const inBrackets = /^\[(.*)\]:/.exec(text)?.[1];
    return port > 0 && port < 65_536 && (inBrackets === undefined || isIP(inBrackets) === 6);
  },
  { error: ENDPOINT },
);
const probe = z.union([z.strictObject({ ping: ipAddress }), z.strictObject({ tcp: endpoint })]);
const safety = z
  .strictObject({
    probes: z.array(probe).min(1).max(16),
    timeout: formed(/^([1-9][0-9]{0,2}s|[1-9]m|10m)$/, 'a time such as 30s or 2m, at most 10m').optional(),
  })
  .meta({
    description: 'what must be reachable after a change of links that others share, as it was before',
  });

const controllerAddress = formed(
  /^(ssh:\/\/([A-Za-z0-9_][A-Za-z0-9_.-]{0,31}@)?([A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{1,5})?|unix:\/\/\/[A-Za-z0-9._+/-]{1,106})$/,
  'ssh://HOST, ssh://USER@HOST:PORT or unix:///PATH',
).meta({ description: 'where the controller of this host is asked, for plumbline migrate' });

const libvirt = z
  .strictObject({ networks: z.boolean().optional() })
  .meta({ description: 'networks: true makes each network of the host known to its libvirt' });

const guestDevices = z.strictObject({ user: accountName.optional(), group: accountName.optional() });

const deviceMatch = z.union([
  z.strictObject({ mac }),
  z.strictObject({ name: linkName }),
  z.strictObject({ altname }),
]);

const fleetSpec = z.strictObject({
  minVersion: formed(/^\d{1,6}\.\d{1,6}\.\d{1,6}$/, 'a version such as "0.1.0"').optional(),
  guard: z
    .strictObject({ guests: z.int().min(0).optional(), share: z.number().min(0).max(1).optional() })
    .optional(),
});

const networkSpec = z.strictObject({
  description: freeText.optional(),
  mtu: mtu.optional(),
  portGroups: z.array(portGroup).max(1000).optional(),
  addressing: addressing.optional(),
  dns: dns.optional(),
});

const hostSpec = z.strictObject({
  hostname: formed(/^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/, 'a hostname').optional(),
  classes: z.array(documentName).max(64).optional(),
  guestDevices: guestDevices.optional(),
  safety: safety.optional(),
  controller: controllerAddress.optional(),
  libvirt: libvirt.optional(),
  devices: z
    .record(linkName, z.strictObject({ match: deviceMatch.optional(), maxGuests: maxGuests.optional() }))
    .optional(),
  networks: networks.optional(),
});

const hostClassSpec = z.strictObject({
  guestDevices: guestDevices.optional(),
  safety: safety.optional(),
  libvirt: libvirt.optional(),
  networks: networks.optional(),
});

const guestInterface = z.strictObject({
  name: documentName,
  network: documentName,
  mac: mac.optional(),
  portGroup: documentName.optional(),
  device: linkName.optional(),
  id: uuid.optional(),
  queues: z.int().min(1).max(256).optional(),
  addresses: z.array(hostAddress).max(64).optional(),
  publish: z.array(publish).max(256).optional(),
});

const guestSpec = z.strictObject({
  description: freeText.optional(),
  host: documentName.optional(),
  migratingTo: documentName.optional(),
  standby: z
    .array(documentName)
    .max(1000)
    .optional()
    .meta({ description: 'hosts on which a cluster manager may start it by itself' }),
  uuid: uuid.optional(),
  adopt,
  interfaces: z.array(guestInterface).max(64),
});

const placementSpec = z.strictObject({ host: documentName, migratingTo: documentName.optional() });

const labels = z.record(z.string().max(63), z.string().max(63));

function document<K extends string, S extends z.ZodType>(kind: K, spec: S) {
  return z.strictObject({
    apiVersion: z.literal('plumbline/v1'),
    kind: z.literal(kind),
    metadata: z.strictObject({ name: documentName, labels: labels.optional() }),
    spec,
  });
}

/** One schema a kind; `kind` chooses before validation, so that problems are those of the kind that was meant. */
export const documentSchemas = {
  Fleet: document('Fleet', fleetSpec),
  Network: document('Network', networkSpec),
  Host: document('Host', hostSpec),
  HostClass: document('HostClass', hostClassSpec),
  Guest: document('Guest', guestSpec),
  Placement: document('Placement', placementSpec),
} as const;

/** Says which documents there are, in the order in which reports name them. */
export type DocumentKind = keyof typeof documentSchemas;
export type SpecOf<K extends DocumentKind> = z.infer<(typeof documentSchemas)[K]>['spec'];

export type Realisation = z.infer<typeof realisation>;
export type RealisationType = Realisation['type'];
export type RealisationOf<T extends RealisationType> = Extract<Realisation, { type: T }>;
export type PortGroup = z.infer<typeof portGroup>;
export type Vlan = z.infer<typeof vlan>;
export type DeviceMatch = z.infer<typeof deviceMatch>;
export type GuestDevices = z.infer<typeof guestDevices>;
export type Safety = z.infer<typeof safety>;
export type Libvirt = z.infer<typeof libvirt>;
export type Probe = z.infer<typeof probe>;
export type Addressing = z.infer<typeof addressing>;
export type Subnet = Addressing[number];
export type Dns = z.infer<typeof dns>;
export type Publish = z.infer<typeof publish>;
