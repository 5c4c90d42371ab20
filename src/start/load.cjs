'use strict';
/**
 * Loads the built program's chunks, in CommonJS and with V8's compiled code where it lies beside them: Node 20 has a
 * compile cache for neither, and its loader of ES modules alone takes longer than a whole `--help`. Plain JavaScript,
 * copied beside the chunks as it is.
 */
const { readFileSync } = require('node:fs');
const { dirname, join } = require('node:path');
const { setFlagsFromString } = require('node:v8');
const { Script } = require('node:vm');

/** What code is compiled to by this very V8, with the flags of this very start; anything else V8 refuses. */
const CACHE = '.cache';

/**
 * All commands but these end soon. Theirs let the young generation of the heap grow to its full size at once, and not
 * by doubling: a command keeps most of what it reads until it ends, so each collection on the way copies it all once
 * more. At 1,000 guests that is 42 ms of a plan in place of 118. Set before anything is loaded, for what V8 compiled is
 * bound to its flags.
 */
const LASTING = ['watch', 'exec'];
if (!LASTING.includes(process.argv[2])) setFlagsFromString('--semi-space-growth-factor=16');

/** By path. */
const modules = new Map();
const scripts = new Map();

function load(path) {
  const known = modules.get(path);
  if (known !== undefined) return known.exports;
  const module = { exports: {} };
  modules.set(path, module);
  const script = compile(path);
  scripts.set(path, script);
  const near = (name) => (name.startsWith('.') ? load(join(dirname(path), name)) : require(name));
  script.runInThisContext()(module.exports, near, module, `file://${path}`);
  return module.exports;
}

function compile(path) {
  const text = readFileSync(path, 'utf8');
  const cachedData = compiled(path);
  return new Script(`(function(exports,require,module,__url){${text}\n})`, { filename: path, cachedData });
}

/** Nothing where it is not there: then V8 compiles what runs, as it runs. */
function compiled(path) {
  try {
    return readFileSync(path + CACHE);
  } catch {
    return undefined;
  }
}

module.exports = { CACHE, load, scripts };
