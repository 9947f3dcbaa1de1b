"use strict";

// Charts in the colours of Okabe and Ito (2008), which all can tell apart, on light and dark.

const LIGHT = {
  ink: "#1f2328",
  quiet: "#59636e",
  line: "#e2e5e9",
  label: "#ffffff",
  model: "#0072b2",
  rival: "#d55e00",
  windows: "#d55e00",
  others: "#8c959f",
};
const DARK = {
  ink: "#e6edf3",
  quiet: "#9aa4af",
  line: "#30363d",
  label: "#161b22",
  model: "#56b4e9",
  rival: "#e69f00",
  windows: "#e69f00",
  others: "#6e7781",
};
const NARROW = 560; // pixels below which buttons over a chart would hide it
const PRINTED = 640; // pixels that fit on the smaller of A4 and letter
const DASHES = ["dot", "dash", "dashdot", "longdash", "longdashdot"];
const SETTINGS = {
  displaylogo: false,
  responsive: true,
  doubleClick: "reset",
  modeBarButtons: [["zoom2d", "pan2d", "zoomIn2d", "zoomOut2d", "resetScale2d"]],
  showSendToCloud: false, // else the library offers to send the chart to its makers
  plotlyServerURL: "",
};

const dark = matchMedia("(prefers-color-scheme: dark)");
const coarse = matchMedia("(pointer: coarse)"); // fingers scroll the page, they do not draw boxes
const printing = { now: false };
const charts = new Map(); // by id: a function of colours and width that gives traces and layout

const colours = () => (dark.matches && !printing.now ? DARK : LIGHT);

const faded = (colour, share) =>
  `${colour}${Math.round(255 * share).toString(16).padStart(2, "0")}`;

const layoutOf = (c, more) => {
  const axis = {
    gridcolor: c.line,
    zerolinecolor: c.line,
    linecolor: c.quiet,
    tickfont: { color: c.quiet, size: 12 },
    title: { font: { color: c.quiet, size: 12 } },
    automargin: true,
    fixedrange: coarse.matches,
  };
  const { xaxis = {}, yaxis = {}, ...rest } = more;
  return {
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: "system-ui, sans-serif", color: c.ink, size: 13 },
    margin: { l: 8, r: 12, t: 8, b: 8 },
    hoverlabel: { bgcolor: c.label, bordercolor: c.quiet, font: { color: c.ink, size: 13 } },
    legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom", font: { color: c.ink } },
    modebar: { bgcolor: "rgba(0,0,0,0)", color: c.quiet, activecolor: c.ink },
    dragmode: coarse.matches ? false : "zoom",
    separators: ".,",
    ...rest,
    xaxis: { ...axis, ...xaxis, title: { ...axis.title, ...xaxis.title } },
    yaxis: { ...axis, ...yaxis, title: { ...axis.title, ...yaxis.title } },
  };
};

const draw = (id) => {
  const place = document.getElementById(id);
  const width = printing.now ? PRINTED : place.clientWidth;
  const { traces, layout } = charts.get(id)(colours(), width);
  const size = printing.now ? { width: PRINTED, autosize: false } : { autosize: true };
  const still = layout.dragmode === false || width < NARROW ? { displayModeBar: false } : {};
  return Plotly.react(place, traces, { ...layout, ...size }, { ...SETTINGS, ...still });
};

const addChart = (id, figure) => {
  charts.set(id, figure);
  return draw(id);
};

const redraw = () => charts.forEach((_, id) => draw(id));

// --- the verdict: a bar for each method, the best at the top --------------------------------------

const verdictFigure = (facts) => (c) => {
  const known = facts.methods.filter((method) => method.value !== null);
  const worstFirst = known.sort((a, b) => b.value - a.value);
  const colourOf = (key) =>
    key === facts.subject ? c.model : key === facts.rival ? c.rival : c.others;
  const nameOf = ({ key, name }) => (key === facts.rival ? `${name}, best naive` : name);
  const bars = {
    type: "bar",
    orientation: "h",
    y: worstFirst.map(nameOf),
    x: worstFirst.map(({ value }) => value),
    text: worstFirst.map(({ value }) => ` ${value.toPrecision(3)}`),
    textposition: "outside",
    cliponaxis: false,
    marker: { color: worstFirst.map(({ key }) => colourOf(key)) },
    hovertemplate: `%{y}: ${facts.metric} %{x:.4~g}<extra></extra>`,
  };
  const layout = layoutOf(c, {
    height: 48 + 34 * known.length,
    bargap: 0.35,
    margin: { l: 8, r: 56, t: 4, b: 8 },
    xaxis: { rangemode: "tozero", title: { text: facts.metric }, fixedrange: true },
    yaxis: { ticksuffix: "  ", fixedrange: true, tickfont: { color: c.ink, size: 13 } },
    dragmode: false,
  });
  return { traces: [bars], layout };
};

// --- errors by step ahead -------------------------------------------------------------------------

const stepsFigure = (facts) => (c) => {
  const special = { [facts.subject]: c.model, [facts.rival]: c.rival };
  const isSpecial = ({ key }) => key in special;
  const longest = Math.max(...facts.methods.map((method) => method.bySteps.length));
  let dashes = 0;
  // The model is drawn last, so that nothing lies over it.
  const traces = [...facts.methods].reverse().map((method) => ({
    type: "scatter",
    mode: method.bySteps.length > 40 ? "lines" : "lines+markers",
    name: method.key === facts.rival ? `${method.name}, best naive` : method.name,
    x: method.bySteps.map((_, k) => k + 1),
    y: method.bySteps,
    legendrank: isSpecial(method) ? (method.key === facts.subject ? 1 : 2) : 3,
    line: isSpecial(method)
      ? { color: special[method.key], width: 2.5 }
      : { color: c.others, width: 1.5, dash: DASHES[dashes++ % DASHES.length] },
    marker: { size: isSpecial(method) ? 6 : 4 },
    hovertemplate: "%{y:.4~g}",
  }));
  const layout = layoutOf(c, {
    height: 380,
    hovermode: "x unified",
    xaxis: { title: { text: "step ahead" }, tickformat: "d", tick0: 1, dtick: Math.ceil(longest / 12), unifiedhovertitle: { text: "step %{x}" } },
    yaxis: { title: { text: facts.metric }, rangemode: "tozero" },
  });
  return { traces, layout };
};

// --- calibration ----------------------------------------------------------------------------------

const calibrationFigure = (facts) => (c, width) => {
  const { levels, observed } = facts.calibration;
  const diagonal = {
    type: "scatter",
    mode: "lines",
    name: "as promised",
    x: [0, 1],
    y: [0, 1],
    line: { color: c.others, width: 1.5, dash: "dash" },
    hoverinfo: "skip",
  };
  const found = {
    type: "scatter",
    mode: "lines+markers",
    name: "observed",
    x: levels,
    y: observed,
    line: { color: c.model, width: 2.5 },
    marker: { size: 8 },
    cliponaxis: false,
    hovertemplate: "level %{x:.3~g}: %{y:.1%} of what came<extra></extra>",
  };
  const side = Math.min(width, 460);
  const layout = layoutOf(c, {
    height: side,
    xaxis: { range: [0, 1], dtick: 0.2, tickformat: ".0%", title: { text: "quantile level" } },
    yaxis: { range: [0, 1], dtick: 0.2, tickformat: ".0%", title: { text: "observed" } },
  });
  return { traces: [diagonal, found], layout };
};
