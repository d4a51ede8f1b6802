// A scripted model for real agents: Anthropic Messages and OpenAI Chat Completions, streaming or not.
//
// usage: node model-server.mjs --script FILE --log FILE [--faults KIND:TURN[xTIMES],…] [--port PORT]
//
// Prints the port it listens on. The script is the format of demo/model.json: turns are chosen by the
// number of tool results in the request, so the server itself remembers nothing but how often a turn was
// asked (for the faults). Calls name `bash`, `read` and `edit`; they are translated to whatever tools the
// agent offers. Every attempt becomes one JSON line of the log, written when it is over.
import fs from 'node:fs';
import http from 'node:http';
import zlib from 'node:zlib';

function option(name, fallback) {
  const at = process.argv.indexOf('--' + name);
  return at < 0 ? fallback : process.argv[at + 1];
}

const script = JSON.parse(fs.readFileSync(option('script'), 'utf8'));
const logFile = option('log');
const workspace = option('workspace', '');
const faults = (option('faults', '') || '')
  .split(',')
  .filter(Boolean)
  .map((text) => {
    const [, kind, turn, times] = text.match(/^(\w+):(\d+)(?:x(\d+))?$/);
    return { kind, turn: Number(turn), times: Number(times ?? 1) };
  });
const asked = new Map(); // How often each turn was asked.
let sequence = 0;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// ---- what the agent asks --------------------------------------------------------------------------

function parts(content) {
  return Array.isArray(content) ? content : [];
}

function countResults(dialect, body) {
  const messages = body.messages ?? [];
  if (dialect === 'openai') return messages.filter((message) => message.role === 'tool').length;
  return messages.flatMap((message) => parts(message.content)).filter((part) => part.type === 'tool_result')
    .length;
}

function offeredTools(dialect, body) {
  return (body.tools ?? []).map((tool) =>
    dialect === 'openai'
      ? { name: tool.function.name, schema: tool.function.parameters }
      : { name: tool.name, schema: tool.input_schema },
  );
}

function chooseTurn(results) {
  let before = 0;
  for (const [index, turn] of script.turns.entries()) {
    if (!turn.calls?.length || results <= before) return index;
    before += turn.calls.length;
  }
  return script.turns.length - 1;
}

// ---- the script's calls in the agent's words --------------------------------------------------------

const toolNames = { bash: ['bash', 'shell'], read: ['read', 'read_file'], edit: ['edit', 'replace'] };

// Agents want absolute paths; the script has relative ones.
function place(path) {
  return workspace ? workspace + '/' + path : path;
}

function valueFor(property, call) {
  const key = property.toLowerCase().replaceAll('_', '');
  const given = call.arguments;
  if (['path', 'filepath', 'file'].includes(key) && given.path) return place(given.path);
  if (key === 'command' && given.command)
    return workspace ? `cd ${workspace} && ${given.command}` : given.command;
  if (['oldstring', 'oldtext'].includes(key)) return given.old_string;
  if (['newstring', 'newtext'].includes(key)) return given.new_string;
  if (key === 'edits' && given.old_string)
    return [{ oldText: given.old_string, newText: given.new_string }];
  if (key === 'description') return 'as the script says';
  return undefined;
}

function translate(call, tools) {
  const names = toolNames[call.tool];
  const tool = tools.find((offered) => names.includes(offered.name.toLowerCase()));
  if (!tool) return null;
  const filled = {};
  for (const property of Object.keys(tool.schema?.properties ?? {})) {
    const value = valueFor(property, call);
    if (value !== undefined) filled[property] = value;
  }
  return { name: tool.name, arguments: filled };
}

// ---- answers ----------------------------------------------------------------------------------------

function pieces(text) {
  return text.match(/[\s\S]{1,16}/g) ?? [];
}

function anthropicContent(answer) {
  const content = answer.text ? [{ type: 'text', text: answer.text }] : [];
  for (const call of answer.calls) {
    content.push({
      type: 'tool_use',
      id: `toolu_${answer.number}_${content.length}`,
      name: call.name,
      input: call.arguments,
    });
  }
  return content;
}

function anthropicMessage(answer, content, ended) {
  const stop = answer.calls.length ? 'tool_use' : 'end_turn';
  return {
    id: `msg_${answer.number}`,
    type: 'message',
    role: 'assistant',
    model: answer.model,
    content: ended ? content : [],
    stop_reason: ended ? stop : null,
    stop_sequence: null,
    usage: { input_tokens: answer.inputTokens, output_tokens: ended ? 25 : 1 },
  };
}

function anthropicEvents(answer) {
  const events = [];
  const emit = (type, more) =>
    events.push(`event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`);
  emit('message_start', { message: anthropicMessage(answer, [], false) });
  for (const [index, block] of anthropicContent(answer).entries()) {
    const empty = block.type === 'text' ? { ...block, text: '' } : { ...block, input: {} };
    emit('content_block_start', { index, content_block: empty });
    if (block.type === 'text') {
      for (const text of pieces(block.text))
        emit('content_block_delta', { index, delta: { type: 'text_delta', text } });
    } else {
      for (const partial_json of pieces(JSON.stringify(block.input))) {
        emit('content_block_delta', { index, delta: { type: 'input_json_delta', partial_json } });
      }
    }
    emit('content_block_stop', { index });
  }
  const stop_reason = answer.calls.length ? 'tool_use' : 'end_turn';
  emit('message_delta', { delta: { stop_reason, stop_sequence: null }, usage: { output_tokens: 25 } });
  emit('message_stop', {});
  return events;
}

function openaiCalls(answer) {
  return answer.calls.map((call, index) => ({
    index,
    id: `call_${answer.number}_${index}`,
    type: 'function',
    function: { name: call.name, arguments: JSON.stringify(call.arguments) },
  }));
}

function openaiUsage(answer) {
  return {
    prompt_tokens: answer.inputTokens,
    completion_tokens: 25,
    total_tokens: answer.inputTokens + 25,
  };
}

function openaiMessage(answer) {
  const tool_calls = openaiCalls(answer).map(({ index, ...call }) => call);
  const message = {
    role: 'assistant',
    content: answer.text || null,
    ...(tool_calls.length ? { tool_calls } : {}),
  };
  const finish_reason = tool_calls.length ? 'tool_calls' : 'stop';
  return {
    id: `chatcmpl-${answer.number}`,
    object: 'chat.completion',
    created: 1700000000,
    model: answer.model,
    choices: [{ index: 0, message, finish_reason }],
    usage: openaiUsage(answer),
  };
}

function openaiEvents(answer, body) {
  const head = {
    id: `chatcmpl-${answer.number}`,
    object: 'chat.completion.chunk',
    created: 1700000000,
    model: answer.model,
  };
  const events = [];
  const emit = (more) => events.push(`data: ${JSON.stringify({ ...head, ...more })}\n\n`);
  const delta = (change, finish_reason = null) =>
    emit({ choices: [{ index: 0, delta: change, finish_reason }] });
  delta({ role: 'assistant', content: '' });
  for (const content of pieces(answer.text)) delta({ content });
  for (const call of openaiCalls(answer)) {
    delta({ tool_calls: [{ ...call, function: { name: call.function.name, arguments: '' } }] });
    for (const text of pieces(call.function.arguments)) {
      delta({ tool_calls: [{ index: call.index, function: { arguments: text } }] });
    }
  }
  delta({}, answer.calls.length ? 'tool_calls' : 'stop');
  if (body.stream_options?.include_usage) emit({ choices: [], usage: openaiUsage(answer) });
  events.push('data: [DONE]\n\n');
  return events;
}

function errorBody(dialect, status) {
  const type = { 429: 'rate_limit_error', 529: 'overloaded_error' }[status] ?? 'api_error';
  const message = `scripted ${status}`;
  return dialect === 'openai'
    ? { error: { type, message, param: null, code: null } }
    : { type: 'error', error: { type, message } };
}

// ---- serving ----------------------------------------------------------------------------------------

function takeFault(turn) {
  const attempt = (asked.get(turn) ?? 0) + 1;
  asked.set(turn, attempt);
  return faults.find((fault) => fault.turn === turn && attempt <= fault.times)?.kind;
}

async function readBody(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  return request.headers['content-encoding'] === 'gzip' ? zlib.gunzipSync(bytes) : bytes;
}

function answerJson(response, status, value, headers = {}) {
  const text = JSON.stringify(value);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
}

// Half of the events and then nothing, when they are to be cut.
async function answerStream(request, response, events, cut) {
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
  });
  const whole = cut ? Math.ceil(events.length / 2) : events.length;
  for (const event of events.slice(0, whole)) {
    response.write(event);
    await pause(1);
  }
  if (!cut) return response.end();
  await pause(20); // So that what was written is on its way before the reset.
  request.socket.destroy();
}

async function answerModel(dialect, request, response, log) {
  const bytes = await readBody(request);
  const body = JSON.parse(bytes.toString());
  const tools = offeredTools(dialect, body);
  const turn = chooseTurn(countResults(dialect, body));
  const calls = tools.length
    ? (script.turns[turn].calls ?? []).map((call) => translate(call, tools)).filter(Boolean)
    : [];
  const text = tools.length ? (script.turns[turn].text ?? '') : 'A title';
  const fault = tools.length ? takeFault(turn) : undefined;
  const answer = {
    number: log.number,
    model: body.model,
    text,
    calls,
    inputTokens: Math.ceil(bytes.length / 4),
  };
  Object.assign(log, { turn, fault: fault ?? null, stream: Boolean(body.stream) });

  if (/^\d+$/.test(fault ?? '')) {
    log.status = Number(fault);
    return answerJson(
      response,
      log.status,
      errorBody(dialect, log.status),
      fault === '429' ? { 'retry-after': '1' } : {},
    );
  }
  if (fault === 'reset') return request.socket.destroy();
  log.status = 200;
  log.complete = fault !== 'drop';
  // A call counts as made when the agent got the whole of it.
  log.calls = log.complete ? calls : [];
  if (body.stream) {
    const events = dialect === 'openai' ? openaiEvents(answer, body) : anthropicEvents(answer);
    return answerStream(request, response, events, fault === 'drop');
  }
  return answerJson(
    response,
    200,
    dialect === 'openai' ? openaiMessage(answer) : anthropicMessage(answer, anthropicContent(answer), true),
  );
}

const dialects = [
  [/\/messages$/, 'anthropic'],
  [/\/chat\/completions$/, 'openai'],
];

const server = http.createServer(async (request, response) => {
  const path = request.url.split('?')[0];
  const log = {
    number: ++sequence,
    method: request.method,
    target: request.url,
    status: 0,
    complete: false,
    calls: [],
  };
  const dialect =
    request.method === 'POST' ? dialects.find(([pattern]) => pattern.test(path))?.[1] : undefined;
  try {
    if (dialect) await answerModel(dialect, request, response, log);
    else {
      await readBody(request);
      log.status = request.method === 'HEAD' ? 200 : 404;
      answerJson(response, log.status, {
        type: 'error',
        error: { type: 'not_found_error', message: path },
      });
    }
  } catch (error) {
    log.trouble = String(error);
    if (!response.headersSent) answerJson(response, 500, errorBody('anthropic', 500));
  }
  fs.appendFileSync(logFile, JSON.stringify({ dialect: dialect ?? null, ...log }) + '\n');
});
server.keepAliveTimeout = 60_000;
server.listen(Number(option('port', 0)), '127.0.0.1', () => console.log(server.address().port));
