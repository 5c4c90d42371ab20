'use strict';
/**
 * `node src/start/precompile.cjs DIST WORDS…`: runs the built program with these words, and then keeps what V8 compiled
 * for it beside each chunk that it loaded.
 */
const { writeFileSync } = require('node:fs');
const { join, resolve } = require('node:path');

const [dist, ...words] = process.argv.slice(2);
const { CACHE, load, scripts, withDefaultFlags } = require(resolve(dist, 'load.cjs'));
process.argv = [process.execPath, resolve(dist, 'plumbline.js'), ...words];
process.on('exit', () => {
  withDefaultFlags(() => {
    for (const [path, script] of scripts) writeFileSync(path + CACHE, script.createCachedData());
  });
  // How the run went says nothing of that.
  process.exitCode = 0;
});
load(join(resolve(dist), 'chunks/main.js'));
