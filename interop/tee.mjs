// Runs a program and keeps what passes its stdin and stdout, byte for byte.
// usage: node tee.mjs PREFIX PROGRAM ARGUMENT…      writes PREFIX.in and PREFIX.out
import { spawn } from 'node:child_process';
import fs from 'node:fs';

const [prefix, program, ...words] = process.argv.slice(2);
const child = spawn(program, words, { stdio: ['pipe', 'pipe', 'inherit'] });

function relay(from, to, file) {
  const copy = fs.openSync(file, 'w');
  from.on('data', (bytes) => {
    fs.writeSync(copy, bytes);
    to.write(bytes);
  });
  from.on('end', () => to.end());
}

relay(process.stdin, child.stdin, prefix + '.in');
relay(child.stdout, process.stdout, prefix + '.out');
child.stdin.on('error', () => {});
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => {
  process.exitCode = signal ? 1 : code;
  process.stdin.destroy();
});
