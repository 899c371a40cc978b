// The server's HTTP API as the page calls it: by the session's cookie, with the header that no foreign page can send.

const HEADERS = { "X-Agent-Console": "1" };

// What the server said no to, or that it could not be reached (code 0).
export class CallError extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

let onSignedOut = () => {};
// Called whenever an answer says that the session is over.
export function whenSignedOut(action) {
  onSignedOut = action;
}

async function send(method, path, options) {
  let response;
  try {
    response = await fetch(path, { method, credentials: "same-origin", cache: "no-store", redirect: "error", ...options,
      headers: { ...HEADERS, ...options.headers } });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new CallError(0, String(error.message));
  }
  if (response.status === 401) onSignedOut();
  return response;
}

async function failure(response) {
  const text = await response.text();
  try {
    const body = JSON.parse(text);
    if (body.code) return new CallError(body.code, body.msg ?? "");
  } catch { /* not JSON: its text is the reason */ }
  return new CallError(response.status, text.slice(0, 1000));
}

// The payload of an answer, undefined without one. `options`: json (a body), form (a FormData), signal. Throws CallError.
export async function call(method, path, { json, form, signal } = {}) {
  const headers = json === undefined ? {} : { "Content-Type": "application/json" };
  const response = await send(method, path, { headers, signal, body: json === undefined ? form : JSON.stringify(json) });
  if (!response.ok) throw await failure(response);
  const body = await response.json();
  if (body.code !== 200) {
    if (body.code === 401 && path !== "/console/session") onSignedOut();
    throw new CallError(body.code, body.msg ?? "");
  }
  return body.payload;
}

// A raw answer, whole: { text } or { bytes }, whatever is read of it.
export async function fetchRaw(path, { signal } = {}) {
  const response = await send("GET", path, { signal });
  if (!response.ok) throw await failure(response);
  if ((response.headers.get("Content-Type") ?? "").startsWith("application/json")) throw await failure(response);
  return response;
}

// The lines of a reply without an end, each as a value. Ends when the server ends it; throws CallError when it breaks.
export async function* events(path, signal) {
  const response = await send("GET", path, { headers: { Accept: "application/x-ndjson" }, signal });
  if (!response.ok || !response.headers.get("Content-Type")?.includes("ndjson")) throw await failure(response);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const lines = (rest + value).split("\n");
      rest = lines.pop();
      for (const line of lines) yield JSON.parse(line);
    }
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new CallError(0, String(error.message));
  }
}

// Sends a form and tells how much of it is on its way. Only this old interface says so. `control.abort()` ends it.
export function upload(path, form, onProgress, control) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", path);
    for (const [name, value] of Object.entries(HEADERS)) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded, event.total);
    request.onerror = () => reject(new CallError(0, "connection"));
    request.onabort = () => reject(new DOMException("aborted", "AbortError"));
    request.onload = () => {
      if (request.status === 401) onSignedOut();
      let body = {};
      try {
        body = JSON.parse(request.responseText);
      } catch { /* its status says it */ }
      if (body.code === 200) return resolve(body.payload);
      reject(new CallError(body.code ?? request.status, body.msg ?? request.responseText.slice(0, 1000)));
    };
    control.abort = () => request.abort();
    request.send(form);
  });
}

// A name of its own for each order of a command.
export const newKey = () => crypto.getRandomValues(new Uint32Array(4)).join("-");

// A part of a path: an id or a name, whatever is in it.
export const part = encodeURIComponent;
