// What the two SDK agents share: the SDKs' place, three tools, and patience with cut streams.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';

export const require = createRequire(process.env.STET_INTEROP + '/sdks/package.json');

const text = { type: 'string' };

export const schemas = {
  bash: { type: 'object', properties: { command: text }, required: ['command'] },
  read: { type: 'object', properties: { path: text }, required: ['path'] },
  edit: {
    type: 'object',
    properties: { path: text, old_string: text, new_string: text },
    required: ['path', 'old_string', 'new_string'],
  },
};

function bash({ command }) {
  const done = spawnSync('/bin/sh', ['-c', command], { encoding: 'utf8' });
  return { failed: done.status !== 0, text: `exit code ${done.status}\n${done.stdout}${done.stderr}` };
}

function read({ path }) {
  return { failed: false, text: fs.readFileSync(path, 'utf8') };
}

function edit({ path, old_string, new_string }) {
  const before = fs.readFileSync(path, 'utf8');
  if (!before.includes(old_string)) return { failed: true, text: `old_string was not found in ${path}` };
  fs.writeFileSync(path, before.replace(old_string, new_string));
  return { failed: false, text: `changed ${path}` };
}

export function runTool(name, input) {
  try {
    const done = { bash, read, edit }[name](input);
    console.log(`${name}: ${done.failed ? 'failed' : 'ok'}`);
    return done;
  } catch (error) {
    return { failed: true, text: String(error) };
  }
}

// The SDKs retry what fails before the answer begins, and nothing after that: a cut stream is ours.
export async function patiently(ask) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask();
    } catch (error) {
      if (attempt === 3 || error.status) throw error;
      console.log(`asking again: ${error.message}`);
    }
  }
}
