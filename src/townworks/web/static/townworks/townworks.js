// Small comforts; every page works without them.
(() => {
  "use strict";

  // A form is sent once: a second click would only be told that somebody was first.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || form.hasAttribute("hx-post")) return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.forms) delete form.dataset.sent;
  });

  // The name of an enterprise is looked up while its credit code is typed.
  const code = document.getElementById("id_credit_code");
  const found = document.getElementById("found");
  if (code && found && window.htmx) {
    code.closest(".field").append(found);
    let last = "";
    code.addEventListener("input", () => {
      const typed = code.value.replace(/\s/g, "");
      if (typed.length < 18 || typed === last) return;
      last = typed;
      window.htmx.ajax("POST", "/enterprises/lookup/", { target: "#found", values: { credit_code: typed } });
    });
  }

  // The first fault of a form that came back gets the focus.
  const wrong = document.querySelector(".field.wrong input, .field.wrong select, .field.wrong textarea");
  if (wrong) wrong.focus();

  // A menu closes when one clicks or tabs out of it.
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });
})();
