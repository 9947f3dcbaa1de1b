"use strict";

// What is packed in the page: texts in base64 of what gzip made, read only when they are needed.

const NOTHING = 65535; // as in curves.py

const bytesOf = (id) => {
  const text = document.getElementById(id).textContent;
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const letters = atob(text);
  const bytes = new Uint8Array(letters.length);
  for (let k = 0; k < letters.length; k += 1) bytes[k] = letters.charCodeAt(k);
  return bytes;
};

const unzipped = (id) =>
  new Response(new Blob([bytesOf(id)]).stream().pipeThrough(new DecompressionStream("gzip")));

const unzippedText = (id) => unzipped(id).text();

const unzippedBytes = (id) => unzipped(id).arrayBuffer();

// Add up differences: milliseconds since 1970 as clocks show them, or whole numbers.
const unpackTimes = async () => {
  const times = new Float64Array(await unzippedBytes("times"));
  for (let k = 1; k < times.length; k += 1) times[k] += times[k - 1];
  return times;
};

// A part holds first units, exponents, places of last steps, errors and numbers of its series.
const unpackPart = async (number, layout) => {
  const content = await unzippedBytes(`part-${number}`);
  const n = Math.min(layout.inPart, layout.count - number * layout.inPart);
  const width = (content.byteLength / n - 24) / 2;
  return {
    first: new Float64Array(content, 0, n),
    exponents: new Int32Array(content, 8 * n, n),
    last: new Int32Array(content, 12 * n, n),
    errors: new Float32Array(content, 16 * n, 2 * n),
    numbers: new Uint16Array(content, 24 * n),
    width,
  };
};

const valueOf = (part, row, place) => {
  const number = part.numbers[row * part.width + place];
  if (number === NOTHING) return null;
  const units = part.first[row] + number;
  const exponent = part.exponents[row];
  return exponent < 0 ? units / 10 ** -exponent : units * 10 ** exponent;
};

// Lay one series of a part out: history, and for each window and the forecast, times and channels.
const unpackSeries = (part, row, times, layout) => {
  const last = part.last[row];
  const channels = 1 + 2 * layout.bands.length;
  const history = { x: [], y: [] };
  for (let k = 0; k < layout.history; k += 1) {
    const value = valueOf(part, row, k);
    if (value === null && history.y.length === 0) continue;
    history.x.push(times[last - layout.history + 1 + k]);
    history.y.push(value);
  }
  const ahead = (block, cutoff) => {
    const start = layout.history + block * layout.horizon * channels;
    const told = { x: [], channels: Array.from({ length: channels }, () => []) };
    for (let step = 0; step < layout.horizon; step += 1) {
      told.x.push(times[cutoff + 1 + step]);
      for (let c = 0; c < channels; c += 1)
        told.channels[c].push(valueOf(part, row, start + step * channels + c));
    }
    const from = lastBefore(history, times[cutoff]);
    return told.channels[0].every((value) => value === null) ? null : { ...told, from };
  };
  return {
    history,
    windows: layout.behind.map((behind, k) => ahead(k, last - behind)).filter(Boolean),
    forecast: layout.forecast ? ahead(layout.behind.length, last) : null,
    decimals: Math.max(0, -part.exponents[row]),
    errors: [part.errors[2 * row], part.errors[2 * row + 1]],
  };
};

// The last observation up to a time, from which a forecast is drawn.
const lastBefore = (history, time) => {
  for (let k = history.x.length - 1; k >= 0; k -= 1)
    if (history.x[k] <= time && history.y[k] !== null) return { x: history.x[k], y: history.y[k] };
  return null;
};
