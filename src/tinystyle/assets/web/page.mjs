// The page that `bench --target web` opens: starts the worker, passes on what it says, and tells
// twice a second that it still lives. It ends itself when nobody listens any more.

const ALIVE_MS = 500;
const worker = new Worker("worker.mjs", { type: "module" });
let last = Promise.resolve();

/** Posts one after the other, so that they arrive in order. */
function post(name, body) {
  last = last.then(() => fetch(name, { method: "POST", body })).then(stopUnlessHeard, stop);
  return last;
}

function stopUnlessHeard(response) {
  if (!response.ok) stop();
}

function stop() {
  worker.terminate();
  window.close();
}

const say = (message) => post("message", JSON.stringify(message));

worker.onmessage = ({ data }) => {
  if (data.kind === "upload") post(data.name, data.bytes);
  else say(data);
};
worker.onerror = (event) => say({ kind: "error", message: event.message || "worker.mjs failed" });
setInterval(() => say({ kind: "alive" }), ALIVE_MS);
