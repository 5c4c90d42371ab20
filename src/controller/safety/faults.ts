import { hash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { classesOf } from '../../desired/resolve.ts';
import { listAt, numberAt, parseObject, textAt } from '../../tools/json.ts';
import type { Good } from '../desired-state.ts';
import { readStateFile, writeStateFile } from '../state-file.ts';

/** What a host was taken back from, for probes failed after it. */
export interface Fault {
  /** Of its hosts and networks (`shapeOf`), whatever revision they stand in. */
  shape: string;
  /** How often it was tried. */
  times: number;
  /** The probes that failed, as `probeText` has them. */
  failing: string[];
  /** Not before. Milliseconds since the epoch. */
  retryAt: number;
}

/**
 * Tells apart what probes can find fault with: the host, its classes and its networks, but not the guests. Two revisions
 * of one shape cut the host off in the same way.
 */
export function shapeOf({ host, loaded }: Pick<Good, 'host' | 'loaded'>): string {
  const { fleet } = loaded;
  const own = fleet.hosts.get(host);
  const hosts = own === undefined ? [] : [own, ...classesOf(fleet, own)];
  const names = new Set(hosts.flatMap(({ spec }) => Object.keys(spec.networks ?? {})));
  const networks = [...names].flatMap((name) => fleet.networks.get(name) ?? []);
  const specs = [...hosts, ...networks].map(({ kind, name, spec }) => [kind, name, spec]);
  return hash('sha256', JSON.stringify(specs), 'base64url');
}

/**
 * The fault that was found last. It is kept in the state directory, for a restart is no reason to cut the host off
 * again; without the file nothing is wrong but that.
 */
export class Faults {
  private readonly path: string;
  private fault: Fault | null;

  constructor(stateDirectory: string) {
    this.path = join(stateDirectory, 'fault.json');
    this.fault = parseFault(readStateFile(this.path));
  }

  of(shape: string): Fault | null {
    return this.fault?.shape === shape ? this.fault : null;
  }

  /** Throws the system's error when it cannot be kept; it holds all the same. */
  set(fault: Fault): void {
    this.fault = fault;
    writeStateFile(this.path, `${JSON.stringify(fault)}\n`);
  }

  /** A person asks: it is due. */
  retryNow(now: number): void {
    if (this.fault !== null) this.fault = { ...this.fault, retryAt: Math.min(this.fault.retryAt, now) };
  }

  /** This shape has passed its probes. */
  clear(shape: string): void {
    if (this.fault?.shape !== shape) return;
    this.fault = null;
    rmSync(this.path, { force: true });
  }
}

/** null for anything that this program did not write. */
function parseFault(text: string | null): Fault | null {
  const json = parseObject(text);
  if (json === null) return null;
  const shape = textAt(json, 'shape');
  const times = numberAt(json, 'times');
  const retryAt = numberAt(json, 'retryAt');
  if (shape === null || times === null || retryAt === null) return null;
  const failing = listAt(json, 'failing').filter((one): one is string => typeof one === 'string');
  return { shape, times, failing, retryAt };
}
