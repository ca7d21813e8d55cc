// Draws every <figure class="chart">: its specification stands in the <script type="application/json">
// whose id is data-spec, or at the address data-spec-url (204: there is nothing to draw yet). Says the
// words of data-empty then, those of data-failed if it cannot draw. Needs window.vegaEmbed (charts_bundle).
(() => {
  "use strict";

  const OPTIONS = {
    mode: "vega-lite",
    renderer: "svg",
    ast: true, // expressions are interpreted: the page's policy forbids eval
    actions: false,
    defaultStyle: false, // both would add a <style>, which the policy forbids; charts.css has the rules
    tooltip: { disableDefaultStyle: true, theme: "townworks", offsetX: 14, offsetY: 14 },
  };

  const NARROW_PX = 480; // below, names stand above their bars and legends have two columns

  async function read(figure) {
    const { spec, specUrl } = figure.dataset;
    if (spec) return JSON.parse(document.getElementById(spec).textContent);
    const answer = await fetch(specUrl, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(`${specUrl}: ${answer.status}`);
    return answer.status === 204 ? null : answer.json();
  }

  function element(parent, tag, name, before = null) {
    const made = parent.querySelector(`.${name}`) ?? document.createElement(tag);
    made.classList.add(name);
    if (!made.parentElement) parent.insertBefore(made, before);
    return made;
  }

  async function draw(figure) {
    if (figure.dataset.state) return;
    figure.dataset.state = "drawing";
    try {
      const spec = await read(figure);
      if (!spec) return say(figure, "empty");
      const plot = element(figure, "div", "chart-plot", figure.querySelector("figcaption + *"));
      const { view } = await window.vegaEmbed(plot, spec, OPTIONS);
      await fit(plot, view, spec.usermeta ?? {});
      name(figure, plot, spec.usermeta ?? {});
      readByKeys(figure, plot);
      figure.dataset.state = "drawn";
    } catch (fault) {
      fail(figure, fault);
    }
  }

  function fail(figure, fault) {
    say(figure, "failed");
    figure.dispatchEvent(new CustomEvent("chart:failed", { bubbles: true, detail: String(fault) }));
  }

  // Words in place of a chart: those of data-failed, or of data-empty (nothing to draw yet).
  function say(figure, state) {
    figure.dataset.state = state;
    figure.querySelector(".chart-plot")?.remove();
    const words = element(figure, "p", `chart-${state}`, figure.querySelector("figcaption + *"));
    words.textContent = figure.dataset[state] ?? "";
  }

  // Vega follows the window only; a figure may also grow or show up by a click.
  async function fit(plot, view, { heights }) {
    const size = async () => {
      const narrow = plot.clientWidth < NARROW_PX;
      if (heights) view.signal("narrow", narrow).height(heights[Number(narrow)]);
      await view.signal("width", plot.clientWidth).runAsync();
    };
    let width = plot.clientWidth;
    await size();
    new ResizeObserver(() => {
      if (!plot.clientWidth || plot.clientWidth === width) return;
      width = plot.clientWidth;
      requestAnimationFrame(size);
    }).observe(plot);
  }

  function name(figure, plot, words) {
    const caption = figure.querySelector("figcaption")?.textContent.trim() ?? "";
    plot.setAttribute("role", "group");
    plot.setAttribute("aria-label", [caption, words.keys].filter(Boolean).join(" — "));
    const svg = plot.querySelector("svg");
    svg.setAttribute("role", "group");
    svg.setAttribute("aria-label", caption);
    // What Vega itself says is English: "Title text …", "group mark container".
    svg.querySelector(".role-title")?.setAttribute("aria-hidden", "true");
    for (const part of [plot, svg, ...svg.querySelectorAll("[role=graphics-object]")]) {
      part.removeAttribute("aria-roledescription");
    }
  }

  // Arrow keys move along the marks that carry a text; the pointer's own events show the tooltip.
  function readByKeys(figure, plot) {
    const said = element(figure, "p", "chart-said");
    said.setAttribute("role", "status");
    plot.tabIndex = 0;
    let at = -1;
    const marks = () => [...plot.querySelectorAll(".role-mark [role=graphics-symbol][aria-label]")];
    const leave = () => {
      const mark = marks()[at];
      mark?.dispatchEvent(pointer("mouseout", mark)); // the one Vega hides its tooltip on
      mark?.classList.remove("current");
      said.textContent = "";
    };
    plot.addEventListener("keydown", (event) => {
      const to = target(event.key, at, marks().length);
      if (to === null) return;
      event.preventDefault();
      leave();
      at = to;
      const mark = marks()[at];
      if (!mark) return;
      mark.scrollIntoView({ block: "nearest" });
      mark.classList.add("current");
      mark.dispatchEvent(pointer("pointermove", mark)); // … and the one it shows it on
      said.textContent = mark.getAttribute("aria-label");
    });
    plot.addEventListener("blur", () => {
      leave();
      at = -1;
    });
  }

  function target(key, at, count) {
    if (key === "ArrowRight" || key === "ArrowDown") return Math.min(at + 1, count - 1);
    if (key === "ArrowLeft" || key === "ArrowUp") return Math.max(at - 1, 0);
    return { Home: 0, End: count - 1, Escape: -1 }[key] ?? null;
  }

  function pointer(type, mark) {
    const box = mark.getBoundingClientRect();
    const place = { clientX: box.left + box.width / 2, clientY: box.top + box.height / 2 };
    return new PointerEvent(type, { bubbles: true, ...place });
  }

  function drawAll(root) {
    if (root.matches?.("figure.chart")) draw(root);
    for (const figure of root.querySelectorAll("figure.chart")) draw(figure);
  }

  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", () => drawAll(document));
  } else {
    drawAll(document);
  }
  document.addEventListener("htmx:load", (event) => drawAll(event.detail.elt)); // swapped in later
})();
