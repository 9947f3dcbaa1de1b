"use strict";

// The start of the page: the library first, the chart of the verdict, and then all others.

const readable = new Promise((resolve) => {
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", resolve);
  else resolve();
});

const loadLibrary = async () => {
  const script = document.createElement("script");
  script.textContent = await unzippedText("library");
  document.head.append(script);
};

const errorText = (value) => (Number.isNaN(value) ? "undefined" : Number(value.toPrecision(3)));

const addSeries = async (facts) => {
  const layout = facts.series;
  const ids = JSON.parse(await unzippedText("ids"));
  const read = seriesReader(await unpackTimes(), layout);
  const name = document.getElementById("series-name");
  let current = 0;

  const open = async (number) => {
    current = (number + layout.count) % layout.count;
    const series = await read(current);
    if (layout.count > 1) name.textContent = ids[current];
    const [ours, theirs] = series.errors.map(errorText);
    const rival = facts.methods.find(({ key }) => key === facts.rival);
    const compared = rival ? `, ${rival.name} ${theirs}` : "";
    const judged = series.windows.length
      ? `${facts.metric} over its windows: ${facts.subject} ${ours}${compared}.`
      : "Too short to be judged.";
    const place = layout.count > 1 ? ` Series ${(current + 1).toLocaleString("en")} of ${layout.count.toLocaleString("en")}.` : "";
    document.getElementById("series-scores").textContent = judged + place;
    await addChart("chart-series", seriesFigure(series, facts));
  };

  await open(0);
  if (layout.count === 1) return;
  document.getElementById("previous").addEventListener("click", () => open(current - 1));
  document.getElementById("next").addEventListener("click", () => open(current + 1));
  document.querySelectorAll("button.open").forEach((button) =>
    button.addEventListener("click", async () => {
      await open(Number(button.dataset.series));
      document.getElementById("series").scrollIntoView();
    }),
  );
  addSearch(ids, open);
  document.querySelector(".chooser").hidden = false;
};

// Paper is light, as wide as paper is, and has nothing to click on.
const printPage = (now) => {
  if (printing.now === now) return;
  printing.now = now;
  document.querySelectorAll("details").forEach((each) => {
    if (now && !each.open) each.dataset.opened = "for print";
    if (now) each.open = true;
    else if (each.dataset.opened) each.open = false;
    if (!now) delete each.dataset.opened;
  });
  redraw();
};

const start = async () => {
  const facts = JSON.parse(document.getElementById("facts").textContent);
  await loadLibrary();
  await addChart("chart-verdict", verdictFigure(facts));
  performance.mark("first chart");
  await readable;
  await addSeries(facts);
  await addChart("chart-steps", stepsFigure(facts));
  if (facts.calibration.levels.length)
    await addChart("chart-calibration", calibrationFigure(facts));
  dark.addEventListener("change", redraw);
  addEventListener("beforeprint", () => printPage(true));
  addEventListener("afterprint", () => printPage(false));
  matchMedia("print").addEventListener("change", (media) => printPage(media.matches));
  performance.mark("all charts");
};

start().catch((error) => {
  const alarm = document.getElementById("alarm");
  alarm.textContent = `The charts could not be drawn by this browser: ${error.message}. A newer one may; sentences and tables are complete.`;
  alarm.hidden = false;
  throw error;
});
