// What the interop tests share: running programs, making the little project, and saying what differs.
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const here = path.dirname(fileURLToPath(import.meta.url));
export const stet = process.env.STET;

// The little project: sum() subtracts. Its commit's time is fixed, so that its id is the same in every copy.
export function makeProject(directory) {
  fs.mkdirSync(directory, { recursive: true });
  const write = (name, text) => fs.writeFileSync(path.join(directory, name), text);
  write('package.json', '{"name":"sum","type":"module"}\n');
  write('sum.mjs', 'export function sum(a, b) {\n  return a - b;\n}\n');
  write(
    'sum.test.mjs',
    [
      "import assert from 'node:assert';",
      "import test from 'node:test';",
      "import { sum } from './sum.mjs';",
      '',
      "test('sum adds', () => assert.equal(sum(2, 3), 5));",
      '',
    ].join('\n'),
  );
  const date = '2026-01-01T00:00:00Z';
  const env = { ...process.env, GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date };
  const git = (...words) =>
    spawnSync('git', ['-C', directory, '-c', 'user.name=t', '-c', 'user.email=t@localhost', ...words], {
      env,
    });
  git('init', '-q');
  git('add', '-A');
  git('commit', '-qm', 'A sum, with a bug');
}

export function projectPasses(directory) {
  return spawnSync('node', ['--test', 'sum.test.mjs'], { cwd: directory }).status === 0;
}

// Runs to the end; output goes to a file, since agents talk a lot.
export function run(command, { cwd, env, log, seconds = 180 }) {
  return new Promise((resolve) => {
    const out = fs.openSync(log, 'w');
    const child = spawn(command[0], command.slice(1), {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', out, out],
    });
    const timer = setTimeout(() => child.kill('SIGTERM'), seconds * 1000);
    child.on('error', (error) => resolve(String(error)));
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      fs.closeSync(out);
      resolve(signal ?? code);
    });
  });
}

export function stetJson(...words) {
  const done = spawnSync(stet, words, { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (!done.stdout) throw new Error(`stet ${words.join(' ')}: exit ${done.status}: ${done.stderr}`);
  return done.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

// The first difference between two values, as a path and both sides; null when they are equal.
export function difference(left, right, place = '') {
  if (typeof left !== 'object' || typeof right !== 'object' || !left || !right) {
    return Object.is(left, right)
      ? null
      : `${place || '/'}: ${JSON.stringify(left)} is not ${JSON.stringify(right)}`;
  }
  for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
    const found = difference(left[key], right[key], `${place}/${key}`);
    if (found) return found;
  }
  return null;
}

let failures = 0;

export function report(name, what, problem) {
  console.log(
    `${problem ? 'FAILED' : 'ok    '}  ${name.padEnd(28)} ${what}${problem ? `: ${problem}` : ''}`,
  );
  if (problem) failures++;
}

export function finish() {
  process.exit(failures ? 1 : 0);
}
