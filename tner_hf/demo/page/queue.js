// A call of the API through Gradio's queue: progress and place in line while it waits.

export class CallError extends Error {}

const ours = (path) => new URL(path, document.baseURI);

export async function call(name, data, { report = () => {}, signal } = {}) {
  const joined = await request(ours(`gradio_api/call/${name}`), {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ data }),
    signal,
  });
  const { event_id: id } = await joined.json();
  // An event that named no session has its own id as its session.
  const stream = await request(ours(`gradio_api/queue/data?session_hash=${id}`), { signal });
  for await (const message of messages(stream.body)) {
    if (message.msg === "estimation") report({ ahead: message.rank });
    else if (message.msg === "process_starts") report({ started: true });
    else if (message.msg === "progress") report(readProgress(message));
    else if (message.msg === "process_completed") {
      if (message.success) return message.output.data[0];
      throw new CallError(message.output?.error || "Something went wrong on the server.");
    } else if (message.msg === "unexpected_error") {
      throw new CallError(message.message || "Something went wrong on the server.");
    }
  }
  throw new CallError("The server ended the connection before it had answered. Try again.");
}

async function request(url, options) {
  let response;
  try {
    response = await fetch(url, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new CallError("The server cannot be reached. Is it still running?");
  }
  if (response.ok) return response;
  if (response.status === 503) {
    throw new CallError("Too many people are using this demo right now. Try again in a minute.");
  }
  const body = await response.json().catch(() => ({}));
  const said = typeof body.detail === "string" ? body.detail : `status ${response.status}`;
  throw new CallError(`The server did not take this: ${said}.`);
}

async function* messages(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let waiting = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    waiting += value;
    const parts = waiting.split("\n\n");
    waiting = parts.pop();
    for (const part of parts) {
      if (part.startsWith("data: ")) yield JSON.parse(part.slice(6));
    }
  }
}

function readProgress(message) {
  const unit = message.progress_data?.at(-1);
  return { share: unit?.progress ?? null, words: unit?.desc ?? "" };
}
