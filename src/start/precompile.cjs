'use strict';
/**
 * `node --require src/start/precompile.cjs DIST/plumbline.js plan|apply …`: the program as built, which at its end keeps
 * what V8 compiled for it beside each chunk that it loaded. An apply is run in a network namespace of its own.
 */
const { execFileSync } = require('node:child_process');
const { writeFileSync } = require('node:fs');
const { dirname, join } = require('node:path');

/** What host kvm-b of examples/host-classes has. */
const LINKS = `link add name front0 address 02:00:5e:10:00:0b type veth peer name far0
link add name back0 type veth peer name far1
link property add dev back0 altname enp65s0f1
link add name br0 type bridge
link set dev front0 up
`;

const [, program, command] = process.argv;
if (command === 'apply') execFileSync('ip', ['-batch', '-'], { input: LINKS });

process.on('exit', () => {
  const { CACHE, scripts, withDefaultFlags } = require(join(dirname(program), 'load.cjs'));
  withDefaultFlags(() => {
    for (const [path, script] of scripts) writeFileSync(path + CACHE, script.createCachedData());
  });
});
