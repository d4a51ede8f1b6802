// Each agent once directly on a model server and once under stet: the same ending, and a log that says
// exactly what the model server's own log says. usage: node agents.mjs SCRATCH AGENT…
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';

import {
  difference,
  finish,
  here,
  makeProject,
  projectPasses,
  report,
  run,
  stet,
  stetJson,
} from './support.mjs';

const [scratch, ...agents] = process.argv.slice(2);
const faults = '429:1x2,500:2x1,drop:5x1';
const speaksOpenai = (agent) => agent === 'pi' || agent === 'openai-chat';

// ---- model servers: each starts, and later says what it saw ----------------------------------------

function started(command) {
  const child = spawn(command[0], command.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] });
  return new Promise((resolve, reject) => {
    child.on('exit', (code) => reject(new Error(`${command.join(' ')} ended with ${code}`)));
    child.stdout.once('data', (line) => resolve({ child, line: line.toString() }));
  });
}

// For servers that want to be told; somebody else may take it in between, which fails loudly.
function freePort() {
  return new Promise((resolve) => {
    const probe = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

function jsonLines(file) {
  return fs.existsSync(file)
    ? fs
        .readFileSync(file, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
    : [];
}

const ourServer = {
  name: 'ours',
  async start(workspace, folder) {
    const log = path.join(folder, 'model.jsonl');
    const { child, line } = await started([
      'node',
      path.join(here, 'model-server.mjs'),
      '--script',
      path.join(here, 'task.json'),
      '--log',
      log,
      '--faults',
      faults,
      '--workspace',
      workspace,
    ]);
    return {
      url: `http://127.0.0.1:${line.trim()}`,
      stop: () => child.kill(),
      seen: () => jsonLines(log).map(ourAttempt),
    };
  },
  prompt: () => 'Fix the failing test.',
};

function ourAttempt(line) {
  const calls = line.calls.map((call) => ({ tool: call.name, arguments: call.arguments }));
  return {
    number: line.number,
    method: line.method,
    target: line.target,
    status: line.status,
    cut: line.fault === 'drop',
    calls,
  };
}

// The model server that lies beside a checkout, on some machines. It logs what it sent, as bytes.
const sharedFolder = process.env.STET_SHARED_AGENTS ?? path.join(here, '../../shared/agents');
const sharedServer = {
  name: 'shared',
  async start(workspace, folder) {
    const port = await freePort();
    const { child } = await started([
      'node',
      path.join(sharedFolder, 'model-server.mjs'),
      '--port',
      String(port),
      '--log',
      folder,
    ]);
    const seen = () =>
      [
        ...jsonLines(path.join(folder, 'interop', 'run.jsonl')),
        ...jsonLines(path.join(folder, 'misc.jsonl')),
      ]
        .sort((one, other) => one.seq - other.seq)
        .map(sharedAttempt);
    return { url: `http://127.0.0.1:${port}`, stop: () => child.kill(), seen };
  },
  prompt: (workspace) => `Fix the failing test. RUN=interop.run WORKSPACE=${workspace} FAULTS=${faults}`,
};

function sharedAttempt(line) {
  const calls =
    line.status === 200 && line.fault !== 'drop' ? (line.calls ?? []).map((tool) => ({ tool })) : [];
  return {
    number: line.seq,
    method: line.method,
    target: line.url,
    status: line.status,
    cut: line.fault === 'drop',
    calls,
  };
}

// ---- what stet saw ---------------------------------------------------------------------------------

// Some agents close the connection as soon as they have read the terminal event: a fact of the log, but
// no answer that the model server cut.
function recordedAttempts(name) {
  const events = stetJson('events', name, '--json');
  const statuses = new Map();
  const cuts = new Set();
  for (const { kind, cause, body } of events) {
    if (kind === 'response') statuses.set(cause, body.status);
    if (kind === 'transport_error' && body.by === 'upstream') cuts.add(cause);
  }
  return events
    .filter((event) => event.kind === 'request')
    .map(({ seq, body: { method, target } }) => ({
      method,
      target,
      status: statuses.get(seq) ?? 0,
      cut: cuts.has(seq),
    }));
}

// Tool calls as the model asked for them, with their arguments, in the order in which they were asked.
function recordedCalls(name) {
  const [record] = stetJson('export', '--format', 'record', name);
  return record.events
    .filter((event) => event.kind === 'tool_call' && event.boundary === 'model')
    .map((event) => ({ tool: event.tool, arguments: JSON.parse(event.arguments_raw) }));
}

function recordedFailures(name) {
  const count = {};
  const [view] = stetJson('show', name, '--json');
  for (const failure of view.readings.failures) count[failure.class] = (count[failure.class] ?? 0) + 1;
  return count;
}

function compareLogs(title, name, seen) {
  const attempts = recordedAttempts(name);
  report(
    title,
    `${seen.length} attempts, as the model server has them`,
    difference(
      attempts,
      seen.map(({ method, target, status, cut }) => ({ method, target, status, cut })),
    ),
  );
  const asked = seen.flatMap((attempt) => attempt.calls);
  const recorded = recordedCalls(name);
  const known = recorded.map((call, i) => (asked[i]?.arguments ? call : { tool: call.tool }));
  report(title, `${asked.length} tool calls with their arguments`, difference(known, asked));
  const failures = recordedFailures(name);
  const planted = { http_429: 2, http_500: 1, stream_cut: 1 };
  const found = Object.fromEntries(Object.keys(planted).map((kind) => [kind, failures[kind] ?? 0]));
  report(title, `planted failures ${JSON.stringify(planted)}`, difference(found, planted));
}

// ---- one agent on one server ------------------------------------------------------------------------

function environment(agent, url) {
  return speaksOpenai(agent) ? { OPENAI_BASE_URL: url + '/v1' } : { ANTHROPIC_BASE_URL: url };
}

async function once(agent, server, recorded) {
  const title = `${agent}-${server.name}`;
  // Both runs work in a directory of the same name, since agents tell the model where they are.
  const workspace = path.join(scratch, 'workspace', title);
  const folder = path.join(scratch, recorded ? 'recorded' : 'direct', title);
  fs.rmSync(workspace, { recursive: true, force: true });
  makeProject(workspace);
  fs.mkdirSync(folder, { recursive: true });
  const model = await server.start(workspace, folder);
  const command = [path.join(here, 'agent.sh'), agent, server.prompt(workspace)];
  const upstream = speaksOpenai(agent) ? `openai=${model.url}/v1` : `anthropic=${model.url}`;
  const wrapped = [
    stet,
    'run',
    '--workspace',
    workspace,
    '--name',
    title,
    '--task',
    'Fix the failing test.',
    '--check',
    'node --test sum.test.mjs',
    '--upstream',
    upstream,
    '--',
    ...command,
  ];
  const options = {
    cwd: workspace,
    env: recorded ? {} : environment(agent, model.url),
    log: path.join(folder, 'output.txt'),
  };
  const exit = await run(recorded ? wrapped : command, options);
  model.stop();
  return { exit, passes: projectPasses(workspace), seen: model.seen() };
}

async function compare(agent, server) {
  const title = `${agent} (${server.name})`;
  const direct = await once(agent, server, false);
  const recorded = await once(agent, server, true);
  const ending = ({ exit, passes }) => ({ exit, passes });
  report(
    title,
    `ends as without stet: exit ${direct.exit}, test ${direct.passes ? 'passes' : 'fails'}`,
    difference(ending(recorded), ending(direct)) ??
      (direct.seen.length < 8 ? 'the direct run did too little' : null),
  );
  report(
    title,
    'asks the model as often as without stet',
    difference(recorded.seen.length, direct.seen.length),
  );
  compareLogs(title, `${agent}-${server.name}`, recorded.seen);
}

const servers = fs.existsSync(path.join(sharedFolder, 'model-server.mjs'))
  ? [ourServer, sharedServer]
  : [ourServer];
for (const agent of agents) {
  for (const server of servers) {
    try {
      await compare(agent, server);
    } catch (error) {
      report(`${agent} (${server.name})`, 'runs', error.stack);
    }
  }
}
finish();
