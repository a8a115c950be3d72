/* The check page: a map of the defects, tied to the list of them. Everything it shows is handed to checkPage.start().
 *
 * A row with a place shows it on the map; a marker shows its row in the list. Rows of the tables below carry their place.
 */
(function () {
  "use strict";

  var STEPS = 1e5, NEAR = 13, MANY = 1500;
  var parts = window.ruralNetwork.parts;
  var SPOT = {
    error: { shape: "square", radius: 6.5, color: "#ffffff", weight: 1.5, fillColor: "#D55E00", fillOpacity: 1 },
    warning: { shape: "triangle", radius: 8, color: "#1a1a1a", weight: 1.3, fillColor: "#F0E442", fillOpacity: 1 }
  };
  var map = null, layers = {}, rings = null, rowsOf = {}, spotOf = {};

  function byId(id) { return document.getElementById(id); }

  function all(selector, from) { return Array.prototype.slice.call((from || document).querySelectorAll(selector)); }

  // [x, y, dx, dy, …] in steps of 1e-5 degree → Leaflet's [lat, lon] pairs
  function decoded(steps) {
    var line = [], x = 0, y = 0;
    for (var i = 0; i < steps.length; i += 2) {
      x += steps[i];
      y += steps[i + 1];
      line.push([y / STEPS, x / STEPS]);
    }
    return line;
  }

  function latLng(at) { return [at[1], at[0]]; }

  function lines(group, style, renderer) {
    return L.polyline(group.lines.map(decoded), Object.assign({ renderer: renderer, interactive: false }, style));
  }

  function drawRoads(page, ground, over) {
    ["roads", "ferry", "islands", "closed"].forEach(function (name) { layers[name] = L.layerGroup(); });
    page.map.roads.forEach(function (group) {
      if (group.part < 0) {
        layers.closed.addLayer(lines(group, { color: "#7d7d7d", weight: 2, dashArray: "2 6" }, ground));
      } else if (group.part > 0) {
        layers.islands.addLayer(lines(group, { color: "#ffffff", weight: 6, opacity: 0.9 }, ground));
        layers.islands.addLayer(lines(group, { color: "#D55E00", weight: 3, opacity: 1 }, ground));
      } else {
        layers[group.class === "ferry" ? "ferry" : "roads"].addLayer(lines(group, page.roads[group.class], ground));
      }
    });
    layers.bus = L.featureGroup();
    page.map.bus.forEach(function (line) {
      var style = { color: page.bus, weight: 3, opacity: 0.9, dashArray: "8 4", renderer: over };
      layers.bus.addLayer(L.polyline(decoded(line.line), style).bindTooltip(parts.escaped(line.name), { sticky: true }));
    });
    layers.gaps = L.layerGroup();
    page.map.gaps.forEach(function (way) {
      var style = { color: "#1a1a1a", weight: 1.5, dashArray: "3 4", renderer: ground, interactive: false };
      layers.gaps.addLayer(L.polyline([[way[1], way[0]], [way[3], way[2]]], style));
    });
  }

  function points(places, style, renderer) {
    var group = L.featureGroup();
    if (places.length > MANY) style.radius *= 0.6;
    places.forEach(function (place) {
      var point = L.circleMarker(latLng(place), Object.assign({ renderer: renderer }, style));
      point.words = [place[2], place[3]];
      group.addLayer(point);
    });
    return group.bindTooltip(tip, { className: "rn-tip" });
  }

  function tip(point) {
    return "<b>" + parts.escaped(point.words[0]) + "</b>" + (point.words[1] ? "<br>" + parts.escaped(point.words[1]) : "");
  }

  function drawPlaces(page, over) {
    var places = page.map.places;
    layers.sites = points(places.sites, { radius: 2.6, color: "#ffffff", weight: 0.6, fillColor: "#009E73", fillOpacity: 1 }, over);
    layers.villages = points(places.villages, { radius: 3.6, color: "#0072B2", weight: 1, fillColor: "#56B4E9", fillOpacity: 1 }, over);
    layers.same_sites = points(page.map.pairs, { radius: 9, color: "#CC79A7", weight: 2.5, fill: false }, over);
    layers.towns = points(places.townships, { radius: 4.5, color: "#1a1a1a", weight: 1.5, fillColor: "#ffffff", fillOpacity: 1 }, over);
    layers.townships = parts.townships(places.townships.map(function (town) {
      return { lat: town[1], lon: town[0], name: town[2], second: town[4] };
    }), map);
  }

  function drawSpots(page, over) {
    page.map.kinds.forEach(function (kind) { layers["kind-" + kind[0]] = L.featureGroup(); });
    page.map.spots.forEach(function (spot) {
      var key = spot.at.join();
      var marker = new parts.Shape(latLng(spot.at), Object.assign({ renderer: over }, SPOT[spot.severity]));
      (rowsOf[key] = rowsOf[key] || []).push(spot.i);
      spotOf[spot.i] = { at: spot.at, marker: marker, key: key, kind: spot.kind };
      marker.on("click", function () { select(spot.i, true); });
      marker.bindTooltip(function () { return spotTip(key); }, { className: "rn-tip rn-spot" });
      layers["kind-" + spot.kind].addLayer(marker);
    });
  }

  function spotTip(key) {
    return rowsOf[key].slice(0, 4).map(function (i) {
      var cells = byId("d" + i).cells;
      return "<b>" + parts.escaped(cells[1].querySelector(".file").textContent) + "</b> " +
        parts.escaped(cells[2].firstChild.textContent);
    }).join("<br>") + (rowsOf[key].length > 4 ? "<br>+ " + (rowsOf[key].length - 4) : "");
  }

  function mark(at) {
    if (rings) rings.remove();
    rings = L.circleMarker(at, { radius: 15, color: "#1a1a1a", weight: 3, fill: false, interactive: false, pane: "ring" }).addTo(map);
  }

  // Show defect i in the list and on the map; from a click on the map the view stays where it is.
  function select(i, fromMap) {
    var spot = spotOf[i];
    all("tr.selected").forEach(function (row) { row.classList.remove("selected"); });
    var same = spot ? rowsOf[spot.key] : [i];
    if (fromMap && same.every(function (j) { return byId("d" + j).hidden; })) clearFilters();
    same.forEach(function (j) { byId("d" + j).classList.add("selected"); });
    if (!spot) return;
    switchOn("kind-" + spot.kind);
    mark(latLng(spot.at));
    if (fromMap) {
      var list = byId("list"), row = byId("d" + same[0]);
      list.scrollTop = row.offsetTop - list.clientHeight / 3;
    } else {
      map.setView(latLng(spot.at), Math.max(map.getZoom(), NEAR), { animate: false });
      spot.marker.openTooltip();
    }
  }

  function showPlace(row) {
    var at = row.getAttribute("data-at").split(",").map(Number);
    all("tr.selected").forEach(function (other) { other.classList.remove("selected"); });
    row.classList.add("selected");
    mark(at);
    map.setView(at, Math.max(map.getZoom(), NEAR), { animate: false });
    byId("map").scrollIntoView({ block: "nearest" });
  }

  function asButton(row, act) {
    row.addEventListener("click", function () { if (!String(getSelection())) act(); });
    row.addEventListener("keydown", function (event) {
      if (event.key === "Enter" || event.key === " ") { event.preventDefault(); act(); }
    });
  }

  function switchOn(name) {
    var box = document.querySelector('[data-switch="' + name + '"]');
    if (box && !box.checked) { box.checked = true; box.dispatchEvent(new Event("change")); }
  }

  // The last one added lies on top: defects belong there.
  function stack() {
    var kinds = Object.keys(layers).filter(function (name) { return name.indexOf("kind-") === 0; });
    ["bus", "sites", "villages", "towns", "same_sites"].concat(kinds).forEach(function (name) {
      if (map.hasLayer(layers[name])) layers[name].bringToFront();
    });
  }

  function wireSwitches() {
    all("[data-switch]").forEach(function (box) {
      var name = box.getAttribute("data-switch").replace(/^layer-/, "");
      function apply() {
        (name === "townships" ? ["townships", "towns"] : [name]).forEach(function (one) {
          if (!layers[one]) return;
          if (box.checked) layers[one].addTo(map); else layers[one].remove();
        });
      }
      box.addEventListener("change", function () {
        apply();
        stack();
        parts.placeLabels(map);
      });
      apply();
    });
    stack();
  }

  function clearFilters() {
    ["severity", "file", "kind", "search"].forEach(function (name) { byId("filter-" + name).value = ""; });
    filter();
  }

  var wording = {};

  function filter() {
    var rows = all(".defects tbody tr"), shown = 0;
    var severity = byId("filter-severity").value, file = byId("filter-file").value, kind = byId("filter-kind").value;
    var sought = byId("filter-search").value.trim().toLowerCase();
    rows.forEach(function (row) {
      var fits = (!severity || row.dataset.severity === severity) && (!file || row.dataset.file === file) &&
        (!kind || row.dataset.kind === kind) && (!sought || row.textContent.toLowerCase().indexOf(sought) >= 0);
      row.hidden = !fits;
      shown += fits;
    });
    byId("shown").textContent = wording.shown.replace("{shown}", shown).replace("{total}", rows.length);
  }

  function wireList() {
    if (byId("list")) {
      ["severity", "file", "kind", "search"].forEach(function (name) {
        byId("filter-" + name).addEventListener("input", filter);
      });
      filter();
    }
    if (!map) return;
    all(".defects tr.place").forEach(function (row) {
      asButton(row, function () { select(Number(row.id.slice(1)), false); });
    });
    all("tr[data-at]").forEach(function (row) { asButton(row, function () { showPlace(row); }); });
  }

  function wholeCounty(bounds, words) {
    var control = L.control({ position: "topright" });
    control.onAdd = function () {
      var button = L.DomUtil.create("button", "whole");
      button.type = "button";
      button.textContent = words;
      L.DomEvent.disableClickPropagation(button);
      button.addEventListener("click", function () { map.fitBounds(bounds, { animate: false }); });
      return button;
    };
    return control;
  }

  function drawMap(page) {
    var view = page.map.view;
    var bounds = L.latLngBounds([view[1], view[0]], [view[3], view[2]]);
    map = L.map("map", { zoomControl: false, zoomSnap: 0.25, maxZoom: 18, preferCanvas: true });
    map.fitBounds(bounds, { padding: [12, 12], animate: false });
    map.setMinZoom(Math.min(Math.floor(map.getZoom()) - 2, 4));
    var ground = parts.pane(map, "ground", 250);
    parts.pane(map, "labels", 620);
    map.createPane("ring").style.zIndex = 640;
    map.getPane("ring").style.pointerEvents = "none";
    var over = L.canvas({ padding: 0.3, tolerance: 3 });
    L.control.zoom({ position: "topright" }).addTo(map);
    L.control.scale({ imperial: false, position: "bottomleft" }).addTo(map);
    parts.credit(map, page.data);
    wholeCounty(bounds, page.words.whole).addTo(map);
    if (page.map.boundary.length) {
      L.polygon(page.map.boundary.map(function (part) { return part.map(decoded); }), {
        renderer: ground, interactive: false, color: "#5d6660", weight: 1.6, dashArray: "8 3 2 3", fillColor: "#ffffff", fillOpacity: 1
      }).addTo(map);
    }
    drawRoads(page, ground, over);
    drawPlaces(page, over);
    drawSpots(page, over);
    var none = L.featureGroup();
    map.ruralNetwork = {
      layers: { townships: layers.townships, uncovered: none, stations: none, villages: none },
      avoid: function () {
        return Object.keys(spotOf).map(function (i) { return [map.latLngToLayerPoint(latLng(spotOf[i].at)), 8]; });
      }
    };
    wireSwitches();
    map.on("zoomend", function () { parts.placeLabels(map); });
    parts.placeLabels(map);
  }

  function start(page) {
    wording = page.words;
    if (byId("map")) drawMap(page);
    wireList();
    window.checkPage.map = map;
    window.checkPage.layers = layers;
  }

  window.checkPage = { start: start, select: select, spotOf: spotOf };
})();
