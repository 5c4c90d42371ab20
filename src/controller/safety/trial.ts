import { rmSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import type { Probe } from '../../desired/documents.ts';
import { isObject, listAt, numberAt, parseObject, textAt } from '../../tools/json.ts';
import { readStateFile, writeStateFile } from '../state-file.ts';
import { splitEndpoint } from './tcp.ts';

/** A revision whose probes have not been answered for yet. */
export interface Trial {
  /** `Candidate.id`. */
  id: string;
  revision: string | null;
  /** Of its hosts and networks (`shapeOf`). */
  shape: string;
  /** What passed before it was applied. */
  passed: readonly Probe[];
  timeoutMs: number;
  /** What its run was allowed to do, and so is the one that takes it back. */
  allowRecreate: boolean;
}

/**
 * A controller that is killed between a bad change and its probes must not take the cut for the normal state when it
 * starts again: the trial stands in the state directory until the verdict. Without the file nothing is wrong but that.
 */
export function trialStore(stateDirectory: string): {
  begin(trial: Trial): void;
  /** The trial that a controller before us began and never ended. */
  unfinished(): Trial | null;
  end(): void;
} {
  const path = join(stateDirectory, 'trial.json');
  return {
    begin: (trial) => writeStateFile(path, `${JSON.stringify(trial)}\n`),
    unfinished: () => parseTrial(readStateFile(path)),
    end: () => rmSync(path, { force: true }),
  };
}

/** null for anything that this program did not write. */
function parseTrial(text: string | null): Trial | null {
  const json = parseObject(text);
  if (json === null) return null;
  const timeoutMs = numberAt(json, 'timeoutMs');
  if (timeoutMs === null || timeoutMs < 0 || timeoutMs > 600_000) return null;
  const revision = textAt(json, 'revision');
  return {
    id: textAt(json, 'id') ?? revision ?? '',
    revision,
    shape: textAt(json, 'shape') ?? '',
    allowRecreate: json.allowRecreate === true,
    passed: listAt(json, 'passed').flatMap(parseProbe),
    timeoutMs,
  };
}

function parseProbe(value: unknown): Probe[] {
  if (!isObject(value)) return [];
  const ping = textAt(value, 'ping');
  if (ping !== null) return isIP(ping) === 0 ? [] : [{ ping }];
  const tcp = textAt(value, 'tcp');
  if (tcp === null) return [];
  const { host, port } = splitEndpoint(tcp);
  return host !== '' && Number.isInteger(port) && port > 0 && port < 65_536 ? [{ tcp }] : [];
}
