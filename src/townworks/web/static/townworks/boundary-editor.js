// A map under a text in which a boundary is drawn. Needs leaflet/leaflet.js, leaflet/draw/leaflet.draw.js
// with their .css, and map.js before it.
//
// <textarea data-boundary-editor data-basemap="URL" data-language data-label data-texts
//      data-at="LON,LAT?" data-max-km2="3?" data-datum="#select?"></textarea>
//   What is drawn is written as GeoJSON (WGS 84), what is typed is shown.
(() => {
  "use strict";

  const { make, button, put, read, newMap, drawBase, DRAWN } = window.townMaps;

  function geometryOf(polygons) {
    const parts = polygons.map((polygon) => polygon.toGeoJSON(7).geometry.coordinates);
    if (!parts.length) return "";
    const one = parts.length === 1;
    return JSON.stringify({ type: one ? "Polygon" : "MultiPolygon", coordinates: one ? parts[0] : parts });
  }

  // Polygons of a GeoJSON text; null where it is none.
  function polygonsOf(text) {
    if (!text.trim()) return [];
    try {
      let value = JSON.parse(text);
      if (value.type === "FeatureCollection" && value.features.length === 1) [value] = value.features;
      if (value.type === "Feature") value = value.geometry;
      const parts = { Polygon: [value.coordinates], MultiPolygon: value.coordinates }[value.type];
      return parts.map((part) => L.polygon(L.GeoJSON.coordsToLatLngs(part, 1), DRAWN));
    } catch {
      return null;
    }
  }

  class Editor {
    constructor(area, base) {
      this.area = area;
      this.texts = JSON.parse(area.dataset.texts ?? "{}");
      this.datum = area.dataset.datum ? document.querySelector(area.dataset.datum) : null;
      const plot = make("div", "map-plot", "", { role: "group", "aria-label": area.dataset.label ?? "" });
      this.tools = make("div", "map-tools");
      this.said = make("p", "map-shown", "", { role: "status" });
      const frame = make("div", "map map-editor");
      const notes = [!base && this.texts.base_failed, this.texts.credit].filter(Boolean).join(" ");
      frame.append(this.tools, plot, this.said, make("p", "map-notes", notes));
      area.after(frame);
      this.map = newMap(plot, this.texts, { maxZoom: 18, dragging: true });
      this.look(base);
      this.drawn = L.featureGroup().addTo(this.map);
      this.listen(this.pen());
      this.read();
    }

    look(base) {
      const china = L.latLngBounds([[18, 73], [54, 135]]);
      const home = base ? drawBase(this.map, base, this.area.dataset.language).home : china;
      const [lon, lat] = (this.area.dataset.at ?? "").split(",").map(Number);
      if (this.area.dataset.at) this.map.setView([lat, lon], 12, { animate: false });
      else this.map.fitBounds(home, { animate: false });
    }

    pen() {
      const { start, next: cont, end, crossing } = this.texts;
      L.Polyline._flat = L.LineUtil.isFlat; // Leaflet.draw 1.0.4 asks under the old name, which warns
      Object.assign(L.drawLocal.draw.handlers.polygon.tooltip, { start, cont, end });
      L.drawLocal.draw.handlers.polyline.error = crossing;
      const drawError = { color: "#b3261e", timeout: 1500 };
      const options = { allowIntersection: false, showArea: false, shapeOptions: DRAWN, drawError };
      return new L.Draw.Polygon(this.map, options);
    }

    listen(pen) {
      const { texts } = this;
      const clear = button(texts.clear, "", () => this.write([]));
      const undo = button(texts.undo, "", () => pen.deleteLastVertex());
      const idle = [button(texts.draw, "", () => pen.enable()), clear];
      const busy = [button(texts.finish, "", () => pen.completeShape()), undo];
      const drawing = (on) => {
        for (const tool of idle) tool.hidden = on;
        for (const tool of busy) tool.hidden = !on;
      };
      this.tools.append(...idle, ...busy);
      drawing(false);
      this.map.on(L.Draw.Event.DRAWSTART, () => drawing(true));
      this.map.on(L.Draw.Event.DRAWSTOP, () => drawing(false));
      this.map.on(L.Draw.Event.CREATED, ({ layer }) => {
        const kept = this.isShifted() ? [] : this.drawn.getLayers();
        this.write([...kept, layer]);
      });
      this.map.on(L.Draw.Event.EDITVERTEX, () => this.write(this.drawn.getLayers()));
      this.area.addEventListener("input", () => this.read());
      this.datum?.addEventListener("change", () => this.read());
    }

    // Positions in GCJ-02 or BD-09 are shown as typed, and cannot be dragged: that would mix datums.
    isShifted() {
      return ["gcj02", "bd09"].includes(this.datum?.value) && this.drawn.getLayers().length > 0;
    }

    read() {
      const polygons = polygonsOf(this.area.value);
      this.show(polygons ?? []);
      if (!polygons) this.said.textContent = this.texts.typed;
      else if (polygons.length) {
        this.map.fitBounds(this.drawn.getBounds(), { animate: false, padding: [40, 40], maxZoom: 15 });
      }
    }

    write(polygons) {
      this.area.value = geometryOf(polygons);
      if (this.datum) this.datum.value = "wgs84"; // what is drawn on this map is
      this.show(polygons);
      this.area.dispatchEvent(new Event("change", { bubbles: true }));
    }

    show(polygons) {
      const known = new Set(this.drawn.getLayers());
      for (const polygon of known) if (!polygons.includes(polygon)) this.drawn.removeLayer(polygon);
      for (const polygon of polygons) this.drawn.addLayer(polygon);
      for (const polygon of polygons) {
        polygon.options.poly = { allowIntersection: false };
        if (this.isShifted()) polygon.editing.disable();
        else polygon.editing.enable();
      }
      this.tell();
    }

    tell() {
      const km2Of = (ring) => L.GeometryUtil.geodesicArea(ring) / 1e6;
      const areas = this.drawn.getLayers().map((polygon) => {
        const [outer, ...holes] = polygon.getLatLngs().map(km2Of);
        return holes.reduce((left, hole) => left - hole, outer);
      });
      const km2 = areas.reduce((sum, area) => sum + area, 0);
      const limit = Number(this.area.dataset.maxKm2) || 0;
      const words = put(limit ? this.texts.about : this.texts.about_any, { area: km2.toFixed(2), limit });
      this.said.classList.toggle("over", limit > 0 && km2 > limit);
      const how = this.isShifted() ? this.texts.shifted : this.texts.edit;
      this.said.textContent = areas.length ? `${words} ${how}` : "";
    }
  }

  async function edit(area) {
    if (area.dataset.state) return;
    area.dataset.state = "drawing";
    new Editor(area, await read(area.dataset.basemap).catch(() => null));
    area.dataset.state = "drawn";
  }

  function editAll(root) {
    for (const area of root.querySelectorAll("textarea[data-boundary-editor]")) edit(area);
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", () => editAll(document));
  else editAll(document);
  document.addEventListener("htmx:load", (event) => editAll(event.detail.elt.parentElement ?? document));
})();
