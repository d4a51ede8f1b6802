// A small agent on OpenAI's SDK, Chat Completions. usage: node openai-chat.mjs TASK
import { patiently, require, runTool, schemas } from './sdk-tools.mjs';

const { default: OpenAI } = require('openai');
const client = new OpenAI();
const tools = Object.entries(schemas).map(([name, parameters]) => ({
  type: 'function',
  function: { name, description: name, parameters },
}));
const messages = [{ role: 'user', content: process.argv[2] }];

for (let turn = 0; turn < 30; turn++) {
  const question = { model: 'scripted-1', messages, tools, stream_options: { include_usage: true } };
  const answer = await patiently(() => client.chat.completions.stream(question).finalMessage());
  messages.push(answer);
  if (!answer.tool_calls?.length) process.exit(0);
  for (const call of answer.tool_calls) {
    const { text } = runTool(call.function.name, JSON.parse(call.function.arguments));
    messages.push({ role: 'tool', tool_call_id: call.id, content: text });
  }
}
process.exit(1);
