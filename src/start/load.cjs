'use strict';
/**
 * Loads the built program's chunks, in CommonJS and with V8's compiled code where it lies beside them: Node 20 has a
 * compile cache for neither, and its loader of ES modules alone takes longer than a whole `--help`. Plain JavaScript,
 * copied beside the chunks as it is.
 */
const { readFileSync } = require('node:fs');
const { dirname, join } = require('node:path');
const { Script } = require('node:vm');

/** What code is compiled to by this very V8, with the flags of this very start; anything else V8 refuses. */
const CACHE = '.cache';

/**
 * All commands but these end soon. Theirs let the young generation of the heap grow to its full size at once, and not
 * by doubling: a command keeps most of what it reads until it ends, so each collection on the way copies it all once
 * more. At 1,000 guests that is 42 ms of a plan in place of 118.
 */
const LASTING = ['watch', 'exec'];
const GROWTH = { full: '--semi-space-growth-factor=16', byDoubling: '--semi-space-growth-factor=2' };

/**
 * What V8 compiled is bound to its flags, Node's own modules, whose compiled code is in its program, as much as ours:
 * loaded under another flag `node:crypto` and `node:child_process` alone take 15 ms in place of 4. So whatever is loaded
 * is loaded under the default.
 */
let growing = false;

function withDefaultFlags(work) {
  if (!growing) return work();
  growBy(GROWTH.byDoubling);
  try {
    return work();
  } finally {
    growBy(GROWTH.full);
  }
}

function growBy(flag) {
  require('node:v8').setFlagsFromString(flag);
}

/** To be called when the command is loaded, with all that it is sure to need. */
function growNow() {
  const [, , word = '-'] = process.argv;
  // Help and the version have all that they need.
  if (growing || LASTING.includes(word) || word.startsWith('-')) return;
  growing = true;
  growBy(GROWTH.full);
}

/** By path. */
const modules = new Map();
const scripts = new Map();
/** How many modules wait for those that they need. */
let depth = 0;

function load(path) {
  const known = modules.get(path);
  if (known !== undefined) return known.exports;
  const module = { exports: {} };
  modules.set(path, module);
  const script = withDefaultFlags(() => compile(path));
  scripts.set(path, script);
  const near = (name) => {
    if (!name.startsWith('.')) return withDefaultFlags(() => require(name));
    const exports = load(join(dirname(path), name));
    // The first that the program asks for as it runs is its command.
    if (depth === 0) growNow();
    return exports;
  };
  depth += 1;
  script.runInThisContext()(module.exports, near, module, `file://${path}`);
  depth -= 1;
  return module.exports;
}

function compile(path) {
  // All of it is ASCII, which is had at once by this name.
  const text = readFileSync(path, 'latin1');
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

module.exports = { CACHE, load, scripts, withDefaultFlags };
