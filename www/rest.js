// Joins the rest of the page to the part that the first seconds need: of the program, and of its style sheet. It is asked for once the page moves; what
// cannot wait for it gets it at once.
const where = new URL("../app_rest.wasm", import.meta.url);
// Where the table has what the rest calls in the first part, and how many.
const [FROM, COUNT] = [/* joint */];
// The link of the first style sheet, which names the whole one; pages that show the playground in their own way have none.
const link = document.querySelector("[data-whole]");
let first, imports, rest, asked, isDressed;

// The first part, when the program is in two: its exports, and what both import.
export function parted(exports, given) {
  first = exports;
  imports = given;
  if (rest) join();
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
  const whole = new CSSStyleSheet();
  whole.replaceSync(text);
  document.adoptedStyleSheets = [whole];
  link.remove();
  isDressed = true;
}

async function ask(file) {
  const answer = await fetch(file);
  if (!answer.ok) throw new Error(`${file}: HTTP ${answer.status}`);
  return answer;
}

// Brings the rest without haste, of a program in two.
export async function fetchRest() {
  if (!COUNT) return;
  const sheet = async () => link && !isDressed && dress(await (await ask(link.dataset.whole)).text());
  asked ??= Promise.all([ask(where).then((answer) => answer.arrayBuffer()).then(WebAssembly.compile), sheet()]);
  [rest] = await asked.catch((why) => {
    asked = undefined;
    throw why;
  });
  if (first) join();
}

// Brings the rest first of all where the service worker kept it: there it costs nothing, and the page may be offline.
export async function joinKept() {
  if (COUNT && navigator.serviceWorker?.controller && (await caches.match(where))) await fetchRest();
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
export function bring() {
  rest ??= new WebAssembly.Module(read(where));
  if (link && !isDressed) dress(new TextDecoder().decode(read(link.dataset.whole)));
  join();
}
