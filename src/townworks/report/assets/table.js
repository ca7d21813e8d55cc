// The sortable table, and the CSV of what is shown.

function placeButton(number) {
  const button = named("button", placeName(number));
  button.type = "button";
  button.addEventListener("click", () => openPlace(number));
  return button;
}

function tableRow(row) {
  const line = make("tr", { role: "row" });
  const head = make("th", { scope: "row", role: "rowheader" }, placeButton(ROWS.place[row]));
  head.append(" ", named("span", context(ROWS.place[row]), "at"));
  const cell = (name, label, style, ...children) => {
    const attributes = { role: "cell", "data-name": name, class: style };
    if (label) attributes["data-label"] = t(`column.${name}`);
    line.append(make("td", attributes, ...children));
  };
  line.append(head);
  cell("speciality", false, "", named("span", speciality(row), "what"));
  cell("enterprises", true, "number", count(ROWS.n[row]));
  cell("expected", true, "number", times(ROWS.expected[row]));
  cell("lq", false, "number", make("strong", { text: `×${times(ROWS.lq[row])}` }));
  cell("interval", false, "axis", interval(row), make("span", {
    class: "hidden", text: `×${times(ROWS.low[row])} – ×${times(ROWS.high[row])}`,
  }));
  cell("probability", false, "", word(ROWS.sure[row]), " ",
    make("span", { class: "small", text: share(ROWS.sure[row]) }));
  cell("first", true, "number", ROWS.first[row] === null ? t("script.unknown") : String(ROWS.first[row]));
  return line;
}

function showTable(rows) {
  document.querySelector("#table tbody").replaceChildren(...rows.map(tableRow));
  for (const head of document.querySelectorAll("#table th[data-column]")) {
    if (head.dataset.column === choice.sort) {
      head.setAttribute("aria-sort", choice.descending ? "descending" : "ascending");
    } else head.removeAttribute("aria-sort");
  }
}

const TEXT_FIRST = new Set(["place", "speciality", "first"]);

function sortBy(column) {
  if (choice.sort === column) choice.descending = !choice.descending;
  else Object.assign(choice, { sort: column, descending: !TEXT_FIRST.has(column) });
  choice.page = 0;
  show();
}

// A cell that begins like a formula gets an apostrophe: spreadsheets would run it.
function csvCell(value) {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function csv(rows) {
  const head = "place_code,place,speciality,rank,enterprises,expected,lq,lq_low,lq_high,probability,first_year,recent_share";
  const lines = rows.map((row) =>
    [
      place(row)[0], place(row)[1], speciality(row), ROWS.rank[row], ROWS.n[row], ROWS.expected[row],
      ROWS.lq[row], ROWS.low[row], ROWS.high[row], ROWS.sure[row], ROWS.first[row], ROWS.recent[row],
    ].map(csvCell).join(","),
  );
  return `\ufeff${[head, ...lines].join("\r\n")}\r\n`;
}

function download(rows) {
  const link = make("a", { download: "specialities.csv" });
  link.href = URL.createObjectURL(new Blob([csv(rows)], { type: "text/csv;charset=utf-8" }));
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  return link.download;
}
