// What an application does with the OpenAI SDK, against the gateway at argv[2]. Prints one JSON value.
import OpenAI from "openai";

const [, , baseURL, apiKey, slowURL] = process.argv;
const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 });
const slow = new OpenAI({ baseURL: slowURL, apiKey, maxRetries: 0 });
const asked = (content, model = "assistant") => ({ model, messages: [{ role: "user", content }] });

async function failure(work) {
  try {
    await work();
    return "no error";
  } catch (error) {
    return {
      class: error.constructor.name,
      status: error.status,
      code: error.code,
      param: error.param,
      requestID: error.requestID,
      message: error.message,
    };
  }
}

async function chunks(from, content) {
  const found = [];
  for await (const chunk of await from.chat.completions.create({ ...asked(content), stream: true })) found.push(chunk);
  return found;
}

const question = "How many days of paid leave does an employee have?";
const helper = client.chat.completions.stream({ ...asked(question), stream_options: { include_usage: true } });
const models = [];
for await (const model of client.models.list()) models.push(model.id);
const file = await client.files.create({ file: new File(["Bikes are free."], "Räder.md"), purpose: "assistants" });
const attached = await client.vectorStores.files.create("handbook", { file_id: file.id });

console.log(
  JSON.stringify({
    models,
    plain: await client.chat.completions.create(asked(question)),
    streamed: await chunks(client, question),
    helper: await helper.finalChatCompletion(),
    search: (await client.vectorStores.search("handbook", { query: "paid leave" })).data,
    file,
    attached,
    stores: (await client.vectorStores.list({ limit: 2 })).data.map((store) => store.id),
    unknown: await failure(() => client.chat.completions.create(asked(question, "nothing"))),
    unauthenticated: await failure(() => new OpenAI({ baseURL, apiKey: "kv_no", maxRetries: 0 }).models.list()),
    invalid: await failure(() => client.chat.completions.create({ ...asked(question), n: 2 })),
    pings: await chunks(slow, "sleep:0.7 say:late"),
    broken: await failure(() => chunks(slow, "say:half sleep:0.1 break")),
    timeout: await failure(() => slow.chat.completions.create(asked("stall"), { timeout: 300 })),
  }),
);
