// Loads the program of the page, hands out its API as window.playground, and says what is wrong when it cannot.
import init, * as program from "../app.js";

function fail(error) {
  const place = document.getElementById("trouble");
  if (!place) return;
  place.hidden = false;
  place.querySelector("pre").textContent = String((error && error.message) || error);
  document.getElementById("app")?.setAttribute("aria-busy", "false");
}

document.getElementById("trouble-reload").addEventListener("click", () => location.reload());
document.getElementById("trouble-copy").addEventListener("click", () => navigator.clipboard?.writeText(document.querySelector("#trouble pre").textContent));

const isSupported = typeof WebAssembly === "object" && CSS.supports("color", "light-dark(white, black)");
if (isSupported) {
  try {
    await init();
    const { run, apply, state, facts, seek, play, pause, drawn, fingerprint } = program;
    window.playground = { run, apply, state, facts, seek, play, pause, drawn, fingerprint };
  } catch (error) {
    fail(error);
    throw error;
  }
  if ("serviceWorker" in navigator && location.protocol !== "file:") navigator.serviceWorker.register("sw.js").catch(() => {});
} else {
  document.getElementById("too-old").hidden = false;
}
