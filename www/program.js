// Loads the program of the page. The built site has it in two parts, as it has the style sheet: the first is what the first seconds need, the rest is
// asked for once the page moves; what cannot wait for the rest gets it at once.
import * as glue from "../app.js";
import { unpacked } from "./unpack.js";
export * from "../app.js";

const [whole, later] = ["../app_bg.wasm", "../app_rest.wasm"].map((file) => new URL(file, import.meta.url));
// Where the table has what the rest calls in the first part, and how many; none when the program is whole.
const [FROM, COUNT] = [/* joint */];
// The link of the first style sheet, which names the whole one; pages that show the playground in their own way have none.
const link = document.querySelector("[data-whole]");
const imports = { "./app_bg.js": glue, joint: { bring } };
let loading, first, rest, asked, isDressed;

// Loads the first part, or all; returns what it exports.
export default function load() {
  return (loading ??= start());
}

async function start() {
  const bytes = await ask(whole).then((answer) => answer.arrayBuffer());
  const { instance } = await WebAssembly.instantiate(COUNT ? unpacked(new Uint8Array(bytes)) : bytes, imports);
  first = instance.exports;
  glue.__wbg_set_wasm(first);
  if (rest) join();
  first.__wbindgen_start();
  return first;
}

function join() {
  if (first.is_whole.value) return;
  const joint = { ...first };
  for (let n = 0; n < COUNT; n++) joint[n] = first.functions.get(FROM + n);
  new WebAssembly.Instance(rest, { ...imports, joint });
  first.is_whole.value = 1;
}

// Lets the whole style sheet take the first one's place, in one step, so that nothing flashes.
function dress(text) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  document.adoptedStyleSheets = [sheet];
  link.remove();
  isDressed = true;
}

async function ask(file) {
  const answer = await fetch(file);
  if (!answer.ok) throw new Error(`a part of the page could not be loaded: HTTP ${answer.status}`);
  return answer;
}

// Brings the rest without haste, of a program in two.
export async function fetchRest() {
  if (!COUNT) return;
  const sheet = async () => link && !isDressed && dress(await (await ask(link.dataset.whole)).text());
  asked ??= Promise.all([ask(later).then((answer) => answer.arrayBuffer()).then(WebAssembly.compile), sheet()]);
  [rest] = await asked.catch((why) => {
    asked = undefined;
    throw why;
  });
  if (first) join();
}

// Brings the rest first of all where the service worker kept it: there it costs nothing, and the page may be offline.
export async function joinKept() {
  if (COUNT && navigator.serviceWorker?.controller && (await caches.match(later))) await fetchRest();
}

function read(file) {
  const request = new XMLHttpRequest();
  request.open("GET", file, false);
  request.overrideMimeType("text/plain; charset=x-user-defined");
  try {
    request.send();
  } catch (why) {
    throw new WebAssembly.RuntimeError(`a part of the program could not be loaded: ${why.message}`);
  }
  if (request.status !== 200) throw new WebAssembly.RuntimeError(`a part of the program could not be loaded: HTTP ${request.status}`);
  return Uint8Array.from(request.responseText, (c) => c.charCodeAt(0));
}

// Brings the rest now: the program stands in the middle of a call into it. Where that fails the program ends, as at any other error of its own.
function bring() {
  rest ??= new WebAssembly.Module(read(later));
  if (link && !isDressed) dress(new TextDecoder().decode(read(link.dataset.whole)));
  join();
}
