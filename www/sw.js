// Keeps the files of one version of the page, so that it opens without a network once it was loaded.
const VERSION = "playground-/* version */";
const FILES = [/* files */];

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(VERSION).then((cache) => cache.addAll(["./", ...FILES])).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const old = (names) => names.filter((name) => name.startsWith("playground-") && name !== VERSION);
  event.waitUntil(caches.keys().then((names) => Promise.all(old(names).map((name) => caches.delete(name)))).then(() => self.clients.claim()));
});

// The page itself is asked for first, so that a new version is seen; its files bear the hash of their content.
self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || new URL(request.url).origin !== location.origin) return;
  const kept = () => caches.match(request, { ignoreSearch: true });
  event.respondWith(request.mode === "navigate" ? fetch(request).catch(() => kept().then((page) => page ?? caches.match("./"))) : kept().then((file) => file ?? fetch(request)));
});
