// SPDX-License-Identifier: Apache-2.0
// The quiet map as a style made in code: colours from the tokens, data from this server,
// labels with the fonts of the machine (no glyphs URL), marks drawn on a canvas.
import type { ExpressionSpecification, LayerSpecification, StyleSpecification, SymbolLayerSpecification } from "maplibre-gl";

import { PROPOSED_MAX, type MapPlace } from "./map_model";
import { MARKS, mark_of, type Shape, type Tone } from "./parts";

function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
}

export const STREETS_ZOOM = 11; // minor roads are drawn from here on

const EMPTY = { type: "FeatureCollection" as const, features: [] };

/** Widths by zoom: [z, width] pairs. */
function width(...stops: [number, number][]): ExpressionSpecification {
  return ["interpolate", ["exponential", 1.5], ["zoom"], ...stops.flat()] as unknown as ExpressionSpecification;
}

function road(id: string, classes: string[], colour: string, minzoom: number, wide: ExpressionSpecification, source = "roads"): LayerSpecification {
  return {
    id,
    type: "line",
    source,
    minzoom,
    filter: ["in", ["get", "c"], ["literal", classes]],
    layout: { "line-cap": "round", "line-join": "round" },
    paint: { "line-color": colour, "line-width": wide },
  };
}

const FONT = ["PingFang SC, Microsoft YaHei, Noto Sans CJK SC, sans-serif"];

/** Backdrop features are water, river, canal, coastline, or a place (a point with a name). */
const KIND: ExpressionSpecification = ["get", "kind"];
const PLACES = ["city", "town", "village", "suburb", "island"];
function kind(...kinds: string[]): ExpressionSpecification {
  return ["in", KIND, ["literal", kinds]];
}

function place(id: string, kinds: string[], minzoom: number, size: number): LayerSpecification {
  return {
    id,
    type: "symbol",
    source: "backdrop",
    minzoom,
    filter: kind(...kinds),
    layout: { "text-field": ["get", "name"], "text-font": FONT, "text-size": size, "text-padding": 8 },
    paint: { "text-color": token("map-label"), "text-halo-color": token("map-halo"), "text-halo-width": 1.5 },
  };
}

function base_layers(): LayerSpecification[] {
  const round = { "line-cap": "round" as const, "line-join": "round" as const };
  return [
    { id: "land", type: "background", paint: { "background-color": token("map-land") } },
    {
      // The water lies on the right of a coastline (OpenStreetMap's rule): a broad band there.
      id: "coast",
      type: "line",
      source: "backdrop",
      filter: kind("coastline"),
      layout: { "line-join": "round" },
      paint: { "line-color": token("map-water"), "line-width": 28, "line-offset": 14, "line-blur": 6 },
    },
    {
      id: "water",
      type: "fill",
      source: "backdrop",
      filter: ["all", ["!", kind(...PLACES)], ["==", ["geometry-type"], "Polygon"]],
      paint: { "fill-color": token("map-water") },
    },
    {
      id: "canal",
      type: "line",
      source: "backdrop",
      filter: ["all", kind("canal", "water"), ["==", ["geometry-type"], "LineString"]],
      layout: round,
      paint: { "line-color": token("map-water"), "line-width": width([9, 0.5], [12, 1.4], [14, 4], [17, 18]) },
    },
    {
      id: "river",
      type: "line",
      source: "backdrop",
      filter: ["all", kind("river"), ["==", ["geometry-type"], "LineString"]],
      layout: round,
      paint: { "line-color": token("map-water"), "line-width": width([9, 1.6], [12, 4], [14, 10], [17, 36]) },
    },
    road("path", ["path"], token("map-road"), 13, width([13, 0.4], [17, 2]), "streets"),
    road("minor", ["minor"], token("map-road"), STREETS_ZOOM, width([STREETS_ZOOM, 0.4], [14, 1.4], [17, 6]), "streets"),
    road("tertiary", ["tertiary"], token("map-road"), 9, width([9, 0.4], [13, 1.8], [17, 9])),
    road("secondary", ["secondary"], token("map-road-2"), 8, width([8, 0.5], [13, 2.2], [17, 11])),
    road("primary", ["primary", "trunk"], token("map-road-2"), 7, width([7, 0.6], [13, 3], [17, 14])),
    road("motorway", ["motorway"], token("map-road-3"), 6, width([6, 0.8], [13, 3.4], [17, 16])),
    {
      id: "ferry",
      type: "line",
      source: "roads",
      filter: ["==", ["get", "c"], "ferry"],
      paint: { "line-color": token("map-water-line"), "line-width": 1.5, "line-dasharray": [3, 2] },
    },
    place("villages", ["village", "suburb", "island"], 12.5, 12),
    place("towns", ["town"], 9, 14),
    place("cities", ["city"], 6, 17),
  ];
}

/** Bands lie over one another, so the nearest is the darkest; a line around each, and the minutes at its top. */
function band_layers(): LayerSpecification[] {
  return [
    { id: "bands", type: "fill", source: "bands", filter: ["!=", ["geometry-type"], "Point"], paint: { "fill-color": token("accent"), "fill-opacity": 0.14, "fill-antialias": false } },
    { id: "band-lines", type: "line", source: "bands", filter: ["!=", ["geometry-type"], "Point"], layout: { "line-join": "round" }, paint: { "line-color": token("accent"), "line-width": width([9, 0.5], [14, 1.8]), "line-opacity": 0.7 } },
    {
      id: "band-labels",
      type: "symbol",
      source: "bands",
      filter: ["==", ["geometry-type"], "Point"],
      layout: { "text-field": ["get", "label"], "text-font": FONT, "text-size": 13, "text-anchor": "bottom", "text-offset": [0, -0.2], "text-allow-overlap": true },
      paint: { "text-color": token("accent"), "text-halo-color": token("map-halo"), "text-halo-width": 2 },
    },
  ];
}

function site_layers(): LayerSpecification[] {
  return [
    {
      id: "sites",
      type: "symbol",
      source: "sites",
      ...labelled("x-site"),
    },
  ];
}

/** Villages, hundreds of them: what is reached stays small and leaves room for names. */
function place_layers(): LayerSpecification[] {
  const mark: ExpressionSpecification = ["get", "mark"];
  const { layout, paint } = labelled(["get", "icon"]);
  const size = (covered: number, other: number): ExpressionSpecification => ["match", mark, "covered", covered, other];
  return [
    {
      id: "places",
      type: "symbol",
      source: "places",
      layout: {
        ...layout,
        "icon-size": ["interpolate", ["linear"], ["zoom"], 9, size(0.4, 0.65), 13, size(0.7, 1)],
        "icon-ignore-placement": true,
        "symbol-sort-key": ["match", mark, "covered", 0, "uncovered", 1, 2],
      },
      paint,
    },
  ];
}

/** An icon that is always there, and its label where there is room. */
function labelled(icon: string | ExpressionSpecification): Pick<SymbolLayerSpecification, "layout" | "paint"> {
  return {
    layout: {
      "icon-image": icon,
      "icon-allow-overlap": true,
      "text-field": ["get", "label"],
      "text-font": FONT,
      "text-size": 12,
      "text-offset": [0, 0.9],
      "text-anchor": "top",
      "text-optional": true,
    },
    paint: { "text-color": token("ink"), "text-halo-color": token("map-halo"), "text-halo-width": 2 },
  };
}

/** The area being drawn. */
function sketch_layers(): LayerSpecification[] {
  return [
    { id: "sketch-fill", type: "fill", source: "sketch", filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": token("ink"), "fill-opacity": 0.15 } },
    { id: "sketch-line", type: "line", source: "sketch", paint: { "line-color": token("ink"), "line-width": 2.5, "line-dasharray": [2, 1.5] } },
    {
      id: "sketch-corners",
      type: "circle",
      source: "sketch",
      filter: ["==", ["geometry-type"], "Point"],
      paint: { "circle-radius": 5, "circle-color": token("ink"), "circle-stroke-color": token("map-halo"), "circle-stroke-width": 2 },
    },
  ];
}

/** A dark dashed line with a cross: closed, and not an alarm. A dotted one with a ring: slow. */
function closure_layers(): LayerSpecification[] {
  const lines: ExpressionSpecification = ["==", ["geometry-type"], "LineString"];
  const points: ExpressionSpecification = ["==", ["geometry-type"], "Point"];
  const is_slow: ExpressionSpecification = ["==", ["get", "slow"], true];
  // Hundreds of streets of an area must not become one black spot from afar.
  const far_fainter: ExpressionSpecification = ["interpolate", ["linear"], ["zoom"], 10, 0.45, 13, 1];
  return [
    { id: "closures-halo", type: "line", source: "closures", filter: lines, paint: { "line-color": token("map-halo"), "line-width": width([9, 1.5], [12, 4], [13, 7], [17, 16]) } },
    { id: "closures", type: "line", source: "closures", filter: ["all", lines, ["!", is_slow]], paint: { "line-color": token("ink"), "line-width": width([9, 0.8], [12, 2], [13, 3.5], [17, 8]), "line-opacity": far_fainter, "line-dasharray": [1.6, 1.2] } },
    { id: "limits", type: "line", source: "closures", filter: ["all", lines, is_slow], paint: { "line-color": token("ink"), "line-width": width([9, 0.8], [12, 1.8], [13, 2.5], [17, 5]), "line-opacity": far_fainter, "line-dasharray": [0.4, 1.8] } },
    {
      id: "closure-marks",
      type: "symbol",
      source: "closures",
      filter: ["all", points, ["!", is_slow]],
      ...labelled("x-closed"),
    },
    { id: "limit-marks", type: "symbol", source: "closures", filter: ["all", points, is_slow], ...labelled("x-slow") },
  ];
}

/** The outline of a warning in the colour that is its name; quiet, as it asks for no hand. */
function warning_layers(): LayerSpecification[] {
  const levels = ["blue", "yellow", "orange", "red"].flatMap((level) => [level, token("level-" + level)]);
  const color = ["match", ["get", "level"], ...levels, token("ink-2")] as unknown as ExpressionSpecification;
  return [
    { id: "warnings-fill", type: "fill", source: "warnings", paint: { "fill-color": color, "fill-opacity": 0.07 } },
    { id: "warnings", type: "line", source: "warnings", paint: { "line-color": color, "line-width": 2, "line-dasharray": [4, 2] } },
  ];
}

function live_layers(): LayerSpecification[] {
  return [
    {
      id: "people",
      type: "symbol",
      source: "people",
      layout: {
        "icon-image": ["get", "icon"],
        "icon-size": ["interpolate", ["linear"], ["zoom"], 9, 0.7, 13, 1],
        "icon-allow-overlap": true,
        "icon-ignore-placement": true,
        "text-field": ["step", ["zoom"], ["case", ["get", "strong"], ["get", "label"], ""], 14, ["get", "label"]],
        "text-font": FONT,
        "text-size": 12,
        "text-offset": [0, 1.1],
        "text-anchor": "top",
        "text-optional": true,
        "symbol-sort-key": ["case", ["get", "strong"], 0, 1],
      },
      paint: { "text-color": token("ink"), "text-halo-color": token("map-halo"), "text-halo-width": 1.5 },
    },
    {
      id: "incidents",
      type: "symbol",
      source: "incidents",
      layout: {
        "icon-image": ["get", "icon"],
        "icon-anchor": "bottom",
        "icon-allow-overlap": true,
        "icon-ignore-placement": true,
        "text-field": ["get", "label"],
        "text-font": FONT,
        "text-size": 13,
        "text-offset": [0, 0.4],
        "text-anchor": "top",
        "text-optional": true,
        "symbol-sort-key": ["get", "above"],
      },
      paint: { "text-color": token("ink"), "text-halo-color": token("map-halo"), "text-halo-width": 2 },
    },
  ];
}

/** Above all else, with its words whatever stands below. */
function alarm_layers(): LayerSpecification[] {
  return [
    {
      id: "alarms",
      type: "symbol",
      source: "alarms",
      layout: {
        "icon-image": ["get", "icon"],
        "icon-allow-overlap": true,
        "text-field": ["get", "label"],
        "text-font": FONT,
        "text-size": 14,
        "text-offset": [0, 1.7],
        "text-anchor": "top",
        "text-max-width": 24,
        "text-allow-overlap": true,
      },
      paint: { "text-color": token("alarm"), "text-halo-color": token("map-halo"), "text-halo-width": 2.5 },
    },
  ];
}

export function map_style(): StyleSpecification {
  const live = { type: "geojson" as const, data: EMPTY };
  return {
    version: 8,
    sources: {
      backdrop: { type: "geojson", data: "/api/v1/map/backdrop" },
      roads: { type: "geojson", data: "/api/v1/map/roads?class=main", tolerance: 0.3, maxzoom: 15 },
      streets: { type: "geojson", data: EMPTY, tolerance: 0.3, maxzoom: 15 },
      warnings: live,
      closures: live,
      bands: live,
      sites: live,
      places: live,
      sketch: live,
      people: live,
      incidents: live,
      alarms: live,
    },
    layers: [...base_layers(), ...band_layers(), ...warning_layers(), ...closure_layers(), ...sketch_layers(), ...site_layers(), ...place_layers(), ...live_layers(), ...alarm_layers()],
  };
}

// ---- marks ------------------------------------------------------------------------------

const SCALE = 2;
const SIZE = 24;

const TONES: Record<Tone, string> = { ok: "ok", wait: "wait", alarm: "alarm", accent: "accent", quiet: "ink-2" };

function draw_shape(c: CanvasRenderingContext2D, shape: Shape, hollow: boolean): void {
  const fill = !hollow && (shape === "dot" || shape === "triangle" || shape === "square");
  c.beginPath();
  switch (shape) {
    case "dot":
    case "ring":
      c.arc(12, 12, shape === "dot" ? 7 : 6, 0, 7);
      break;
    case "triangle":
    case "bang":
      c.moveTo(12, 3.5);
      c.lineTo(21, 19);
      c.lineTo(3, 19);
      c.closePath();
      break;
    case "square":
      c.rect(5, 5, 14, 14);
      break;
    case "diamond":
      c.moveTo(12, 4);
      c.lineTo(20, 12);
      c.lineTo(12, 20);
      c.lineTo(4, 12);
      c.closePath();
      break;
    case "cross":
      c.moveTo(7, 7);
      c.lineTo(17, 17);
      c.moveTo(17, 7);
      c.lineTo(7, 17);
      break;
    case "dash":
      c.moveTo(6, 12);
      c.lineTo(18, 12);
      break;
    case "check":
      c.moveTo(5, 12.5);
      c.lineTo(10, 17.5);
      c.lineTo(19, 6.5);
      break;
  }
  if (fill) c.fill();
  c.stroke();
  if (shape === "bang") {
    c.beginPath();
    c.moveTo(12, 9);
    c.lineTo(12, 14);
    c.moveTo(12, 16.3);
    c.lineTo(12, 16.8);
    c.stroke();
  }
}

function canvas(width_px: number, height_px: number): CanvasRenderingContext2D {
  const element = document.createElement("canvas");
  element.width = width_px * SCALE;
  element.height = height_px * SCALE;
  const c = element.getContext("2d", { willReadFrequently: true })!;
  c.scale(SCALE, SCALE);
  c.lineJoin = c.lineCap = "round";
  return c;
}

/** A cross: closed; a ring: slow. */
function road_image(shape: "cross" | "ring"): ImageData {
  const c = canvas(SIZE, SIZE);
  for (const [colour, wide] of [["map-halo", 7], ["ink", 3.2]] as const) {
    c.strokeStyle = token(colour);
    c.lineWidth = wide;
    draw_shape(c, shape, true);
  }
  return c.getImageData(0, 0, SIZE * SCALE, SIZE * SCALE);
}

function person_image(tone: Tone, shape: Shape, hollow = false): ImageData {
  const c = canvas(SIZE, SIZE);
  const colour = token(TONES[tone]);
  // A halo first, so that the mark stands out on roads and water alike.
  c.strokeStyle = c.fillStyle = token("map-halo");
  c.lineWidth = 6;
  draw_shape(c, shape, false);
  c.strokeStyle = c.fillStyle = colour;
  c.lineWidth = !hollow && (shape === "dot" || shape === "square" || shape === "triangle") ? 1 : 2.6;
  if (hollow) c.fillStyle = token("map-halo");
  draw_shape(c, shape, hollow);
  return c.getImageData(0, 0, SIZE * SCALE, SIZE * SCALE);
}

/** Calls for help: an octagon; out of contact: a circle. Filled, ringed, larger than any other mark. */
function alarm_image(sign: "SOS" | "?"): ImageData {
  const size = 44, half = size / 2;
  const c = canvas(size, size);
  const shape = (radius: number): void => {
    c.beginPath();
    if (sign === "?") c.arc(half, half, radius, 0, 7);
    else for (let i = 0; i < 8; i++) c.lineTo(half + radius * Math.cos((Math.PI * (2 * i + 1)) / 8), half + radius * Math.sin((Math.PI * (2 * i + 1)) / 8));
    c.closePath();
  };
  for (const [colour, radius] of [["alarm", 21], ["map-halo", 18.5], ["alarm", 16.5]] as const) {
    c.fillStyle = token(colour);
    shape(radius);
    c.fill();
  }
  c.fillStyle = token("alarm-ink");
  c.font = "bold " + (sign === "?" ? 22 : 13) + "px sans-serif";
  c.textAlign = "center";
  c.textBaseline = "middle";
  c.fillText(sign, half, half + 1);
  return c.getImageData(0, 0, size * SCALE, size * SCALE);
}

/** A square with a number in it. */
function number_image(n: number): ImageData {
  const c = canvas(SIZE, SIZE);
  c.strokeStyle = token("map-halo");
  c.lineWidth = 3;
  c.strokeRect(2, 2, 20, 20);
  c.fillStyle = token("accent");
  c.fillRect(2, 2, 20, 20);
  c.fillStyle = token("accent-ink");
  c.font = "bold 15px sans-serif";
  c.textAlign = "center";
  c.textBaseline = "middle";
  c.fillText(String(n), 12, 12.5);
  return c.getImageData(0, 0, SIZE * SCALE, SIZE * SCALE);
}

/** MARK: what it waits for, in place of the dot. */
function incident_image(colour: string, inner: string, hatched: boolean, mark = ""): ImageData {
  const c = canvas(36, 44);
  c.beginPath();
  c.arc(18, 17, 14, Math.PI * 0.83, Math.PI * 2.17);
  c.lineTo(18, 42);
  c.closePath();
  c.fillStyle = colour;
  c.fill();
  c.lineWidth = 2;
  c.strokeStyle = inner;
  c.stroke();
  if (hatched) {
    c.save();
    c.clip();
    c.lineWidth = 3;
    c.strokeStyle = token("hatch");
    for (let x = -44; x < 44; x += 9) {
      c.beginPath();
      c.moveTo(x, 44);
      c.lineTo(x + 44, 0);
      c.stroke();
    }
    c.restore();
  }
  c.fillStyle = inner;
  if (mark) {
    c.font = "700 20px system-ui, sans-serif";
    c.textAlign = "center";
    c.fillText(mark, 18, 24);
  } else {
    c.beginPath();
    c.arc(18, 17, 5, 0, 7);
    c.fill();
  }
  return c.getImageData(0, 0, 36 * SCALE, 44 * SCALE);
}

/** Every image the live layers name, by name. */
export function map_images(): Map<string, ImageData> {
  const images = new Map<string, ImageData>();
  for (const [state, [tone, shape]] of Object.entries(MARKS)) images.set("p-" + state, person_image(tone, shape));
  images.set("a-sos", alarm_image("SOS"));
  images.set("a-lost_contact", alarm_image("?"));
  images.set("p-en_route_estimated", person_image("accent", "triangle", true));
  images.set("p-wave_1", person_image("accent", "dot"));
  images.set("p-wave_2", person_image("accent", "ring"));
  images.set("p-wave_3", person_image("quiet", "ring"));
  images.set("i-current", incident_image(token("ink"), token("paper"), false));
  for (const [waits, tone, mark] of [["other", "ink-2", ""], ["reported", "wait", "?"], ["missing", "wait", "+"], ["sos", "alarm", "!"]] as const) {
    images.set("i-" + waits, incident_image(token(tone), token("paper"), false, mark));
    images.set("i-" + waits + "-exercise", incident_image(token(tone), token("paper"), true, mark));
  }
  for (const mark of ["covered", "uncovered"] satisfies MapPlace["mark"][]) images.set("v-" + mark, person_image(...mark_of("coverage", mark)));
  for (let n = 1; n <= PROPOSED_MAX; n++) images.set("v-proposed" + n, number_image(n));
  images.set("x-closed", road_image("cross"));
  images.set("x-slow", road_image("ring"));
  images.set("x-site", person_image("accent", "diamond"));
  images.set("i-pick", incident_image(token("accent"), token("accent-ink"), false));
  return images;
}
export const IMAGE_SCALE = SCALE;
