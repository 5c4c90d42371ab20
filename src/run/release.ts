import { isDeviceOf, isReleased, RELEASED_GROUP, RELEASED_IN_MOVE_GROUP } from '../model/mark.ts';
import { compareNatural } from '../model/order.ts';
import { type IpStep, runBatch } from '../tools/ip/batch.ts';
import { readDump } from '../tools/ip/dump.ts';
import { type LinkEntry, linkEntries } from '../tools/ip/link-entries.ts';

/**
 * What is done at switch-over, when each millisecond is one in which nobody reaches the guest: one read of the links,
 * one `ip` for the guest's own, without documents and without the host's lock.
 */

/** Devices of a guest could not be set down or up; the message names them, with the kernel's words. */
export class ReleaseFailed extends Error {
  override name = 'ReleaseFailed';
}

/** A link that went between the read and the change. */
const GONE = /Cannot find device|No such device/;

/**
 * Sets a guest's devices down, because it runs elsewhere now, and marks them, so that nothing raises them again before
 * git has said where the guest is. The names of those that are down now; empty where none of ours stands. `only`
 * names those that it is about, where the guest goes on with others. Throws ReleaseFailed, ReadFailed and ToolMissing.
 */
export async function releaseGuest(guest: string, only?: readonly string[]): Promise<string[]> {
  const devices = (await devicesOf(guest)).filter(({ name }) => only === undefined || only.includes(name));
  // A device that git has seen released keeps that mark: taken back in git, the move is to raise it.
  return change(devices, ({ index, group }) =>
    group === RELEASED_IN_MOVE_GROUP
      ? `link set dev if${index} down`
      : `link set dev if${index} group ${RELEASED_GROUP} down`,
  );
}

/**
 * The contrary, when the guest goes on here after all: its released devices go up, without the mark. The names of those
 * that are up now; empty where none was released. Throws as `releaseGuest`.
 */
export async function raiseGuest(guest: string): Promise<string[]> {
  const released = (await devicesOf(guest)).filter(({ group }) => isReleased(group));
  return change(released, ({ index }) => `link set dev if${index} group 0 up`);
}

async function devicesOf(guest: string): Promise<LinkEntry[]> {
  const links = linkEntries(await readDump(['-d', 'link', 'show']));
  return links.filter((link) => isDeviceOf(link, guest)).sort((a, b) => compareNatural(a.name, b.name));
}

/** By index, so never a stranger that got the name meanwhile; one that failed keeps none of the others up. */
async function change(devices: readonly LinkEntry[], line: (device: LinkEntry) => string): Promise<string[]> {
  const steps = devices.map((device): IpStep => ({ key: String(device.index), lines: [line(device)] }));
  const results = await runBatch(steps);
  const changed: string[] = [];
  const failures: string[] = [];
  for (const { index, name } of devices) {
    const result = results.get(String(index));
    if (result?.ok) changed.push(name);
    else if (result === undefined || !GONE.test(result.message)) {
      failures.push(`${name}: ${result?.message ?? 'ip did not come to it'}`);
    }
  }
  if (failures.length > 0) throw new ReleaseFailed(failures.join('; '));
  return changed;
}
