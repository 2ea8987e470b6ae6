// Calls of the server; what it refuses is one line for people.

export class CallError extends Error {}

export async function call(name, body = {}) {
  let response;
  try {
    response = await fetch(new URL(`api/${name}`, document.baseURI), {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
  } catch {
    throw new CallError("The server cannot be reached; nothing is lost that was accepted. Start the same command again.");
  }
  const text = await response.text();
  let said;
  try {
    said = JSON.parse(text);
  } catch {
    said = { detail: text };
  }
  if (!response.ok) throw new CallError(said.detail || `status ${response.status}`);
  return said;
}
