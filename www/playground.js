// Kafka Playground as a module: import it in a page of your own; the functions are those of window.playground.
import init, { apply, drawn, facts, fingerprint, pause, play, run, seek, state } from "./app.js";
import { fetchRest } from "./www/rest.js";

/** Loads the program; call it once, before the functions. In a page of its own it also shows the playground in #app, if there is one. */
export const ready = init().then(fetchRest);
export { apply, drawn, facts, fingerprint, pause, play, run, seek, state };
