// Runs only where modules do not: the browser is too old.
var place = document.getElementById("too-old");
if (place) place.hidden = false;
