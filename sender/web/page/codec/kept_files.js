// Large files that a browser keeps: over a thin link each comes once. The browser's own cache would not do, for
// it keeps nothing that came under a certificate that it does not know.

const CACHE = "narrowcast-generator";

/** @param {string[]} urls @returns {Promise<boolean>} whether all of them are here */
export async function areKept(urls) {
  if (!("caches" in globalThis)) return false;
  const cache = await caches.open(CACHE);
  const found = await Promise.all(urls.map((url) => cache.match(url)));
  return found.every((answer) => answer !== undefined);
}

/** @param {string} url that changes with the content @returns {Promise<ArrayBuffer>} */
export async function fetchKept(url) {
  const cache = "caches" in globalThis ? await caches.open(CACHE) : null;
  const kept = await cache?.match(url);
  if (kept !== undefined) return kept.arrayBuffer();
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url.split("/").at(-1)}: ${answer.status}`);
  await cache?.put(url, answer.clone());
  return answer.arrayBuffer();
}

/** Forget the files of other versions. @param {string} base what the addresses of this one begin with */
export async function forgetOthers(base) {
  if (!("caches" in globalThis)) return;
  const cache = await caches.open(CACHE);
  for (const request of await cache.keys()) if (!request.url.startsWith(base)) await cache.delete(request);
}
