// The official filesystem server under `stet mcp`, driven by the official client: every line byte-identical
// on both sides of stet, and a replay that gives every answer again. usage: node mcp-filesystem.mjs SCRATCH
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

import { difference, finish, here, report, stet, stetJson } from './support.mjs';

const scratch = process.argv[2];
const require = createRequire(process.env.STET_INTEROP + '/mcp/package.json');
const { Client } = require('@modelcontextprotocol/sdk/client/index.js');
const { StdioClientTransport } = require('@modelcontextprotocol/sdk/client/stdio.js');
const server =
  process.env.STET_INTEROP + '/mcp/node_modules/@modelcontextprotocol/server-filesystem/dist/index.js';

function makeTree(directory) {
  const write = (name, text) => {
    fs.mkdirSync(path.dirname(path.join(directory, name)), { recursive: true });
    fs.writeFileSync(path.join(directory, name), text);
  };
  write('README.md', '# Garden\n\nWhat grows where.\n');
  write('beds/north.txt', 'kale\nleek\nkale\n');
  write('beds/south.txt', 'tomato\nbean\n');
  write('beds/old/1999.txt', 'nettle\n');
  write('tools.json', '{"spade": 1, "rake": 2}\n');
}

// 30 calls; those marked `fails` must be answered with an error.
function thirtyCalls(at) {
  const edit = (file, oldText, newText, more = {}) => [
    'edit_file',
    { path: at(file), edits: [{ oldText, newText }], ...more },
  ];
  const fails = true;
  return [
    ['list_directory', { path: at('') }],
    ['directory_tree', { path: at('') }],
    ['read_text_file', { path: at('README.md') }],
    ['read_text_file', { path: at('beds/north.txt'), head: 1 }],
    ['read_text_file', { path: at('beds/north.txt'), tail: 2 }],
    ['read_text_file', { path: at('beds/west.txt') }, fails],
    ['read_text_file', { path: '/etc/hostname' }, fails],
    ['read_text_file', { path: at('beds/north.txt'), head: 1, tail: 1 }, fails],
    ['write_file', { path: at('beds/west.txt'), content: 'rhubarb\nsorrel – früh\n' }],
    ['read_text_file', { path: at('beds/west.txt') }],
    ['write_file', { path: at('beds/west.txt'), content: 'rhubarb\n' }],
    ['write_file', { path: at('nowhere/new.txt'), content: 'x' }, fails],
    [...edit('beds/west.txt', 'mint', 'thyme'), fails],
    edit('beds/west.txt', 'rhubarb', 'rhubarb\nmint'),
    edit('beds/south.txt', 'bean', 'broad bean', { dryRun: true }),
    edit('beds/south.txt', 'bean', 'broad bean'),
    ['create_directory', { path: at('beds/east') }],
    ['create_directory', { path: at('beds/east') }],
    ['create_directory', { path: at('beds/south.txt/inside') }, fails],
    ['list_directory', { path: at('beds') }],
    ['list_directory', { path: at('beds/nothing') }, fails],
    ['move_file', { source: at('beds/old/1999.txt'), destination: at('beds/east/1999.txt') }],
    ['move_file', { source: at('beds/old/1999.txt'), destination: at('beds/east/2000.txt') }, fails],
    ['search_files', { path: at(''), pattern: '**/*.txt' }],
    ['search_files', { path: at(''), pattern: '*.md', excludePatterns: ['beds'] }],
    ['search_files', { path: at(''), pattern: '**/*.pdf' }],
    ['directory_tree', { path: at('beds'), excludePatterns: ['old'] }],
    ['write_file', { path: at('tools.json'), content: '{"spade": 1, "rake": 2, "hoe": 3.50}\n' }],
    ['read_text_file', { path: at('tools.json') }],
    ['directory_tree', { path: at('') }],
  ];
}

// Makes the calls through client → tee → stet → tee → server; returns how many failed.
async function drive(name, calls, directory) {
  const folder = path.join(scratch, 'mcp');
  fs.mkdirSync(folder, { recursive: true });
  const tee = (side) => ['node', path.join(here, 'tee.mjs'), path.join(folder, `${name}.${side}`)];
  const [command, ...args] = [
    ...tee('outside'),
    stet,
    'mcp',
    '--name',
    'filesystem',
    '--workspace',
    directory,
    '--log',
    path.join(folder, `${name}.stet`),
    '--',
    ...tee('inside'),
    'node',
    server,
    directory,
  ];
  const transport = new StdioClientTransport({ command, args, stderr: 'ignore', env: { ...process.env } });
  const client = new Client({ name: 'interop', version: '1' });
  await client.connect(transport);
  await client.listTools();
  const wrong = [];
  let failed = 0;
  for (const [tool, input, fails] of calls) {
    const answer = await client.callTool({ name: tool, arguments: input });
    if (answer.isError) failed++;
    if (Boolean(answer.isError) !== Boolean(fails)) wrong.push(`${tool} ${JSON.stringify(input)}`);
  }
  await client.close();
  return { failed, wrong, log: path.join(folder, `${name}.stet`), folder };
}

function compareBytes(title, folder, name) {
  for (const stream of ['in', 'out']) {
    const [outside, inside] = ['outside', 'inside'].map((side) =>
      fs.readFileSync(path.join(folder, `${name}.${side}.${stream}`)),
    );
    const lines = inside.toString('latin1').split('\n').length - 1;
    const same = outside.equals(inside) && lines > 1;
    report(
      title,
      `${lines} lines on std${stream} are the same bytes`,
      same ? null : 'they differ: see ' + folder,
    );
  }
}

function compareReplay(title, log, expected) {
  const [replay] = stetJson('replay', log, '--json');
  const found = Object.fromEntries(Object.keys(expected).map((key) => [key, replay[key]]));
  report(title, `replays as ${JSON.stringify(expected)}`, difference(found, expected));
}

async function main() {
  const directory = fs.realpathSync(fs.mkdtempSync(path.join(scratch, 'garden-')));
  const at = (name) => path.join(directory, name);
  makeTree(directory);
  const calls = thirtyCalls(at);
  const planned = calls.filter(([, , fails]) => fails).length;
  const first = await drive('thirty', calls, directory);
  report(
    'mcp filesystem',
    `${calls.length} calls, ${planned} fail`,
    first.wrong.length
      ? `answered otherwise: ${first.wrong.join('; ')}`
      : (difference(calls.length, 30) ?? difference(planned, 8)),
  );
  compareBytes('mcp filesystem', first.folder, 'thirty');
  compareReplay('mcp filesystem', first.log, { headline: 'confirmed', fidelity: 'bytes', calls: 30 });

  // Times and inodes are what no stub can know: such an answer is equal when they are set aside.
  const second = await drive('info', [['get_file_info', { path: at('README.md') }]], directory);
  compareBytes('mcp get_file_info', second.folder, 'info');
  compareReplay('mcp get_file_info', second.log, {
    headline: 'confirmed',
    fidelity: 'normalised',
    calls: 1,
  });
}

await main();
finish();
