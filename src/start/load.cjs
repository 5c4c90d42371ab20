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

/** All commands but these end soon. */
const LASTING = ['watch', 'exec'];

/** A V8 that does not know a flag says so on standard error, each time. */
const V8 = process.versions.v8;
/** Node 20 to 26. */
const KNOWS_GROWTH = Number.parseInt(V8, 10) <= 14;
/** Node 20. Later ones count calls, and are slower to optimize by themselves. */
const KNOWS_BUDGET = V8.startsWith('11.3.');

function flags({ growth, budget }) {
  return [
    ...(KNOWS_GROWTH ? [`--semi-space-growth-factor=${growth}`] : []),
    ...(KNOWS_BUDGET ? [`--interrupt-budget=${budget}`] : []),
  ];
}

/**
 * How a command that ends soon runs. The young generation of its heap grows to its full size at once, and not by
 * doubling: it keeps most of what it reads until it ends, so each collection on the way copies it all once more (at
 * 1,000 guests 42 ms of a plan in place of 118). And V8 takes more for hot before it optimizes (bytes of bytecode that
 * a function runs, V8's interrupt_budget): most of what it makes of a run of a second is ready when that ends, and a
 * plan of 1,000 guests costs a fifth less CPU without.
 */
const RUNNING = flags({ growth: 16, budget: 1_000_000 });

/**
 * V8's own values. What it compiled is bound to its flags, Node's own modules, whose compiled code is in its program, as
 * much as ours: loaded under others `node:crypto` and `node:child_process` alone take 15 ms in place of 4. So whatever
 * is loaded is loaded under these. The last one is what src/tools/optimize.ts changes besides.
 */
const LOADING = [...flags({ growth: 2, budget: 67_584 }), ...(KNOWS_BUDGET ? ['--minor-gc-task'] : [])];

let running = false;

function withDefaultFlags(work) {
  if (!running) return work();
  setFlags(LOADING);
  try {
    return work();
  } finally {
    setFlags(RUNNING);
  }
}

function setFlags(list) {
  const { setFlagsFromString } = require('node:v8');
  for (const flag of list) setFlagsFromString(flag);
}

/** To be called when the command is loaded, with all that it is sure to need. */
function runNow() {
  const [, , word = '-'] = process.argv;
  // Help and the version have all that they need.
  if (running || LASTING.includes(word) || word.startsWith('-')) return;
  running = true;
  setFlags(RUNNING);
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
    if (depth === 0) runNow();
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
