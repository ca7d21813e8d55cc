// Joins the parts: controls, language, address, printing.

const PAGE = { places: window.innerWidth < 600 ? 12 : 24, table: 50 };
const byId = (id) => document.getElementById(id);
let shownRows = [];

function page(items, size) {
  choice.page = Math.max(0, Math.min(choice.page, Math.ceil(items.length / size) - 1));
  const first = choice.page * size;
  const part = items.slice(first, first + size);
  byId("pages").hidden = items.length <= size;
  byId("range").textContent = t("script.page", {
    first: count(first + 1), last: count(first + part.length), n: count(items.length),
  });
  byId("previous").disabled = choice.page === 0;
  byId("next").disabled = first + size >= items.length;
  return part;
}

function show({ all = false } = {}) {
  const rows = chosenRows();
  const isTable = choice.view === "table";
  const silent = isTable ? [] : silentPlaces().map((number) => [number, []]);
  const groups = byPlace(rows);
  const items = isTable ? sorted(rows) : [...groups, ...silent];
  shownRows = isTable ? items : groups.flatMap(([, group]) => group);
  const part = page(items, all ? 1000 : PAGE[choice.view]);
  if (isTable) showTable(part);
  else showCards(part);
  byId("table").hidden = !isTable || !items.length;
  byId("cards").hidden = isTable || !items.length;
  byId("nothing").hidden = items.length > 0;
  byId("download").disabled = !rows.length;
  byId("status").textContent = t("script.rows", { n: count(rows.length), places: count(groups.length) });
  showMap(rows);
  writeAddress();
}

function speak(language) {
  speech.language = language;
  document.documentElement.lang = locale();
  document.title = t("heading");
  for (const element of document.querySelectorAll("[data-t]")) element.textContent = t(element.dataset.t);
  for (const element of document.querySelectorAll("[data-t-label]")) {
    element.setAttribute("aria-label", t(element.dataset.tLabel));
  }
  for (const element of document.querySelectorAll("[data-t-placeholder]")) {
    element.placeholder = t(element.dataset.tPlaceholder);
  }
  for (const button of document.querySelectorAll("[data-language]")) {
    button.setAttribute("aria-pressed", String(button.dataset.language === language));
  }
}

function writeAddress() {
  const address = new URLSearchParams();
  if (speech.language !== DATA.start) address.set("lang", speech.language);
  if (choice.query) address.set("q", choice.query);
  if (choice.area) address.set("area", choice.area);
  if (choice.sure) address.set("sure", choice.sure);
  if (choice.view !== "places") address.set("view", choice.view);
  const text = address.toString();
  if (text || location.hash.includes("=")) history.replaceState(null, "", `#${text}`);
}

function readAddress() {
  const address = new URLSearchParams(location.hash.slice(1));
  const language = address.get("lang");
  speak(language in DATA.texts ? language : DATA.start);
  choice.query = address.get("q") ?? "";
  choice.area = address.get("area") ?? "";
  choice.sure = Number(address.get("sure")) || 0;
  choice.view = address.get("view") === "table" ? "table" : "places";
}

// The controls show what is chosen; an unknown area or certainty falls back to all.
function setControls() {
  byId("query").value = choice.query;
  for (const [id, key] of [["area", "area"], ["sure", "sure"]]) {
    byId(id).value = choice[key] || (id === "sure" ? "0" : "");
    if (byId(id).selectedIndex < 0) {
      byId(id).selectedIndex = 0;
      choice[key] = id === "sure" ? 0 : "";
    }
  }
  document.querySelector(`[name=view][value=${choice.view}]`).checked = true;
}

function choose(changes) {
  Object.assign(choice, changes, { page: 0 });
  setControls();
  show();
}

function search(text) {
  choose({ query: text, area: "", sure: 0 });
  byId("explore").scrollIntoView();
  byId("query").focus({ preventScroll: true });
}

function turn(step) {
  choice.page += step;
  show();
  byId("explore").scrollIntoView();
}

function listen() {
  let timer;
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  byId("query").addEventListener("input", (event) => {
    clearTimeout(timer);
    timer = setTimeout(() => choose({ query: event.target.value }), 120);
  });
  byId("area").addEventListener("change", (event) => choose({ area: event.target.value }));
  byId("sure").addEventListener("change", (event) => choose({ sure: Number(event.target.value) }));
  for (const radio of document.querySelectorAll("[name=view]")) {
    radio.addEventListener("change", () => choose({ view: radio.value }));
  }
  for (const button of document.querySelectorAll("[data-sort]")) {
    button.addEventListener("click", () => sortBy(button.dataset.sort));
  }
  byId("clear").addEventListener("click", () => {
    choose({ query: "", area: "", sure: 0 });
    byId("query").focus();
  });
  byId("previous").addEventListener("click", () => turn(-1));
  byId("next").addEventListener("click", () => turn(1));
  byId("download").addEventListener("click", () => {
    const file = download(shownRows);
    byId("status").textContent = t("script.downloaded", { n: count(shownRows.length), file });
  });
  window.addEventListener("beforeprint", () => show({ all: true }));
  window.addEventListener("afterprint", () => show());
}

function fillAreas() {
  const areas = [...new Set(DATA.places.map((_, number) => area(number)))].filter(Boolean);
  for (const name of areas.sort(collator.compare)) {
    const option = named("option", name);
    option.value = name;
    byId("area").append(option);
  }
}

function start() {
  const isEmpty = !N_ROWS;
  readAddress();
  for (const button of document.querySelectorAll("[data-language]")) {
    button.addEventListener("click", () => {
      speak(button.dataset.language);
      if (isEmpty) writeAddress();
      else show();
    });
  }
  if (isEmpty) return;
  fillAreas();
  setControls();
  listen();
  show();
  let width = window.innerWidth;
  window.addEventListener("resize", () => {
    if (window.innerWidth !== width) showMap(chosenRows());
    width = window.innerWidth;
  });
  window.addEventListener("hashchange", () => {
    if (!location.hash.includes("=")) return;
    readAddress();
    setControls();
    show();
  });
}

start();
