// Cards of places, and the dialog that tells all about one.

function card(number, rows) {
  const title = make("h3", {}, placeButton(number));
  title.append(named("span", context(number), "at"));
  const box = make("article", { class: "card" }, title);
  if (!rows.length) {
    box.append(make("p", { text: t("script.silent") }));
    return box;
  }
  const list = make("ol");
  for (const row of rows) {
    list.append(
      make("li", {}, named("span", speciality(row), "what"), interval(row),
        make("span", { class: "times", text: `×${times(ROWS.lq[row])}` })),
    );
  }
  box.append(list);
  return box;
}

function showCards(groups) {
  document.getElementById("cards").replaceChildren(...groups.map(([number, rows]) => card(number, rows)));
}

function detail(row) {
  const line = make("div", { class: "line" }, named("span", speciality(row), "what"), interval(row));
  line.append(make("span", { class: "times", text: `×${times(ROWS.lq[row])}`, "aria-hidden": "true" }));
  const parts = [
    spoken(row),
    `${word(ROWS.sure[row])} (${share(ROWS.sure[row])})`,
    t("script.counts", { n: count(ROWS.n[row]), expected: times(ROWS.expected[row]) }),
  ];
  if (ROWS.first[row] !== null) parts.push(t("script.firstyear", { year: ROWS.first[row] }));
  if (ROWS.recent[row] !== null) parts.push(t("script.recent", { share: share(ROWS.recent[row]) }));
  return make("li", {}, line, make("p", { text: parts.join(" · ") }));
}

function openPlace(number) {
  const dialog = document.getElementById("place");
  const rows = ALL.filter((row) => ROWS.place[row] === number);
  const title = named("h2", placeName(number));
  title.id = "placename";
  const close = make("button", { type: "button", class: "quiet", text: t("close") });
  close.addEventListener("click", () => dialog.close());
  const head = make("div", {}, title, named("p", context(number), "at"));
  const body = rows.length ? make("ol", {}, ...rows.map(detail)) : make("p", { text: t("script.silent") });
  dialog.querySelector(".inner").replaceChildren(make("header", {}, head, close), body);
  if (!dialog.open) dialog.showModal();
}
