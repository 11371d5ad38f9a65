#!/usr/bin/env node
/**
 * Starts wardwatch under a Node that can run it. This file stays plain JavaScript that any Node from 18 on
 * understands, because it is what an older Node gets to see first.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import v8 from 'node:v8';

const NODE_MAJOR_MIN = 24;
const REEXECUTED = 'WARDWATCH_REEXECUTED';

const here = (path) => new URL(path, import.meta.url);
const entry = [here('../src/main.ts'), here('../dist/src/main.js')].find((url) => existsSync(url));

if (entry === undefined) {
  fail('neither src/main.ts nor dist/src/main.js is here; the package is incomplete, install it again');
} else if (Number.parseInt(process.versions.node, 10) >= NODE_MAJOR_MIN) {
  // Compiled code is kept in the system's folder for temporary files: the next start takes half the time.
  module.enableCompileCache?.();
  // Short-lived objects are few but steady: a larger nursery is emptied a tenth as often, worker threads included.
  for (const flag of ['--min-semi-space-size=32', '--max-semi-space-size=32', '--semi-space-growth-factor=8']) {
    v8.setFlagsFromString(flag);
  }
  await import(entry.href);
} else {
  const newer = process.env[REEXECUTED] === undefined ? newerNode() : undefined;
  if (newer === undefined) fail(`needs Node ${NODE_MAJOR_MIN} or newer, this is ${process.versions.node}`);
  else runWith(newer);
}

/** The Node that `npm ci` brought: beside this package, or beside the package that depends on it. */
function newerNode() {
  return ['../node_modules/.bin/node', '../../.bin/node'].map((path) => fileURLToPath(here(path))).find(existsSync);
}

function runWith(node) {
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { ...process.env, [REEXECUTED]: '1' },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    // Ctrl-C reaches the whole group of a terminal: the child already has it.
    process.on(signal, () => (signal === 'SIGINT' && process.stdin.isTTY ? undefined : child.kill(signal)));
  }
  child.on('error', (error) => fail(`${node} does not start: ${error.message}`));
  child.on('exit', (code, signal) => process.exit(signal === null ? code : 128 + constants.signals[signal]));
}

function fail(message) {
  process.stderr.write(`wardwatch: ${message}\n`);
  process.exitCode = 1;
}
