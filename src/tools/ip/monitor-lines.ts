import { hash } from 'node:crypto';

/**
 * What a link or an address says that no plan reads: counters of listeners and of learned addresses, timers, lifetimes,
 * why it was sent.
 */
const NOISE =
  / (?:promiscuity|allmulti|[a-z_]+_timer|fdb_n_learned|valid_lft|preferred_lft) +\S+|(?<=[<,])(?:PROMISC|ALLMULTI),?| event [A-Z ]+/g;

/** `5: eth0: <…> mtu 1500 qdisc …`: a link. Without a qdisc it is a bridge's notice of a port, which tells less than it means. */
const LINK = /^(\d+): \S+ <.* qdisc /;
/** `5: eth0    inet 192.0.2.1/24 … scope 0 eth0\…` */
const ADDRESS = /^(\d+): \S+ +(inet6? \S+) /;
/** RFC 4291 §2.5.6: every link that is up makes itself such an address, and no plan reads it. */
const LINK_LOCAL = 'inet6 fe80:';
const DELETED = 'Deleted ';

/**
 * Reads what `ip -N -o -d monitor link address` prints, and tells a change that a plan could read from the repetitions
 * that the kernel sends as well. It errs to one side only: what it does not know counts as a change.
 */
export class MonitorLines {
  private rest = '';
  /** A digest of the last text of each link and address. */
  private readonly known = new Map<string, string>();

  /** Whether this piece of output completes a line that tells of a change. */
  push(piece: string): boolean {
    const lines = (this.rest + piece).split('\n');
    this.rest = lines.pop() ?? '';
    let changed = false;
    for (const line of lines) changed = this.isChange(line) || changed;
    return changed;
  }

  /** Something was missed: nothing that was known is sure any more. */
  forget(): void {
    this.known.clear();
  }

  private isChange(line: string): boolean {
    const deleted = line.startsWith(DELETED);
    const text = deleted ? line.slice(DELETED.length) : line;
    const link = LINK.exec(text);
    if (link !== null) return this.isNews(link[1] ?? '', text, deleted);
    const address = ADDRESS.exec(text);
    if (address === null) return true;
    if (address[2]?.startsWith(LINK_LOCAL)) return false;
    return this.isNews(`${address[1]} ${address[2]}`, text, deleted);
  }

  private isNews(key: string, text: string, deleted: boolean): boolean {
    if (deleted) {
      this.known.delete(key);
      return true;
    }
    // A digest, for a piece of a string would keep the whole string in memory.
    const digest = hash('sha1', text.replace(NOISE, ''), 'base64');
    if (this.known.get(key) === digest) return false;
    this.known.set(key, digest);
    return true;
  }
}
