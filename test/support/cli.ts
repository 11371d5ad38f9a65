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
  ended: Promise<Ended>;
}

export interface RunOptions {
  env?: Record<string, string>;
  input?: string | Uint8Array;
  node?: string;
}

export function start(args: readonly string[], { env = {}, input, node = process.execPath }: RunOptions = {}): Running {
  const child = spawn(node, [BIN, ...args], {
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
  const line = async (pattern: RegExp): Promise<string> => {
    let over = false;
    ended.then(() => {
      over = true;
    });
    for (;;) {
      const found = stdout.split('\n').find((text) => pattern.test(text));
      if (found !== undefined) return found;
      if (over) throw new Error(`ended without ${pattern}: ${stdout}${stderr}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  return { child, line, ended };
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
