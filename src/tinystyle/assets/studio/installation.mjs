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

/** Keep all files for times without a network, once nothing else is loading. */
export async function keepOffline() {
  const registration = await navigator.serviceWorker?.ready;
  registration?.active?.postMessage("keep");
}
