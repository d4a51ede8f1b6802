// A small agent on Anthropic's SDK. usage: node anthropic-sdk.mjs TASK
import { patiently, require, runTool, schemas } from './sdk-tools.mjs';

const { default: Anthropic } = require('@anthropic-ai/sdk');
const client = new Anthropic();
const tools = Object.entries(schemas).map(([name, input_schema]) => ({
  name,
  description: name,
  input_schema,
}));
const messages = [{ role: 'user', content: process.argv[2] }];

for (let turn = 0; turn < 30; turn++) {
  const question = { model: 'scripted-1', max_tokens: 1024, messages, tools };
  const answer = await patiently(() => client.messages.stream(question).finalMessage());
  messages.push({ role: 'assistant', content: answer.content });
  const calls = answer.content.filter((block) => block.type === 'tool_use');
  if (!calls.length) process.exit(0);
  const content = calls.map((call) => {
    const { failed, text } = runTool(call.name, call.input);
    return {
      type: 'tool_result',
      tool_use_id: call.id,
      content: text,
      ...(failed ? { is_error: true } : {}),
    };
  });
  messages.push({ role: 'user', content });
}
process.exit(1);
