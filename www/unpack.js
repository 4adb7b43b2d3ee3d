// Restores a program that was packed for its way here: its code came in streams, each of one kind of numbers, which compress better than the code they make.
// xtask/src/split/pack.rs packs, and says how.

// How many numbers follow an operation.
const NUMBERS = new Uint8Array(256);
for (const [from, to, count] of [[2, 4, 1], [12, 13, 1], [16, 16, 1], [17, 17, 2], [32, 38, 1], [40, 62, 2], [63, 66, 1], [208, 208, 1], [210, 210, 1]]) {
  NUMBERS.fill(count, from, to + 1);
}
// The streams: the operations; the locals of functions; what follows each operation, first and second; constants, by the operation behind them.
const [OPERATIONS, LOCALS, FIRST, SECOND, CONSTANT, COUNT] = [0, 1, 2, 258, 514, 770];

export function unpacked(packed) {
  let at = 8;
  let to = 0;
  let out;
  const number = () => {
    let n = 0, shift = 0, byte;
    do {
      byte = packed[at++];
      n |= (byte & 127) << shift;
      shift += 7;
    } while (byte > 127);
    return n;
  };
  const write = (n) => {
    for (; n > 127; n >>>= 7) out[to++] = n | 128;
    out[to++] = n;
  };
  const writeSigned = (n) => {
    for (; n > 63 || n < -64; n >>= 7) out[to++] = n | 128;
    out[to++] = n & 127;
  };

  // Everything but the code stands as it was.
  while (packed[at] !== 10) {
    at++;
    const size = number();
    at += size;
  }
  const code = at++;
  const packedSize = number();
  const behind = at + packedSize;
  const size = number();
  out = new Uint8Array(packed.length + size);
  out.set(packed.subarray(0, code + 1));
  to = code + 1;
  write(size);

  let functions = number();
  const next = new Int32Array(COUNT);
  const lengths = [];
  for (let streams = number(); streams > 0; streams--) lengths.push([number(), number()]);
  for (const [stream, length] of lengths) {
    next[stream] = at;
    at += length;
  }
  const byte = (stream) => (out[to++] = packed[next[stream]++]);
  const copy = (stream) => {
    while (byte(stream) > 127);
  };
  const copyCount = (stream) => {
    at = next[stream];
    const n = number();
    copy(stream);
    return n;
  };
  // The places of functions that are called by the table mostly follow each other.
  let place = 0;

  write(functions);
  for (; functions > 0; functions--) {
    const start = to;
    to += 4;
    for (let groups = copyCount(LOCALS); groups > 0; groups--) {
      copy(LOCALS);
      byte(LOCALS);
    }
    for (let depth = 1; depth > 0; ) {
      const op = byte(OPERATIONS);
      const first = FIRST + op;
      if (op === 65) {
        const follows = packed[next[OPERATIONS]];
        if (follows === 17) {
          at = next[CONSTANT + follows];
          const change = number();
          next[CONSTANT + follows] = at;
          place += 1 + (change >>> 1 ^ -(change & 1));
          writeSigned(place);
        } else copy(CONSTANT + follows);
      } else if (op === 11) depth--;
      else if (op === 14) for (let targets = copyCount(first) + 1; targets > 0; targets--) copy(first);
      else if (op === 28) for (let types = copyCount(first); types > 0; types--) byte(first);
      else if (op === 67 || op === 68) for (let bytes = op === 67 ? 4 : 8; bytes > 0; bytes--) byte(first);
      else if (op === 252) {
        const kind = copyCount(first);
        for (let numbers = kind < 8 ? 0 : [2, 1, 2, 1, 2, 1, 2, 1, 1, 1][kind - 8]; numbers > 0; numbers--) copy(first);
      } else {
        if (op > 1 && op < 5) depth++;
        if (NUMBERS[op]) copy(first);
        if (NUMBERS[op] > 1) copy(SECOND + op);
      }
    }
    const length = to - start - 4;
    to = start;
    write(length);
    out.copyWithin(to, start + 4, start + 4 + length);
    to += length;
  }
  out.set(packed.subarray(behind), to);
  return out.subarray(0, to + packed.length - behind);
}
