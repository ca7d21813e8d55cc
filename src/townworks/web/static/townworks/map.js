// Maps without tiles, on Leaflet (global L). Needs leaflet/leaflet.js and .css. No inline style or
// script: it runs under a strict policy. boundary-editor.js draws boundaries on the same ground.
//
// <div class="map" data-towns="URL" data-basemap="URL" data-town="ID?" data-language="en|zh"
//      data-label="what the map shows" data-texts='{"failed": …}'>what stands there without it</div>
//   Towns: Points (at the county seat) or (Multi)Polygons with properties id, name, url, sector,
//   sector_label, status, status_label, colour_index (0-8), planned_area_km2. With data-town the map
//   opens at that town and has no legend.
//
// data-texts: the messages `boundaries.map.…` by their last name, as a JSON object.
(() => {
  "use strict";

  const SVG = "http://www.w3.org/2000/svg";
  const CALM = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const MARKER = 24; // width of a marker, px
  const ROOM = matchMedia("(max-width: 40rem)").matches ? 13 : 17; // least distance of two markers, px
  const DRAWN = { className: "map-drawn" };
  const GONE = ["refused", "eliminated", "withdrawn"];

  function make(tag, classes, text, attributes = {}) {
    const element = document.createElement(tag);
    if (classes) element.className = classes;
    if (text !== undefined) element.textContent = text;
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    return element;
  }

  function button(text, classes, act) {
    const made = make("button", classes, text, { type: "button" });
    made.addEventListener("click", act);
    return made;
  }

  function put(text, values) {
    return (text ?? "").replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
  }

  async function read(address) {
    const answer = await fetch(address, { headers: { Accept: "application/geo+json, application/json" } });
    if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
    return answer.json();
  }

  // --- the ground ---------------------------------------------------------------------------------

  function newMap(plot, texts, options) {
    const still = { zoomAnimation: !CALM, fadeAnimation: !CALM, markerZoomAnimation: !CALM, inertia: !CALM };
    const map = L.map(plot, {
      ...still, zoomSnap: 0.25, zoomDelta: 1, scrollWheelZoom: false, zoomControl: false, attributionControl: false,
      dragging: !L.Browser.mobile, // one finger scrolls the page, two move the map
      ...options,
    });
    map.createPane("places").classList.add("map-places");
    L.control.zoom({ zoomInTitle: texts.zoom_in, zoomOutTitle: texts.zoom_out }).addTo(map);
    L.control.scale({ imperial: false, position: "bottomright" }).addTo(map);
    map.on("focus", () => map.scrollWheelZoom.enable());
    map.on("blur", () => map.scrollWheelZoom.disable());
    new ResizeObserver(() => map.invalidateSize({ animate: false })).observe(plot);
    return map;
  }

  // Draws land, lakes, lines and names; gives the bounds of the province and the names' elements.
  function drawBase(map, base, language) {
    const names = [];
    L.geoJSON(base, {
      renderer: L.svg({ padding: 0.6 }), interactive: false,
      style: ({ properties: { kind, home } }) => ({ className: `map-${kind}${home ? " home" : ""}` }),
      pointToLayer: ({ properties }, at) => {
        const name = properties[language] ?? properties.en;
        const html = make("span", `map-place${properties.home ? " home" : ""}`, name);
        names.push({ at, element: html, home: properties.home });
        const icon = L.divIcon({ className: "map-place-icon", html, iconSize: [0, 0] });
        return L.marker(at, { icon, pane: "places", interactive: false, keyboard: false });
      },
    }).addTo(map);
    names.sort((a, b) => b.home - a.home);
    const [west, south, east, north] = base.bbox;
    map.setMaxBounds(L.latLngBounds([south, west], [north, east]).pad(0.2)); // room for a popup at the edge
    const isHome = ({ properties: { kind, home } }) => kind === "land" && home;
    const home = L.geoJSON(base.features.filter(isHome)).getBounds();
    map.setMinZoom(Math.floor(map.getBoundsZoom(home)) - 0.5);
    return { home, names };
  }

  // --- marks --------------------------------------------------------------------------------------

  function svg(size, ...shapes) {
    const picture = document.createElementNS(SVG, "svg");
    const half = size / 2;
    const frame = { viewBox: `${-half} ${-half} ${size} ${size}`, width: size, height: size, "aria-hidden": "true" };
    for (const [name, value] of Object.entries(frame)) picture.setAttribute(name, value);
    for (const [tag, attributes] of shapes) {
      const shape = document.createElementNS(SVG, tag);
      for (const [name, value] of Object.entries(attributes)) shape.setAttribute(name, value);
      picture.append(shape);
    }
    return picture;
  }

  // Colour says the industry, the form says the status: it must be told apart without colour too.
  function mark(status, size = MARKER) {
    const state = status.replace(/_warned$/, "");
    const shapes = [];
    if (GONE.includes(state)) {
      shapes.push(["path", { d: "M-4.5-4.5 4.5 4.5M-4.5 4.5 4.5-4.5", class: "halo" }]);
      shapes.push(["path", { d: "M-4.5-4.5 4.5 4.5M-4.5 4.5 4.5-4.5", class: "cross" }]);
    } else if (state === "named") {
      shapes.push(["circle", { r: 9.5, class: "ring" }], ["circle", { r: 5.75, class: "full" }]);
    } else if (["cultivation", "proposed", "planned"].includes(state)) {
      shapes.push(["circle", { r: 7, class: "back" }], ["circle", { r: 5.25, class: `hollow ${state}` }]);
    } else if (state === "demoted") {
      shapes.push(["circle", { r: 7, class: "back" }], ["circle", { r: 5.5, class: "hollow" }]);
      shapes.push(["path", { d: "M-5.5 0A5.5 5.5 0 0 0 5.5 0Z", class: "full plain" }]);
    } else {
      shapes.push(["circle", { r: 6.75, class: "full" }]);
    }
    if (state !== status) shapes.push(["path", { d: "M6.5-11 11-3.5H2Z", class: "warned" }]);
    return svg(size, ...shapes);
  }

  function colour(properties) {
    return `colour-${Math.min(8, Math.max(0, Number(properties.colour_index) || 0))}`;
  }

  // Towns on one spot start on a ring around it, by id; gives the spots of several towns.
  function spread(towns) {
    const spots = new Map();
    for (const town of [...towns].sort((a, b) => (String(a.id) < String(b.id) ? -1 : 1))) {
      const key = `${town.at.lat.toFixed(4)} ${town.at.lng.toFixed(4)}`;
      spots.set(key, [...(spots.get(key) ?? []), town]);
    }
    const several = [...spots.values()].filter((group) => group.length > 1);
    for (const group of several) {
      const radius = Math.max(0.65 * ROOM, (1.1 * group.length * ROOM) / (2 * Math.PI));
      group.forEach((town, n) => {
        const angle = (2 * Math.PI * n) / group.length - Math.PI / 2;
        town.ring = L.point(radius * Math.cos(angle), radius * Math.sin(angle));
      });
    }
    return several.map((group) => group[0].at);
  }

  // Pushes markers that overlap at this zoom apart, then finds each name the side with most room.
  function arrange(map, towns, names) {
    const marks = towns.filter((town) => map.hasLayer(town.marker));
    for (const town of marks) {
      town.seat = map.latLngToLayerPoint(town.at);
      town.spot = town.seat.add(town.ring);
    }
    for (let round = 0; round < 40; round += 1) {
      marks.forEach((one, n) => marks.slice(n + 1).forEach((other) => {
        const apart = other.spot.subtract(one.spot);
        const distance = Math.hypot(apart.x, apart.y);
        if (distance >= ROOM) return;
        const push = distance > 0.01 ? apart.multiplyBy((ROOM - distance) / (2 * distance)) : L.point(0.5, 0.5);
        [one.spot, other.spot] = [one.spot.subtract(push), other.spot.add(push)];
      }));
    }
    for (const town of marks) {
      const { x, y } = town.spot.subtract(town.seat).round();
      const icon = town.marker.options.icon.options;
      const [left, top] = [x - MARKER / 2, y - MARKER / 2];
      Object.assign(icon, { iconAnchor: [-left, -top], popupAnchor: [x, y - 10], tooltipAnchor: [x, y - 10] });
      Object.assign(town.marker.getElement().style, { marginLeft: `${left}px`, marginTop: `${top}px` });
    }
    placeNames(map, marks.map((town) => town.spot), names);
  }

  // Each name goes to the side of its city that hides least; it stays away where all is full.
  function placeNames(map, spots, names) {
    const taken = [];
    for (const { at, element } of names) {
      element.hidden = false;
      const [here, wide, high] = [map.latLngToLayerPoint(at), element.offsetWidth, element.offsetHeight];
      const sides = [12, 20, 28, 36, 44, 52].flatMap((far) => [
        [-wide / 2, far], [-wide / 2, -far - high], [far, -high / 2], [-far - wide, -high / 2],
      ].map(([x, y]) => {
        const box = L.bounds(here.add([x, y]), here.add([x + wide, y + high]));
        const around = L.bounds(box.min.subtract([10, 7]), box.max.add([10, 7]));
        const marks = spots.filter((spot) => around.contains(spot)).length;
        return { x, y, box, cost: far / 9 + 4 * marks + (taken.some((other) => other.intersects(box)) ? 99 : 0) };
      }));
      const best = sides.reduce((one, other) => (other.cost < one.cost ? other : one));
      element.hidden = best.cost > 15;
      if (!element.hidden) taken.push(best.box);
      element.style.transform = `translate(${best.x}px, ${best.y}px)`;
    }
  }

  function popup(town, texts) {
    const { name, url, sector_label, status, status_label, planned_area_km2 } = town.properties;
    const card = make("div", "map-card");
    const title = make("p", "map-card-name");
    title.append(url ? make("a", "", name, { href: url }) : name);
    const facts = make("ul", "map-card-facts");
    const [sector, state] = [make("li", "", sector_label), make("li", "", status_label)];
    sector.prepend(make("span", `swatch ${colour(town.properties)}`));
    state.prepend(mark(status, 18));
    facts.append(sector, state);
    if (planned_area_km2) facts.append(make("li", "", put(texts.area, { area: planned_area_km2 })));
    card.append(title, facts);
    if (town.isPoint && !town.properties.exact) card.append(make("p", "map-card-note", texts.seat));
    return card;
  }

  function townOf(feature) {
    const { geometry, properties } = feature;
    const isPoint = geometry.type === "Point";
    const area = isPoint ? null : L.geoJSON(feature, { style: { className: `map-town ${colour(properties)}` } });
    const at = area ? area.getBounds().getCenter() : L.GeoJSON.coordsToLatLng(geometry.coordinates);
    return { id: properties.id, properties, area, at, isPoint, ring: L.point(0, 0) };
  }

  function markerOf(town, texts, chosen) {
    const { name, sector_label, status, status_label } = town.properties;
    const classes = ["map-town-icon", colour(town.properties), chosen && "chosen", chosen === false && "other"];
    const className = classes.filter(Boolean).join(" ");
    const icon = L.divIcon({ className, html: mark(status), iconSize: [MARKER, MARKER] });
    const marker = L.marker(town.at, { icon, riseOnHover: true, keyboard: false });
    marker.bindTooltip(make("span", "", name), { direction: "top" });
    marker.bindPopup(() => popup(town, texts), { minWidth: 190, maxWidth: 270, autoPanPadding: [12, 12] });
    marker.on("add", () => {
      const element = marker.getElement();
      element.setAttribute("role", "button");
      element.setAttribute("tabindex", "-1");
      element.setAttribute("aria-label", [name, sector_label, status_label].join(", "));
      if (chosen) element.setAttribute("aria-current", "true");
    });
    return marker;
  }

  // --- keys: one stop for all markers, arrows go through them from west to east --------------------

  function moveByKeys(map, towns) {
    const order = [...towns].sort((a, b) => a.at.lng - b.at.lng || (String(a.id) < String(b.id) ? -1 : 1));
    const seen = () => order.filter((town) => map.hasLayer(town.marker));
    const stop = (town) => {
      for (const other of seen()) other.marker.getElement().setAttribute("tabindex", other === town ? "0" : "-1");
    };
    const go = (town) => {
      stop(town);
      map.panInside(town.at, { padding: [48, 48], animate: false });
      town.marker.getElement().focus({ preventScroll: true });
    };
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
    const press = (town, event) => {
      const shown = seen();
      if (event.key === "Enter" || event.key === " ") {
        town.marker.openPopup();
        town.marker.getPopup().getElement()?.querySelector("a[href]")?.focus({ preventScroll: true });
      } else if (step[event.key]) go(shown.at((shown.indexOf(town) + step[event.key]) % shown.length));
      else return;
      event.preventDefault();
      event.stopPropagation(); // else the map pans
    };
    for (const town of towns) {
      town.marker.on("add", () => {
        const element = town.marker.getElement();
        element.addEventListener("focus", () => town.marker.openTooltip());
        element.addEventListener("blur", () => town.marker.closeTooltip());
        element.addEventListener("keydown", (event) => press(town, event));
      });
    }
    map.getContainer().addEventListener("keydown", (event) => {
      const open = towns.find((town) => town.marker.isPopupOpen());
      if (event.key !== "Escape" || !open) return;
      open.marker.closePopup();
      go(open);
    });
    return () => stop(seen()[0]);
  }

  // --- legend -------------------------------------------------------------------------------------

  function legend(map, towns, texts, changed) {
    const box = make("div", "map-legend");
    const said = make("p", "map-shown", "", { role: "status" });
    const hidden = new Set();
    const show = () => {
      for (const town of towns) {
        const on = !hidden.has(town.properties.sector);
        for (const layer of [town.marker, town.area]) {
          if (layer && on !== map.hasLayer(layer)) on ? layer.addTo(map) : layer.remove();
        }
      }
      changed();
      const n = towns.filter((town) => map.hasLayer(town.marker)).length;
      said.textContent = put(texts.shown, { n, all: towns.length });
    };
    const sectors = make("ul", "map-sectors");
    for (const [sector, [properties, count]] of tally(towns, "sector")) {
      const button = make("button", colour(properties), "", { type: "button", "aria-pressed": "true" });
      button.append(make("span", "swatch"), make("span", "", properties.sector_label), make("span", "count", count));
      button.addEventListener("click", () => {
        hidden.has(sector) ? hidden.delete(sector) : hidden.add(sector);
        button.setAttribute("aria-pressed", String(!hidden.has(sector)));
        show();
      });
      sectors.append(make("li"));
      sectors.lastChild.append(button);
    }
    const statuses = make("ul", "map-statuses");
    for (const [status, [properties, count]] of tally(towns, "status")) {
      const item = make("li", "", "");
      item.append(mark(status, 20), make("span", "", properties.status_label), make("span", "count", count));
      statuses.append(item);
    }
    box.append(make("p", "map-legend-title", texts.sectors), sectors);
    box.append(make("p", "map-legend-title", texts.statuses), statuses, said);
    show();
    return box;
  }

  // Value → [properties of its first town, number of towns], by colour, then by number.
  function tally(towns, key) {
    const found = new Map();
    for (const { properties } of towns) {
      const [first, count] = found.get(properties[key]) ?? [properties, 0];
      found.set(properties[key], [first, count + 1]);
    }
    const order = ([, [a, n]], [, [b, m]]) => (key === "sector" ? a.colour_index - b.colour_index : 0) || m - n;
    return [...found].sort(order);
  }

  // --- the programme's map ------------------------------------------------------------------------

  async function drawTowns(box) {
    if (box.dataset.state) return;
    box.dataset.state = "drawing";
    const texts = JSON.parse(box.dataset.texts ?? "{}");
    const [towns, base] = await Promise.allSettled([read(box.dataset.towns), read(box.dataset.basemap)]);
    try {
      if (towns.status === "rejected") throw towns.reason;
      showTowns(box, texts, towns.value, base.value);
      box.dataset.state = "drawn";
    } catch (fault) {
      box.querySelector(".map-frame")?.remove();
      box.append(make("p", "map-failed", texts.failed, { role: "status" }));
      box.dataset.state = "failed";
      box.dispatchEvent(new CustomEvent("map:failed", { bubbles: true, detail: String(fault) }));
    }
  }

  function showTowns(box, texts, collection, base) {
    const label = [box.dataset.label, texts.keys].filter(Boolean).join(" ");
    const plot = make("div", "map-plot", "", { role: "group", "aria-label": label });
    const frame = make("div", "map-frame");
    frame.append(plot);
    box.append(frame);
    const map = newMap(plot, texts, { maxZoom: 13 });
    const towns = collection.features.filter((feature) => feature.geometry).map(townOf);
    const chosen = towns.find((town) => String(town.id) === box.dataset.town);
    const { home, names } = base ? drawBase(map, base, box.dataset.language)
      : { home: L.latLngBounds(towns.map((town) => town.at)), names: [] };
    const whole = (animate) => home.isValid() && map.fitBounds(home, { animate, padding: [12, 12] });
    if (chosen) map.fitBounds(chosen.area?.getBounds() ?? chosen.at.toBounds(8e4), { animate: false, maxZoom: 11 });
    else whole(false);
    const changed = addTowns(map, towns, texts, { chosen, names });
    frame.append(button(texts.reset, "map-reset", () => whole(!CALM)));
    const notes = [!base && texts.base_failed, texts.credit];
    if (!chosen) {
      box.append(legend(map, towns, texts, changed));
      if (towns.some((town) => town.isPoint)) notes.unshift(texts.seats);
    }
    box.append(make("p", "map-notes", notes.filter(Boolean).join(" ")));
  }

  // Gives what is to be done whenever towns were shown or hidden.
  function addTowns(map, towns, texts, { chosen, names }) {
    for (const at of spread(towns)) {
      const icon = L.divIcon({ className: "map-seat", html: "", iconSize: [5, 5] });
      L.marker(at, { icon, interactive: false, keyboard: false, pane: "places" }).addTo(map);
    }
    for (const town of towns) {
      town.marker = markerOf(town, texts, chosen && town === chosen);
      town.area?.bindPopup(() => popup(town, texts));
    }
    const restop = moveByKeys(map, towns);
    for (const town of towns) for (const layer of [town.area, town.marker]) layer?.addTo(map);
    map.on("popupopen", (event) => {
      const close = event.popup.getElement().querySelector(".leaflet-popup-close-button");
      close?.setAttribute("aria-label", texts.close);
    });
    const changed = () => { restop(); arrange(map, towns, names); };
    changed();
    map.on("zoomend", () => arrange(map, towns, names));
    return changed;
  }

  function drawAll(root) {
    for (const box of root.querySelectorAll(".map[data-towns]")) drawTowns(box);
  }

  window.townMaps = { make, button, put, read, newMap, drawBase, DRAWN };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", () => drawAll(document));
  else drawAll(document);
  document.addEventListener("htmx:load", (event) => drawAll(event.detail.elt.parentElement ?? document));
})();
