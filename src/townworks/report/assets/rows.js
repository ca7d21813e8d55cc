// Which rows are shown, and in which order.

const N_ROWS = ROWS.place.length;
const ALL = Array.from({ length: N_ROWS }, (_, row) => row);
const collator = new Intl.Collator("zh-Hans", { numeric: true });

const choice = { query: "", area: "", sure: 0, view: "places", sort: "lq", descending: true, page: 0 };

function place(row) {
  return DATA.places[ROWS.place[row]];
}
function placeName(number) {
  return DATA.places[number][1];
}
function context(number) {
  return DATA.contexts[DATA.places[number][2]][0];
}
function area(number) {
  return DATA.contexts[DATA.places[number][2]][1];
}
function speciality(row) {
  return DATA.words[ROWS.word[row]];
}

function folded(text) {
  return text.normalize("NFKC").toLowerCase();
}

const PLACE_TEXT = DATA.places.map((_, number) => folded(`${context(number)} ${placeName(number)}`));
const WORD_TEXT = DATA.words.map(folded);

// Rows that hold every word asked for, in the chosen area, with the chosen certainty.
function chosenRows() {
  const words = folded(choice.query).split(/\s+/).filter(Boolean);
  return ALL.filter(
    (row) =>
      ROWS.sure[row] >= choice.sure &&
      (!choice.area || area(ROWS.place[row]) === choice.area) &&
      words.every(
        (part) => PLACE_TEXT[ROWS.place[row]].includes(part) || WORD_TEXT[ROWS.word[row]].includes(part),
      ),
  );
}

// Places without a row that the words ask for: what is not known is said, not left out.
function silentPlaces() {
  if (choice.sure > 0) return [];
  const words = folded(choice.query).split(/\s+/).filter(Boolean);
  const heard = new Set(ROWS.place);
  return DATA.places
    .map((_, number) => number)
    .filter(
      (number) =>
        !heard.has(number) &&
        (!choice.area || area(number) === choice.area) &&
        words.every((part) => PLACE_TEXT[number].includes(part)),
    );
}

const SORTS = {
  place: (a, b) => collator.compare(placeName(ROWS.place[a]), placeName(ROWS.place[b])),
  speciality: (a, b) => collator.compare(speciality(a), speciality(b)),
  enterprises: (a, b) => ROWS.n[a] - ROWS.n[b],
  expected: (a, b) => ROWS.expected[a] - ROWS.expected[b],
  lq: (a, b) => ROWS.lq[a] - ROWS.lq[b],
  probability: (a, b) => ROWS.sure[a] - ROWS.sure[b] || ROWS.low[a] - ROWS.low[b],
};

function sorted(rows) {
  const turn = choice.descending ? -1 : 1;
  if (choice.sort === "first") {
    const last = choice.descending ? -Infinity : Infinity; // unknown years stand last either way
    const year = (row) => ROWS.first[row] ?? last;
    return [...rows].sort((a, b) => (year(a) === year(b) ? a - b : turn * (year(a) - year(b))));
  }
  return [...rows].sort((a, b) => turn * SORTS[choice.sort](a, b) || a - b);
}

// Whether row a leads row b: by its rank in the place, then by the lower end of its interval.
function leads(a, b) {
  return ROWS.rank[a] - ROWS.rank[b] || ROWS.low[b] - ROWS.low[a] || a - b;
}

// Place → its rows, leading one first; places in the order of how clear their leading row is.
function byPlace(rows) {
  const groups = new Map();
  for (const row of rows) {
    const number = ROWS.place[row];
    if (!groups.has(number)) groups.set(number, []);
    groups.get(number).push(row);
  }
  for (const group of groups.values()) group.sort(leads);
  return [...groups].sort((a, b) => ROWS.low[b[1][0]] - ROWS.low[a[1][0]] || a[0] - b[0]);
}
