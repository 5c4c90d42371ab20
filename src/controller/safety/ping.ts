import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { findProgram } from '../../tools/programs.ts';
import { errorCode, messageOf } from '../../tools/result.ts';
import { runTool } from '../../tools/spawn.ts';

/**
 * Whether an address answers; null when it does, else why not in a few words. By the system's `ping`, which has the
 * right to ICMP that Node lacks; where that is not installed, by what an answer to a datagram tells.
 */
export async function probePing(address: string, timeoutMs: number): Promise<string | null> {
  return findProgram('ping') === null ? probeByDatagram(address, timeoutMs) : ping(address, timeoutMs);
}

/**
 * ping(8) of iputils: with a count and a deadline it sends each 200 ms (the least that needs no rights) until that many
 * answers came or the time is over, and exits 0 in the first case only.
 */
async function ping(address: string, timeoutMs: number): Promise<string | null> {
  const deadline = Math.max(1, Math.ceil(timeoutMs / 1000));
  const args = ['-n', '-q', '-c', '1', '-i', '0.2', '-w', String(deadline), '--', address];
  try {
    // Its own deadline is in whole seconds; ours ends one that hangs.
    const { exitCode, stderr } = await runTool('ping', args, { timeoutMs: deadline * 1000 + 1000 });
    if (exitCode === 0) return null;
    const words = stderr.trim().split('\n', 1)[0] ?? '';
    return words === '' ? `no answer within ${deadline} s` : words;
  } catch (error) {
    return messageOf(error);
  }
}

/** A port of traceroute(8), where nobody listens: a host that stands answers that the port is unreachable. */
const UNUSED_PORT = 33_434;

/** Without ICMP: a connected datagram socket is told of a "port unreachable", which only the host itself sends. */
export function probeByDatagram(address: string, timeoutMs: number): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
    const timers: NodeJS.Timeout[] = [];
    let over = false;
    const end = (message: string | null) => {
      if (over) return;
      over = true;
      for (const timer of timers) clearTimeout(timer);
      socket.close();
      resolve(message);
    };
    const failed = (error: Error) => end(errorCode(error) === 'ECONNREFUSED' ? null : messageOf(error));
    socket.on('error', failed);
    // An echo, or whatever listens there after all.
    socket.on('message', () => end(null));
    socket.connect(UNUSED_PORT, address, () => {
      const send = () => {
        if (!over) socket.send('plumbline', (error) => error && failed(error));
      };
      send();
      timers.push(setInterval(send, 200));
    });
    timers.push(
      setTimeout(
        () => end(`no answer within ${timeoutMs / 1000} s (the package iputils-ping tells more)`),
        timeoutMs,
      ),
    );
  });
}
