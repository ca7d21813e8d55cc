// Intervals on the page's logarithmic scale; the same drawing as intervals.py.

const SVG = "http://www.w3.org/2000/svg";

function draw(tag, attributes = {}) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

function percent(value) {
  const [low, high] = DATA.scale.map(Math.log10);
  return `${((100 * (Math.log10(Math.max(value, 1e-6)) - low)) / (high - low)).toFixed(2)}%`;
}

function interval(row) {
  const svg = draw("svg", { class: "interval", "aria-hidden": "true", focusable: "false" });
  svg.append(
    draw("line", { class: "one", x1: percent(1), x2: percent(1), y1: 0, y2: "100%" }),
    draw("line", {
      class: "span", x1: percent(ROWS.low[row]), x2: percent(ROWS.high[row]), y1: "50%", y2: "50%",
    }),
    draw("circle", { cx: percent(ROWS.lq[row]), cy: "50%", r: 4 }),
  );
  return svg;
}

function spoken(row) {
  return t("script.interval", {
    lq: times(ROWS.lq[row]), low: times(ROWS.low[row]), high: times(ROWS.high[row]),
  });
}
