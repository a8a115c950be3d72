/* Draws a county and a plan on a Leaflet map without any network.
 *
 * ruralNetwork.draw(map, base, words)  the county, once: boundary, roads, townships, controls, empty plan layers
 * ruralNetwork.update(map, plan)       the plan: refills the plan layers; zoom, layer switches and memory stay as they are
 */
(function () {
  "use strict";

  // Leaflet looks for its marker pictures beside its own script; without tiles it has no maximum zoom; its prefix is a link.
  var script = document.currentScript && document.currentScript.src;
  if (script) L.Icon.Default.imagePath = script.replace(/[^/]*$/, "images/");
  L.Control.Attribution.prototype.options.prefix = "Leaflet";
  L.Map.mergeOptions({ maxZoom: 18 });

  var PLAN_LAYERS = ["supply", "routes", "critical", "access", "villages", "uncovered", "stations"]; // from the bottom up

  // A point drawn on the canvas as a square, triangle, star or cross, so that no layer is told by colour alone.
  var OUTLINES = {
    square: [[-0.85, -0.85], [0.85, -0.85], [0.85, 0.85], [-0.85, 0.85]],
    triangle: [[0, -1.1], [1, 0.75], [-1, 0.75]],
    star: star(5, 1.25, 0.52)
  };

  function star(points, outer, inner) {
    var outline = [];
    for (var i = 0; i < 2 * points; i++) {
      var angle = (Math.PI * i) / points - Math.PI / 2;
      var radius = i % 2 ? inner : outer;
      outline.push([radius * Math.cos(angle), radius * Math.sin(angle)]);
    }
    return outline;
  }

  L.Canvas.include({
    _updateShape: function (layer) {
      if (!this._drawing || layer._empty()) return;
      var at = layer._point, size = layer._radius, ctx = this._ctx;
      if (layer.options.shape === "cross") return drawCross(ctx, at, size, layer.options);
      ctx.beginPath();
      OUTLINES[layer.options.shape].forEach(function (corner, i) {
        ctx[i ? "lineTo" : "moveTo"](at.x + size * corner[0], at.y + size * corner[1]);
      });
      ctx.closePath();
      this._fillStroke(ctx, layer);
    }
  });

  function drawCross(ctx, at, size, options) {
    [["#ffffff", options.weight + 3], [options.color, options.weight]].forEach(function (stroke) {
      ctx.beginPath();
      ctx.moveTo(at.x - size, at.y - size);
      ctx.lineTo(at.x + size, at.y + size);
      ctx.moveTo(at.x + size, at.y - size);
      ctx.lineTo(at.x - size, at.y + size);
      ctx.setLineDash([]);
      ctx.globalAlpha = 1;
      ctx.lineCap = "round";
      ctx.lineWidth = stroke[1];
      ctx.strokeStyle = stroke[0];
      ctx.stroke();
    });
  }

  var Shape = L.CircleMarker.extend({
    _updatePath: function () {
      this._renderer._updateShape(this);
    }
  });

  function escaped(text) {
    return String(text).replace(/[&<>"']/g, function (c) {
      return "&#" + c.charCodeAt(0) + ";";
    });
  }

  function tip(layer) {
    var lines = layer.feature.properties.tip.map(escaped);
    return "<b>" + lines[0] + "</b>" + lines.slice(1).map(function (line) { return "<br>" + line; }).join("");
  }

  function label(name, second) {
    var html = "<span>" + escaped(name) + (second ? "<small>" + escaped(second) + "</small>" : "") + "</span>";
    return L.divIcon({ className: "rn-township", html: html, iconSize: [0, 0] });
  }

  function plain(data, renderer, styles) {
    return L.geoJSON(data, {
      interactive: false,
      renderer: renderer,
      style: function (feature) { return styles[feature.properties.style]; },
      pointToLayer: function (feature, at) {
        return L.circleMarker(at, Object.assign({ renderer: renderer, interactive: false }, styles[feature.properties.style]));
      }
    });
  }

  function townships(data, map) {
    var group = L.layerGroup();
    data.forEach(function (town) {
      var at = [town.lat, town.lon];
      group.addLayer(L.marker(at, { icon: label(town.name, town.second), interactive: false, keyboard: false, pane: "labels" }));
    });
    return group;
  }

  function panel(position, className, html) {
    var control = L.control({ position: position });
    control.onAdd = function () {
      var div = L.DomUtil.create("div", "rn-panel " + className);
      div.innerHTML = html; // made by the package, every name in it escaped there
      L.DomEvent.disableClickPropagation(div);
      L.DomEvent.disableScrollPropagation(div);
      return div;
    };
    return control;
  }

  function pane(map, name, zIndex) {
    var made = map.createPane(name);
    made.style.zIndex = zIndex;
    made.style.pointerEvents = "none";
    return L.canvas({ pane: name, padding: 0.3 });
  }

  function draw(map, base, page) {
    var ground = pane(map, "ground", 250);
    pane(map, "labels", 620);
    var renderer = L.canvas({ padding: 0.3, tolerance: 4 }); // one canvas for all of the plan: layers above would swallow its clicks
    var boundary = plain(base.boundary, ground, page.styles).addTo(map);
    plain(base.committees, ground, page.styles).addTo(map);
    var layers = {
      roads: plain(base.roads, ground, page.styles).addTo(map),
      bus: plain(base.bus, ground, page.styles),
      townships: townships(base.townships, map).addTo(map)
    };
    if (page.hidden.indexOf("bus") < 0) layers.bus.addTo(map);
    PLAN_LAYERS.forEach(function (name) {
      layers[name] = L.featureGroup();
      if (page.hidden.indexOf(name) < 0) layers[name].addTo(map);
    });
    map.ruralNetwork = { layers: layers, renderer: renderer, styles: page.styles };
    map.on("overlayadd", function () { stack(map); });
    map.on("zoomend planupdate overlayadd", function () { placeLabels(map); });
    var names = {};
    page.layers.forEach(function (entry) { names[escaped(entry[1])] = layers[entry[0]]; });
    L.control.layers(null, names, { position: "topright", collapsed: page.collapsed }).addTo(map);
    L.control.scale({ imperial: false, position: "bottomleft" }).addTo(map);
    credit(map, page.data);
    if (page.legend) panel("bottomright", "rn-legend", page.legend).addTo(map);
    if (page.title) panel("topleft", "rn-title", page.title).addTo(map);
    view(map, boundary.getBounds());
    // The app applies the style sheet some time after the map is drawn: only then do names have their size.
    var name = map.getPane("labels").querySelector("span");
    if (name) new ResizeObserver(function () { placeLabels(map); }).observe(name);
  }

  // Whom the data is owed to, as text: beside Leaflet's name, where people look for it.
  function credit(map, words) {
    if (words) map.attributionControl.addAttribution(escaped(words));
  }

  // A panel over a corner must not hide the county: fit it beside or below the panels, whichever leaves it larger,
  // unless the map is so small that hardly anything would be left.
  function view(map, bounds) {
    map.options.zoomSnap = 0.25;
    var box = map.getContainer();
    function size(side, dimension) {
      var selector = ".leaflet-" + side + " .rn-panel, .leaflet-" + side + " .leaflet-control-layers-expanded";
      return Array.prototype.reduce.call(box.querySelectorAll(selector), function (most, panel) {
        return Math.max(most, panel[dimension] + 20);
      }, 12);
    }
    var right = size("right", "offsetWidth");
    var below = Math.max(box.querySelector(".leaflet-control-attribution").offsetHeight, 18) + 6; // and the scale
    var plain = { from: [12, 12], to: [12, below] };
    var best = null;
    [[size("left", "offsetWidth"), 12], [12, size("left", "offsetHeight")]].forEach(function (from) {
      var way = { from: from, to: [right, below] };
      way.zoom = map.getBoundsZoom(bounds, false, L.point(from).add(way.to));
      if (!best || way.zoom > best.zoom) best = way;
    });
    if (best.zoom < map.getBoundsZoom(bounds, false, L.point(plain.from).add(plain.to)) - 1.5) best = plain;
    map.fitBounds(bounds, { paddingTopLeft: best.from, paddingBottomRight: best.to, animate: false });
    map.setMinZoom(Math.floor(map.getZoom()) - 1);
  }

  // Each name goes where it hides least, around its township, away from points and other names.
  function placeLabels(map) {
    var state = map.ruralNetwork, points = state.avoid ? state.avoid() : [], taken = [];
    var shown = L.bounds(map.containerPointToLayerPoint([0, 0]), map.containerPointToLayerPoint(map.getSize()));
    [["uncovered", 8], ["stations", 2], ["villages", 1]].forEach(function (entry) {
      if (!map.hasLayer(state.layers[entry[0]])) return;
      state.layers[entry[0]].eachLayer(function (group) {
        group.eachLayer(function (layer) {
          points.push([map.latLngToLayerPoint(layer.getLatLng()), entry[1]]);
        });
      });
    });
    state.layers.townships.eachLayer(function (marker) {
      var span = marker.getElement() && marker.getElement().firstChild;
      if (!span) return;
      var at = map.latLngToLayerPoint(marker.getLatLng()), w = span.offsetWidth, h = span.offsetHeight;
      var best = null;
      [
        [-w / 2, 10], [-w / 2, -10 - h], [12, -h / 2], [-12 - w, -h / 2],
        [9, 5], [9, -5 - h], [-9 - w, 5], [-9 - w, -5 - h]
      ].forEach(function (offset, rank) {
        var box = L.bounds(at.add(offset), at.add([offset[0] + w, offset[1] + h]));
        var cost = rank + (shown.contains(at) && !shown.contains(box) ? 20 : 0);
        points.forEach(function (point) { if (box.contains(point[0])) cost += point[1]; });
        taken.forEach(function (other) { if (box.intersects(other)) cost += 30; });
        if (!best || cost < best.cost) best = { cost: cost, box: box, offset: offset };
      });
      taken.push(best.box);
      span.style.left = best.offset[0] + "px";
      span.style.top = best.offset[1] + "px";
    });
  }

  function stack(map) {
    var layers = map.ruralNetwork.layers;
    PLAN_LAYERS.forEach(function (name) {
      if (map.hasLayer(layers[name])) layers[name].bringToFront();
    });
  }

  function drawn(map, data) {
    var styles = map.ruralNetwork.styles, renderer = map.ruralNetwork.renderer;
    return L.geoJSON(data, {
      style: function (feature) {
        return Object.assign({ renderer: renderer, interactive: !!feature.properties.tip }, styles[feature.properties.style]);
      },
      pointToLayer: function (feature, at) {
        var style = Object.assign({ renderer: renderer }, styles[feature.properties.style]);
        return style.shape === "circle" ? L.circleMarker(at, style) : new Shape(at, style);
      }
    });
  }

  function update(map, plan) {
    var layers = map.ruralNetwork.layers;
    window.feature_group = []; // streamlit-folium keeps every group ever added here and never lets go of them
    PLAN_LAYERS.forEach(function (name) {
      layers[name].clearLayers();
      if (!plan[name]) return;
      layers[name].addLayer(drawn(map, plan[name]).bindTooltip(tip, { sticky: true, className: "rn-tip" }));
    });
    stack(map);
    map.fire("planupdate");
  }

  window.ruralNetwork = {
    draw: draw,
    update: update,
    parts: { Shape: Shape, escaped: escaped, credit: credit, pane: pane, townships: townships, placeLabels: placeLabels }
  };
})();
