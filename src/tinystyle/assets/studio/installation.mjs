// The service worker: offline use, and the two headers for threads where a server cannot send them.

const TRIED = "isolation-tried";

/** Registers it. Where only its headers are missing for threads, the page is loaded once more. */
export async function install() {
  if (!("serviceWorker" in navigator)) return;
  try {
    await navigator.serviceWorker.register("service-worker.mjs");
  } catch {
    return; // a private window, or a server that is not secure: the page works without
  }
  if (crossOriginIsolated || sessionStorage.getItem(TRIED)) return;
  sessionStorage.setItem(TRIED, "yes");
  if (!navigator.serviceWorker.controller) {
    await new Promise((resolve) => {
      navigator.serviceWorker.addEventListener("controllerchange", resolve, { once: true });
    });
  }
  location.reload();
}

/** What the service worker answers; null where there is none. */
async function ask(question) {
  if (!("serviceWorker" in navigator)) return null;
  const { active } = await navigator.serviceWorker.ready;
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = ({ data }) => resolve(data);
    active.postMessage(question, [port2]);
  });
}

/** Keep all files for times without a network. Whether that was done. */
export const keepOffline = async () => (await ask("keep")) === true;

/**
 * Bytes that the page, or the worker that asks, received over the network itself, bodies without
 * headers: what came from a cache counts nothing.
 */
export function received() {
  const entries = performance.getEntriesByType("resource");
  return entries.reduce((sum, entry) => sum + (entry.transferSize ? entry.encodedBodySize : 0), 0);
}

/** Bytes that the page received over the network by way of the service worker. */
export async function receivedByServiceWorker() {
  if (!navigator.serviceWorker?.controller) return 0;
  return (await ask("received")) ?? 0;
}
