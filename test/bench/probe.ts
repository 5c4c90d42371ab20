import { createSocket } from 'node:dgram';

/**
 * One end of the traffic that is watched: `probe.js send ADDRESS` sends a datagram every 10 ms until it is ended,
 * `probe.js receive` prints one line for each that arrives, the time in milliseconds.
 */
const PORT = 4242;
const INTERVAL_MS = 10;
/** Larger than the MTU: a veth leaves the checksum of a whole datagram to hardware that is not there. */
const BYTES = 2000;

const [word, address = ''] = process.argv.slice(2);
const socket = createSocket('udp4');
if (word === 'send') {
  const payload = Buffer.alloc(BYTES);
  socket.on('error', () => {});
  setInterval(() => socket.send(payload, PORT, address, () => {}), INTERVAL_MS);
} else {
  socket.on('message', () => process.stdout.write(`${Number(process.hrtime.bigint() / 1000n) / 1000}\n`));
  socket.bind(PORT);
}
