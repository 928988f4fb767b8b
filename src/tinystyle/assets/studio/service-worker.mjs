// Written by `tinystyle web` with the list of files and a version that changes with any of them.

const VERSION = "SITE_VERSION";
const FILES = [/* SITE_FILES */];
const CACHE = `tinystyle-studio-${VERSION}`;
let received = 0;
const OURS = /^tinystyle-studio-/;

// Without these a page has no SharedArrayBuffer, so WebAssembly no threads.
const ISOLATION = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "same-origin",
};

self.addEventListener("install", () => self.skipWaiting());

self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys()) {
        if (OURS.test(name) && name !== CACHE) await caches.delete(name);
      }
      await self.clients.claim();
    })(),
  );
});

/** With the headers; a body is passed on as it comes. */
function isolated(response) {
  if (response.type === "opaque" || response.status === 0) return response;
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(ISOLATION)) headers.set(name, value);
  const { status, statusText } = response;
  return new Response(response.body, { status, statusText, headers });
}

async function answer(event) {
  const { request } = event;
  const cache = await caches.open(CACHE);
  const kept = await cache.match(request, { ignoreSearch: true, ignoreVary: true });
  if (kept) return isolated(kept);
  const response = await fetch(request);
  received += Number(response.headers.get("Content-Length")) || 0;
  if (response.status === 200) {
    // Not awaited, so that the page has its bytes as they come; where there is no room, it has them still.
    event.waitUntil(cache.put(request, response.clone()).catch(() => {}));
  }
  return isolated(response);
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const own = new URL(request.url).origin === self.location.origin;
  if (request.method === "GET" && own) event.respondWith(answer(event));
});

/** All that is not there yet; files that the page has just loaded come from the browser's cache. */
async function keep() {
  const cache = await caches.open(CACHE);
  try {
    for (const file of FILES) {
      if (!(await cache.match(file, { ignoreVary: true }))) await cache.add(file);
    }
    return true;
  } catch {
    return false; // the network went away, or there is no room: the next visit tries again
  }
}

self.addEventListener("message", (event) => {
  const answered = event.data === "keep" ? keep() : Promise.resolve(received);
  event.waitUntil(answered.then((found) => event.ports[0].postMessage(found)));
});
