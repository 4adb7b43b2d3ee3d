// Kafka Playground as a module: import it in a page of your own; the functions are those of window.playground.
import load, { fetchRest } from "./www/program.js";
export { apply, drawn, facts, fingerprint, pause, play, run, seek, state } from "./www/program.js";

/** Loads the program; call it once, before the functions. In a page of its own it also shows the playground in #app, if there is one. */
export const ready = load().then(fetchRest);
