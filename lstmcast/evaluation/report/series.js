"use strict";

// The chart of one series, and how one is chosen.

const MOST_FOUND = 50; // of the series that match: a list of all would be longer than anyone reads

// Points between two gaps, which no line would show.
const alone = ({ x, y }) => {
  const places = y.flatMap((value, k) =>
    value !== null && (y[k - 1] ?? null) === null && (y[k + 1] ?? null) === null ? [k] : [],
  );
  return { x: places.map((k) => x[k]), y: places.map((k) => y[k]) };
};

// One polygon for each of some forecasts, between two of their channels.
const polygons = (told, lower) => {
  const x = [];
  const y = [];
  for (const each of told) {
    const inside = each.x.flatMap((_, k) => (each.channels[lower][k] === null ? [] : [k]));
    if (!inside.length) continue;
    const start = each.from ? [each.from] : [];
    const below = inside.map((k) => ({ x: each.x[k], y: each.channels[lower][k] }));
    const above = inside.map((k) => ({ x: each.x[k], y: each.channels[lower + 1][k] }));
    const corners = [...start, ...below, ...above.reverse(), ...start];
    x.push(...corners.map((corner) => corner.x), null);
    y.push(...corners.map((corner) => corner.y), null);
  }
  return { x, y };
};

// Points of some forecasts, with their intervals as text, and thin lines to where they start.
const lines = (told, layout, written) => {
  const points = { x: [], y: [], customdata: [] };
  const starts = { x: [], y: [] };
  for (const each of told) {
    each.x.forEach((time, k) => {
      const ends = layout.bands.map((percent, b) => {
        const [low, high] = [1 + 2 * b, 2 + 2 * b].map((c) => each.channels[c][k]);
        return low === null ? "" : `${percent} %: ${written(low)} to ${written(high)}`;
      });
      points.x.push(time);
      points.y.push(each.channels[0][k]);
      points.customdata.push(ends.map((end) => end && `<br>${end}`).join(""));
    });
    points.x.push(null);
    points.y.push(null);
    points.customdata.push("");
    if (each.from && each.channels[0][0] !== null) {
      starts.x.push(each.from.x, each.x[0], null);
      starts.y.push(each.from.y, each.channels[0][0], null);
    }
  }
  return { points, starts };
};

// The traces of some forecasts in one colour: intervals below, then the points.
const forecastTraces = (told, name, colour, layout, written) => {
  if (!told.length) return [];
  const silent = { type: "scatter", hoverinfo: "skip", legendgroup: name, showlegend: false };
  const { points, starts } = lines(told, layout, written);
  return [
    ...layout.bands.map((_, b) => ({
      ...silent,
      ...polygons(told, 1 + 2 * b),
      mode: "lines",
      fill: "toself",
      fillcolor: faded(colour, 0.2),
      line: { width: 0 },
    })),
    { ...silent, ...starts, mode: "lines", line: { color: colour, width: 1, dash: "dot" } },
    {
      type: "scatter",
      name,
      legendgroup: name,
      ...points,
      mode: layout.horizon > 60 ? "lines" : "lines+markers",
      line: { color: colour, width: 2 },
      marker: { size: 4 },
      hovertemplate: "%{y}%{customdata}",
    },
  ];
};

const seriesFigure = (series, facts) => (c) => {
  const layout = facts.series;
  const decimals = Math.min(series.decimals, 20);
  const format = decimals > 9 ? ".6~g" : `,.${decimals}~f`;
  const written = (value) =>
    decimals > 9
      ? value.toPrecision(6)
      : value.toLocaleString("en", { maximumFractionDigits: decimals });
  const names = layout.bands.map((percent) => `${percent} %`).join(", ");
  const intervals = names ? `, with intervals of ${names}` : "";
  const lone = alone(series.history);
  const history = { type: "scatter", ...series.history, mode: "lines", connectgaps: false };
  const ahead = series.forecast ? [series.forecast] : [];
  const traces = [
    ...forecastTraces(series.windows, "forecasts of the windows", c.windows, layout, written),
    ...forecastTraces(ahead, `forecast${intervals}`, c.model, layout, written),
    { ...history, name: "history", legendrank: 1, line: { color: c.ink, width: 1.5 }, hovertemplate: "%{y}" },
    {
      type: "scatter",
      ...lone,
      mode: "markers",
      marker: { color: c.ink, size: 4 },
      hoverinfo: "skip",
      showlegend: false,
    },
  ];
  const time = facts.dates
    ? { type: "date", hoverformat: facts.dates }
    : { type: "linear", tickformat: "d", hoverformat: "d" };
  return {
    traces,
    layout: layoutOf(c, {
      height: 440,
      hovermode: "x unified",
      uirevision: false,
      xaxis: time,
      yaxis: { hoverformat: format, tickformat: decimals > 9 ? "~g" : ",", exponentformat: "power" },
    }),
  };
};

// A reader of series by their number, which keeps the part that it opened last.
const seriesReader = (times, layout) => {
  const opened = { number: -1, part: null };
  return async (number) => {
    const wanted = Math.floor(number / layout.inPart);
    if (opened.number !== wanted) {
      opened.part = await unpackPart(wanted, layout);
      opened.number = wanted;
    }
    return unpackSeries(opened.part, number % layout.inPart, times, layout);
  };
};

// Find series by a part of their id: those that are it, those that begin with it, then the others.
const matching = (lowered, text) => {
  const wanted = text.trim().toLowerCase();
  const ranks = [[], [], []];
  let count = 0;
  lowered.forEach((id, number) => {
    const place = id.indexOf(wanted);
    if (place < 0) return;
    count += 1;
    const rank = id === wanted ? 0 : place === 0 ? 1 : 2;
    if (ranks[rank].length < MOST_FOUND) ranks[rank].push(number);
  });
  return { count, numbers: ranks.flat().slice(0, MOST_FOUND) };
};

// The search box: a combobox whose list shows the first matches.
const addSearch = (ids, open) => {
  const box = document.getElementById("search");
  const list = document.getElementById("found");
  const lowered = ids.map((id) => id.toLowerCase());
  let active = -1;

  const close = () => {
    list.hidden = true;
    active = -1;
    box.setAttribute("aria-expanded", "false");
    box.removeAttribute("aria-activedescendant");
  };
  const choose = (option) => {
    if (!option) return;
    close();
    box.value = "";
    open(Number(option.dataset.series));
  };
  const optionOf = (number, k) => {
    const option = document.createElement("li");
    option.id = `found-${k}`;
    option.role = "option";
    option.dataset.series = number;
    option.textContent = ids[number];
    option.setAttribute("aria-selected", "false");
    return option;
  };
  const remark = (text) => {
    const line = document.createElement("li");
    line.className = "quiet";
    line.setAttribute("aria-disabled", "true");
    line.role = "option";
    line.textContent = text;
    return line;
  };
  const show = () => {
    const { count, numbers } = matching(lowered, box.value);
    const more = count - numbers.length;
    const remarks = !count
      ? [remark("no series has this in its id")]
      : more
        ? [remark(`and ${more.toLocaleString("en")} more: write more of the id`)]
        : [];
    list.replaceChildren(...numbers.map(optionOf), ...remarks);
    list.hidden = false;
    list.scrollTop = 0;
    active = -1;
    box.setAttribute("aria-expanded", "true");
    box.removeAttribute("aria-activedescendant");
  };
  const mark = (step) => {
    const options = list.querySelectorAll("[data-series]");
    if (list.hidden || !options.length) return;
    options[active]?.setAttribute("aria-selected", "false");
    active = (active + step + options.length + (active < 0 && step < 0 ? 1 : 0)) % options.length;
    options[active].setAttribute("aria-selected", "true");
    options[active].scrollIntoView({ block: "nearest" });
    box.setAttribute("aria-activedescendant", options[active].id);
  };
  const keys = {
    ArrowDown: () => (list.hidden ? show() : mark(1)),
    ArrowUp: () => mark(-1),
    Enter: () => choose(list.querySelectorAll("[data-series]")[Math.max(active, 0)]),
    Escape: close,
  };

  box.addEventListener("input", show);
  box.addEventListener("focus", show);
  box.addEventListener("blur", close);
  box.addEventListener("keydown", (event) => {
    if (!(event.key in keys)) return;
    event.preventDefault();
    keys[event.key]();
  });
  list.addEventListener("pointerdown", (event) => event.preventDefault()); // keeps the focus
  list.addEventListener("click", (event) => choose(event.target.closest("[data-series]")));
};
