/** Runs the program from outside, as a person or a script would. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const BIN = join(import.meta.dirname, '..', '..', 'bin', 'wardwatch.js');

export interface Ended {
  status: number | null;
  stdout: string;
  stderr: string;
}

export interface Running {
  child: ChildProcess;
  /** Resolves with the first line of standard output that matches; rejects when the program ends without it. */
  line(pattern: RegExp): Promise<string>;
  /** The same of standard error. */
  said(pattern: RegExp): Promise<string>;
  ended: Promise<Ended>;
}

export interface RunOptions {
  env?: Record<string, string>;
  input?: string | Uint8Array;
  node?: string;
  /** A program with its options that starts Node with fewer rights. */
  rights?: readonly string[];
}

export function start(args: readonly string[], options: RunOptions = {}): Running {
  const { env = {}, input, node = process.execPath, rights = [] } = options;
  // The test runner puts itself into every Node that a test starts; without it this is what a person starts.
  const child = spawn('env', ['-u', 'NODE_OPTIONS', ...rights, node, BIN, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1', TZ: 'UTC', ...env },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const ended = new Promise<Ended>((resolve) => child.on('close', (status) => resolve({ status, stdout, stderr })));
  let over = false;
  ended.then(() => {
    over = true;
  });
  const find = async (text: () => string, pattern: RegExp): Promise<string> => {
    for (;;) {
      const last = over;
      const found = text()
        .split('\n')
        .find((line) => pattern.test(line));
      if (found !== undefined) return found;
      if (last) throw new Error(`ended without ${pattern}: ${stdout}${stderr}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  return {
    child,
    ended,
    line: (pattern) => find(() => stdout, pattern),
    said: (pattern) => find(() => stderr, pattern),
  };
}

export function run(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return start(args, options).ended;
}

/** A folder that is gone when the test is over. */
export function freshFolder(teardown: (action: () => void) => void): string {
  const folder = mkdtempSync(join(tmpdir(), 'wardwatch-test-'));
  teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
