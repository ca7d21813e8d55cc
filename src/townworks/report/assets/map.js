// Circles at county seats: size by location quotient, labels where there is room.

const ROW_HEIGHT = 14;

function frame(width) {
  const known = DATA.seats.filter((seat) => seat[2] !== null);
  const [lons, lats] = [known.map((seat) => seat[2]), known.map((seat) => seat[3])];
  const [west, east] = [Math.min(...lons), Math.max(...lons)];
  const [south, north] = [Math.min(...lats), Math.max(...lats)];
  const squeeze = Math.cos((((south + north) / 2) * Math.PI) / 180);
  const pad = Math.max(24, width * 0.06);
  const degree = Math.min(
    (width - 2 * pad) / Math.max((east - west) * squeeze, 0.2),
    (1.15 * width - 2 * pad) / Math.max(north - south, 0.2),
  );
  const height = Math.max((north - south) * degree + 2 * pad, 0.45 * width);
  const left = (width - (east - west) * squeeze * degree) / 2;
  return {
    width, height, degree,
    x: (lon) => left + (lon - west) * squeeze * degree,
    y: (lat) => (height - (north - south) * degree) / 2 + (north - lat) * degree,
  };
}

function radius(lq, width) {
  const most = Math.max(4, width / 50);
  return Math.max(3, Math.min(most, (most * Math.log(Math.max(lq, 1.05))) / Math.log(DATA.scale[1])));
}

// Seat → the leading row among those chosen.
function bestBySeat(rows) {
  const best = new Map();
  for (const row of rows) {
    const seat = place(row)[3];
    if (!best.has(seat) || leads(row, best.get(seat)) < 0) best.set(seat, row);
  }
  return best;
}

function textWidth(text, size) {
  return [...text].reduce((sum, sign) => sum + (HAN.test(sign) ? size : size * 0.58), 0);
}

// Tries right, left, above, below of a circle; gives the first box that hits no other.
function roomFor(wide, high, x, y, r, taken, view) {
  const places = [
    [x + r + 3, y - high / 2], [x - r - 3 - wide, y - high / 2],
    [x - wide / 2, y - r - 2 - high], [x - wide / 2, y + r + 2],
  ];
  return places
    .map(([left, top]) => [left, top, left + wide, top + high])
    .find(
      (box) =>
        box[0] > 4 && box[1] > 4 && box[2] < view.width - 4 && box[3] < view.height - 4 &&
        taken.every((other) => box[2] < other[0] || box[0] > other[2] || box[3] < other[1] || box[1] > other[3]),
    );
}

function label(svg, mark, taken, view) {
  const [what, at] = [speciality(mark.row), DATA.seats[mark.seat][0]];
  const wide = Math.max(textWidth(what, 12), textWidth(at, 10.5)) + 2;
  const box = roomFor(wide, 2 * ROW_HEIGHT - 2, mark.x, mark.y, mark.r, taken, view);
  if (!box) return;
  taken.push(box);
  const anchor = box[2] <= mark.x ? ["end", box[2]] : box[0] >= mark.x ? ["start", box[0]] : ["middle", (box[0] + box[2]) / 2];
  const tag = draw("text", { class: "tag", "text-anchor": anchor[0], "aria-hidden": "true" });
  [[at, "place", 10], [what, "word", 23]].forEach(([text, style, down]) => {
    const line = draw("tspan", { class: style, x: anchor[1], y: box[1] + down });
    line.textContent = text;
    tag.append(line);
  });
  svg.append(tag);
}

function markElement(mark) {
  const element = draw("g", { class: mark.row === undefined ? "mark dim" : "mark", tabindex: -1, role: "button" });
  const name = DATA.seats[mark.seat][0];
  const text = mark.row === undefined
    ? t("script.without", { place: name })
    : t("script.marker", { place: placeName(ROWS.place[mark.row]), speciality: speciality(mark.row), lq: times(ROWS.lq[mark.row]) });
  const title = draw("title");
  title.textContent = text;
  element.setAttribute("aria-label", text);
  element.append(
    title,
    draw("circle", { cx: mark.x, cy: mark.y, r: mark.r }),
    draw("circle", { class: "ring", cx: mark.x, cy: mark.y, r: mark.r + 4 }),
  );
  element.addEventListener("click", () => openSeat(mark.seat));
  return element;
}

// Of counties the place itself; of townships the list of the county's.
function openSeat(seat) {
  const numbers = DATA.places.map((_, number) => number).filter((number) => DATA.places[number][3] === seat);
  if (numbers.length === 1) openPlace(numbers[0]);
  else search(DATA.seats[seat][0]);
}

function scaleBar(svg, view) {
  const length = [200, 100, 50, 20, 10, 5, 2, 1].find((km) => (km / 111.2) * view.degree < view.width / 4) ?? 1;
  const wide = (length / 111.2) * view.degree;
  const [x, y] = [16, view.height - 16];
  const text = draw("text", { class: "scale", x, y: y - 6 });
  text.textContent = t("script.km", { n: length });
  svg.append(draw("line", { class: "bar", x1: x, x2: x + wide, y1: y, y2: y }), text);
}

function roving(svg, elements) {
  if (!elements.length) return;
  let at = 0;
  elements[0].setAttribute("tabindex", 0);
  svg.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      elements[at].dispatchEvent(new MouseEvent("click"));
    }
    if (!step) return;
    event.preventDefault();
    elements[at].setAttribute("tabindex", -1);
    at = (at + step + elements.length) % elements.length;
    elements[at].setAttribute("tabindex", 0);
    elements[at].focus();
  });
}

function showMap(rows) {
  const box = document.getElementById("map");
  if (!box || !DATA.seats.length) return;
  const view = frame(Math.max(260, Math.round(box.clientWidth)));
  const best = bestBySeat(rows);
  const marks = DATA.seats
    .map(([, , lon, lat], seat) => ({ seat, row: best.get(seat), lon, lat }))
    .filter((mark) => mark.lon !== null)
    .map((mark) => ({
      ...mark, x: view.x(mark.lon), y: view.y(mark.lat),
      r: mark.row === undefined ? 3 : radius(ROWS.lq[mark.row], view.width),
    }));
  const svg = draw("svg", { viewBox: `0 0 ${view.width} ${view.height}`, role: "presentation" });
  const elements = marks.map(markElement);
  const big = marks.map((mark, n) => [mark.r, n]).sort((a, b) => b[0] - a[0]).map(([, n]) => elements[n]);
  svg.append(...big);
  const taken = marks.map(({ x, y, r }) => [x - r, y - r, x + r, y + r]);
  taken.push([8, view.height - 40, view.width / 4 + 24, view.height]);
  const shown = marks.filter((mark) => mark.row !== undefined);
  shown.sort((a, b) => ROWS.low[b.row] - ROWS.low[a.row]);
  for (const mark of shown) label(svg, mark, taken, view);
  scaleBar(svg, view);
  roving(svg, elements);
  box.replaceChildren(svg);
}
