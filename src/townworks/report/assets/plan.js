"use strict";
// Search, filters and order of the candidates; the arrow keys on the map; the page's language.

const byId = (id) => document.getElementById(id);
const BODY = byId("table").tBodies[0];
const ROWS = [...BODY.rows];
const FILTERS = ["choice", "evidence", "sector"];
const PART = 50;
const sorting = { column: null, falling: false };
let most = PART;

function language() {
  return byId("speak-zh").checked ? "zh" : "en";
}

function folded(text) {
  return text.normalize("NFKC").toLowerCase();
}

const TEXTS = new Map(ROWS.map((row) => [row, folded(row.textContent)]));
const PLACE = new Map(ROWS.map((row, n) => [row, n]));
const KEYS = new Map(ROWS.map((row) => [row, row.dataset.sort.split("|").map(Number)]));

function hasChoice(row, choice) {
  if (choice === "all") return true;
  if (choice === "decided") return "decided" in row.dataset;
  if (choice === "chosen" || choice === "refused") return row.classList.contains(choice === "chosen" ? "in" : "out");
  return row.dataset.list === choice;
}

function fits(row, words) {
  const { choice, evidence, sector } = Object.fromEntries(FILTERS.map((id) => [id, byId(id).value]));
  return hasChoice(row, choice)
    && (evidence === "all" || row.dataset.says === evidence)
    && (sector === "all" || row.dataset.sector === sector)
    && words.every((word) => TEXTS.get(row).includes(word));
}

// A long table is shown in parts, so that what follows stays near.
function show() {
  const words = folded(byId("query").value).split(/\s+/).filter(Boolean);
  let found = 0;
  for (const row of BODY.rows) {
    const isFound = fits(row, words);
    if (isFound) found += 1;
    row.hidden = !isFound || found > most;
  }
  byId("nothing").hidden = found > 0;
  byId("table").hidden = found === 0;
  byId("rest").hidden = found <= most;
  tell(found, Math.min(found, most));
}

function tell(found, shown) {
  const count = (n) => n.toLocaleString("en");
  byId("status").textContent = byId("status").dataset[language()]
    .replace("{found}", count(found)).replace("{shown}", count(shown)).replace("{n}", count(ROWS.length));
}

function reveal(number) {
  most = number;
  show();
}

function clear() {
  byId("query").value = "";
  for (const id of FILTERS) byId(id).value = "all";
  reveal(PART);
}

function sortBy(head) {
  const column = Number(head.dataset.column);
  sorting.falling = sorting.column === column ? !sorting.falling : "falling" in head.dataset;
  sorting.column = column;
  const turn = sorting.falling ? -1 : 1;
  const order = [...ROWS].sort((a, b) => turn * (KEYS.get(a)[column] - KEYS.get(b)[column]) || PLACE.get(a) - PLACE.get(b));
  BODY.append(...order);
  for (const other of document.querySelectorAll("#table th[data-column]")) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", sorting.falling ? "descending" : "ascending");
  show();
}

// Where a narrow page shows rows as cards, a table must still be one for those who listen.
function nameParts() {
  for (const row of ROWS) {
    row.setAttribute("role", "row");
    row.tabIndex = -1;
    for (const cell of row.cells) cell.setAttribute("role", cell.tagName === "TH" ? "rowheader" : "cell");
  }
}

// Without a script the heads are words; with it, buttons.
function makeSortable() {
  byId("table").classList.add("sortable");
  for (const head of document.querySelectorAll("#table th[data-column]")) {
    const button = document.createElement("button");
    button.type = "button";
    const arrow = document.createElement("span");
    arrow.className = "arrow";
    arrow.ariaHidden = "true";
    button.append(...head.childNodes, arrow);
    head.append(button);
    button.addEventListener("click", () => sortBy(head));
  }
}

function speak() {
  const chosen = language();
  document.documentElement.lang = chosen === "zh" ? "zh-Hans" : "en";
  document.title = document.documentElement.dataset[chosen === "zh" ? "titleZh" : "titleEn"];
  for (const option of document.querySelectorAll("option[data-en]")) option.textContent = option.dataset[chosen];
  for (const part of document.querySelectorAll("[data-label-en]")) {
    part.setAttribute("aria-label", part.dataset[chosen === "zh" ? "labelZh" : "labelEn"]);
  }
  show();
}

// A link to a row that a filter hides must still lead there.
function follow() {
  const row = byId(decodeURIComponent(location.hash.slice(1)));
  if (!row || !BODY.contains(row)) return;
  if (row.hidden) clear();
  if (row.hidden) reveal([...BODY.rows].indexOf(row) + PART);
  row.scrollIntoView({ block: "center" });
  row.focus({ preventScroll: true });
}

// The marker that lies nearest in a direction.
function nearest(marks, from, [right, down]) {
  const at = (mark) => {
    const box = mark.getBoundingClientRect();
    return [box.x + box.width / 2, box.y + box.height / 2];
  };
  const [x, y] = at(from);
  let best = null;
  let least = Infinity;
  for (const mark of marks) {
    const [dx, dy] = [at(mark)[0] - x, at(mark)[1] - y];
    const ahead = dx * right + dy * down;
    const aside = Math.abs(dx * down) + Math.abs(dy * right);
    if (mark !== from && ahead > 0.5 && ahead + 2 * aside < least) [best, least] = [mark, ahead + 2 * aside];
  }
  return best;
}

// The question at the head of the page: the table shows the answer.
function find(event) {
  event.preventDefault();
  clear();
  byId("query").value = byId("wanted").value;
  show();
  const first = [...BODY.rows].find((row) => !row.hidden);
  (first ?? byId("nothing")).scrollIntoView({ block: "center" });
  if (first) first.focus({ preventScroll: true });
}

function walkMap() {
  const marks = [...document.querySelectorAll(".plan-map .mark")];
  if (!marks.length) return;
  const ways = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
  marks.at(-1).setAttribute("tabindex", "0");
  document.querySelector(".plan-map").addEventListener("keydown", (event) => {
    const here = event.target.closest(".mark");
    if (!here || !(event.key in ways)) return;
    event.preventDefault();
    const next = nearest(marks, here, ways[event.key]);
    if (!next) return;
    here.setAttribute("tabindex", "-1");
    next.setAttribute("tabindex", "0");
    next.focus();
  });
}

function start() {
  nameParts();
  makeSortable();
  walkMap();
  byId("filters").hidden = false;
  byId("find").hidden = false;
  byId("find").addEventListener("submit", find);
  byId("status").hidden = false;
  let timer;
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  byId("query").addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => reveal(PART), 120);
  });
  for (const id of FILTERS) byId(id).addEventListener("change", () => reveal(PART));
  byId("more").addEventListener("click", () => reveal(most + PART));
  byId("all").addEventListener("click", () => reveal(ROWS.length));
  window.addEventListener("beforeprint", () => reveal(ROWS.length));
  window.addEventListener("afterprint", () => reveal(PART));
  byId("clear").addEventListener("click", () => {
    clear();
    byId("query").focus();
  });
  for (const radio of document.querySelectorAll("[name=language]")) radio.addEventListener("change", speak);
  window.addEventListener("hashchange", follow);
  speak();
  follow();
}

start();
