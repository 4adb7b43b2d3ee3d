// Loads the program of the page, hands out its API as window.playground, and says what is wrong when it cannot.
import load, * as program from "./program.js";

const trouble = document.getElementById("trouble");
const replay = trouble?.querySelector("pre");

// What the program cannot say itself: that it was not loaded, or broke in a way it does not see.
function fail(error) {
  if (!trouble || !trouble.hidden) return;
  replay.textContent = String((error && error.message) || error);
  trouble.hidden = false;
  document.getElementById("app")?.setAttribute("hidden", "");
}

document.getElementById("trouble-reload")?.addEventListener("click", () => location.reload());
document.getElementById("trouble-copy")?.addEventListener("click", () => {
  // Where the clipboard is out of reach, the text is selected for the person to copy.
  const select = () => getSelection().selectAllChildren(replay);
  if (navigator.clipboard) navigator.clipboard.writeText(replay.textContent).catch(select);
  else select();
});

// Copies a block of commands, or with a selector all it finds, each under its time.
document.addEventListener("click", ({ target }) => {
  const button = target.closest?.("[data-copy]");
  if (!button) return;
  const all = button.dataset.copy;
  const block = (one) => `# ${one.querySelector("time").textContent} ${one.querySelector(".cmn").textContent}`.trim() + `\n${one.querySelector("pre").textContent}\n`;
  const text = all ? [...document.querySelectorAll(all)].map(block).join("\n") : button.closest("li").querySelector("pre").textContent;
  const select = () => getSelection().selectAllChildren(all ? document.querySelector(all).parentNode : button.closest("li").querySelector("pre"));
  if (navigator.clipboard) navigator.clipboard.writeText(text).catch(select);
  else select();
});

const isSupported = typeof WebAssembly === "object" && CSS.supports("color", "light-dark(white, black)");
if (isSupported) {
  addEventListener("error", ({ error }) => {
    if (!(error instanceof WebAssembly.RuntimeError || error instanceof RangeError)) return;
    try {
      program.trouble(String(error));
    } catch {
      fail(error);
    }
  });
  const keeper = location.protocol === "file:" ? undefined : navigator.serviceWorker;
  try {
    await program.joinKept().catch(() => {});
    await load();
    const { run, apply, state, facts, seek, play, pause, drawn, fingerprint } = program;
    window.playground = { run, apply, state, facts, seek, play, pause, drawn, fingerprint };
  } catch (error) {
    fail(error);
    throw error;
  }
  // The opening needs a part of the program alone; the rest comes when it was seen, or as soon as a person is about to act.
  const SIGNS = ["pointermove", "pointerdown", "keydown"];
  const goOn = () => {
    SIGNS.forEach((sign) => removeEventListener(sign, goOn, true));
    program.fetchRest().then(() => keeper?.register("sw.js")).catch(() => {});
  };
  SIGNS.forEach((sign) => addEventListener(sign, goOn, { capture: true, passive: true }));
  setTimeout(goOn, 4000);
} else {
  document.getElementById("too-old").hidden = false;
  document.getElementById("app")?.setAttribute("hidden", "");
}
