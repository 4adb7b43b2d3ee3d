// Loads the program of the page and hands out its API as window.playground.
import init, * as api from "../app.js";

const { default: _, initSync: __, ...playground } = api;
try {
  await init();
  window.playground = playground;
} catch (error) {
  const place = document.getElementById("boot-error");
  if (place) {
    place.hidden = false;
    place.querySelector("pre").textContent = String(error);
  }
  throw error;
}
