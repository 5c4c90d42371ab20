import type { Namespace } from '../../support/netns.ts';

/** The peer that a server saw, or why nothing came back. */
export type Answer = { address: string; port: number } | { error: string };

export interface Ask {
  protocol: 'tcp' | 'udp';
  address: string;
  port: number;
  /** Source port; any if left out. */
  from?: number;
}

/** A process in a namespace that serves and asks. Servers answer with the address and port that they saw. */
export interface Speaker {
  listen(protocol: 'tcp' | 'udp', port: number): Promise<void>;
  ask(ask: Ask): Promise<Answer>;
  /** Joins a group and waits for one datagram. */
  hear(port: number, group: string | null): Promise<{ heard: Promise<Answer> }>;
  /** Sends one datagram, to a group or to all. */
  shout(address: string, port: number, from: number): Promise<void>;
}

/** What is dropped without a word is waited for this long. */
const PATIENCE_MS = 1500;

const PROGRAM = `
  const net = require('node:net'), dgram = require('node:dgram');
  const plain = (address) => address.replace(/^::ffff:/, '');
  const say = (id, value) => process.stdout.write(JSON.stringify({ id, value }) + '\\n');
  const socketFor = (address) => dgram.createSocket({ type: address.includes(':') ? 'udp6' : 'udp4', reuseAddr: true });
  const commands = {
    listen(id, { protocol, port }) {
      const answer = ({ address, port }) => JSON.stringify({ address: plain(address), port });
      if (protocol === 'tcp') {
        net.createServer((socket) => {
          socket.on('error', () => {}).end(answer({ address: socket.remoteAddress, port: socket.remotePort }));
        }).listen({ port, host: '::' }, () => say(id, null));
      } else {
        const socket = dgram.createSocket('udp6');
        socket.on('message', (_, peer) => socket.send(answer(peer), peer.port, peer.address));
        socket.bind(port, '::', () => say(id, null));
      }
    },
    ask(id, { protocol, address, port, from }) {
      let done = false;
      const finish = (value, close) => { if (!done) { done = true; clearTimeout(timer); close(); say(id, value); } };
      let close = () => {};
      const timer = setTimeout(() => finish({ error: 'silence' }, close), ${PATIENCE_MS});
      if (protocol === 'tcp') {
        const socket = net.connect({ host: address, port, localPort: from });
        close = () => socket.destroy();
        socket.on('data', (data) => finish(JSON.parse(data), close));
        socket.on('error', (error) => finish({ error: error.code }, close));
      } else {
        const socket = socketFor(address);
        close = () => socket.close();
        socket.on('message', (data) => finish(JSON.parse(data), close));
        socket.on('error', (error) => finish({ error: error.code }, close));
        socket.connect(port, address, () => socket.send('x'));
      }
    },
    hear(id, { port, group }) {
      const socket = socketFor(group ?? '');
      socket.on('message', (_, { address, port }) => { socket.close(); say(id, { address, port }); });
      socket.bind(port, () => { if (group) socket.addMembership(group); say(id, null); });
    },
    shout(id, { address, port, from }) {
      const socket = socketFor(address);
      socket.bind(from, () => {
        socket.setBroadcast(true);
        socket.send('x', port, address, () => { socket.close(); say(id, null); });
      });
    },
  };
  require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
    const { id, command, args } = JSON.parse(line);
    commands[command](id, args);
  });
`;

export function startSpeaker(namespace: Namespace): Speaker {
  const child = namespace.start(process.execPath, '-e', PROGRAM);
  const waiting = new Map<number, ((value: never) => void)[]>();
  let last = 0;
  let rest = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const { id, value } = JSON.parse(line);
      waiting.get(id)?.shift()?.(value as never);
    }
  });
  function send<T>(command: string, args: object): { first: Promise<T>; second: Promise<Answer> } {
    const id = ++last;
    const queue: ((value: never) => void)[] = [];
    waiting.set(id, queue);
    const first = new Promise<T>((done) => queue.push(done));
    const second = new Promise<Answer>((done) => queue.push(done));
    child.stdin?.write(`${JSON.stringify({ id, command, args })}\n`);
    return { first, second };
  }
  return {
    listen: (protocol, port) => send<void>('listen', { protocol, port }).first,
    ask: (ask) => send<Answer>('ask', ask).first,
    async hear(port, group) {
      const { first, second } = send<void>('hear', { port, group });
      await first;
      return { heard: second };
    },
    shout: (address, port, from) => send<void>('shout', { address, port, from }).first,
  };
}
