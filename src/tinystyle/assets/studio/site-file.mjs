// Files of the site, which a network may lose.

import { Refusal } from "./picture-file.mjs";

const AGAIN_MS = 250;

/**
 * The answer for a file of the site. A request that is lost is made once more: connections break,
 * and Firefox loses the first one after a service worker has taken a page over.
 * @param {string} path
 */
export async function siteFile(path) {
  const ask = async () => {
    const response = await fetch(path);
    if (!response.ok) throw new Error(`${path}: ${response.status}`);
    return response;
  };
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // it was answered
  }
  await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new Refusal("The connection was lost while loading; try again when it is back.");
  }
}
