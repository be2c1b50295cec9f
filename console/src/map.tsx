// SPDX-License-Identifier: Apache-2.0
// The map of the frame: MapLibre on the server's own data. If the machine cannot draw it
// (no WebGL), the console goes on without: everything on it is also in a table.
import { GeoJSONSource, LngLatBounds, Map as MapLibre, NavigationControl, ScaleControl, setWorkerUrl, type MapMouseEvent } from "maplibre-gl";
import type { Feature, FeatureCollection } from "geojson";
import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";

import { useApp } from "./app";
import { own_points } from "./areas";
import { is_still } from "./hooks";
import { t } from "./i18n";
import { current_underlay, watch_map, watch_underlays, type MapModel, type MapPerson } from "./map_model";
import { IMAGE_SCALE, map_images, map_style, STREETS_ZOOM } from "./map_style";
import type { Instance, Point } from "./types";

setWorkerUrl("/assets/map-worker.mjs");

const STRONG = new Set(["accepted", "assigned", "en_route", "on_scene", "working"]);

function people_data(model: MapModel): FeatureCollection {
  return {
    type: "FeatureCollection",
    features: model.people.filter((person) => !person.alarm).map((person) => ({
      type: "Feature",
      geometry: { type: "Point", coordinates: [person.at.lon, person.at.lat] },
      properties: {
        key: person.key,
        icon: "p-" + person.state + (person.estimated ? "_estimated" : ""),
        label: person.label,
        strong: STRONG.has(person.state),
      },
    })),
  };
}

function is_in_view(model: MapModel, key: string): boolean {
  return model.people.some((person) => person.key === key);
}

/** Who needs a hand now: those at one place under one mark, with a line for each. */
function alarms_data(model: MapModel): FeatureCollection {
  const places = new Map<string, MapPerson[]>();
  for (const person of [...model.people, ...model.in_need.filter(({ key }) => !is_in_view(model, key))]) {
    const place = person.at.lon.toFixed(5) + " " + person.at.lat.toFixed(5);
    if (person.alarm) places.set(place, [...(places.get(place) ?? []), person]);
  }
  return {
    type: "FeatureCollection",
    features: [...places.values()].map((people) => ({
      type: "Feature",
      geometry: { type: "Point", coordinates: [people[0]!.at.lon, people[0]!.at.lat] },
      properties: {
        key: people[0]!.key,
        icon: "a-" + (people.some((person) => person.alarm?.code === "sos") ? "sos" : "lost_contact"),
        label: people.map((person) => person.label + " · " + person.alarm?.word + "\n" + person.known).join("\n"),
      },
    })),
  };
}

/** On the map a name is to be known again by: it is cut, and a word of any length is broken. */
const LABEL_MAX = 40, WORD_MAX = 16;
function short_label(text: string): string {
  const letters = Array.from(text);
  const cut = letters.length > LABEL_MAX ? letters.slice(0, LABEL_MAX - 1).join("") + "…" : text;
  return cut.replace(new RegExp("\\S{" + WORD_MAX + "}(?=\\S)", "gu"), "$&\u200b");
}
function incidents_data(model: MapModel): FeatureCollection {
  const features: Feature[] = model.incidents.map((incident) => ({
    type: "Feature",
    geometry: { type: "Point", coordinates: [incident.at.lon, incident.at.lat] },
    properties: {
      id: incident.id,
      icon: incident.current && !incident.exercise ? "i-current" : "i-" + (incident.waits ?? "other") + (incident.exercise ? "-exercise" : ""),
      above: incident.waits === "sos" ? 2 : incident.waits ? 1 : 0,
      label: short_label(incident.label),
    },
  }));
  if (model.pick)
    features.push({
      type: "Feature",
      geometry: { type: "Point", coordinates: [model.pick.lon, model.pick.lat] },
      properties: { id: 0, icon: "i-pick", label: "" },
    });
  return { type: "FeatureCollection", features };
}

function sites_data(model: MapModel): FeatureCollection {
  return {
    type: "FeatureCollection",
    features: model.sites.map((site) => ({
      type: "Feature",
      geometry: { type: "Point", coordinates: [site.at.lon, site.at.lat] },
      properties: { label: site.label },
    })),
  };
}

function places_data(model: MapModel): FeatureCollection {
  return {
    type: "FeatureCollection",
    features: model.places.map((place) => ({
      type: "Feature",
      geometry: { type: "Point", coordinates: [place.at.lon, place.at.lat] },
      properties: { mark: place.mark, icon: "v-" + place.mark + (place.n ?? ""), label: place.label },
    })),
  };
}

/** The corners drawn so far, the line between them, and the area once there are three. */
function sketch_data(corners: Point[]): FeatureCollection {
  const places = corners.map((corner) => [corner.lon, corner.lat]);
  const features: Feature[] = places.map((coordinates) => ({ type: "Feature", geometry: { type: "Point", coordinates }, properties: {} }));
  if (places.length > 2) features.push({ type: "Feature", geometry: { type: "Polygon", coordinates: [[...places, places[0]!]] }, properties: {} });
  else if (places.length === 2) features.push({ type: "Feature", geometry: { type: "LineString", coordinates: places }, properties: {} });
  return { type: "FeatureCollection", features };
}

const NOTHING: FeatureCollection = { type: "FeatureCollection", features: [] };
const NOTHING_TEXT = JSON.stringify(NOTHING);

function band_points(bands: FeatureCollection): Point[] {
  const points: Point[] = [];
  for (const feature of bands.features)
    if (feature.geometry.type === "MultiPolygon")
      for (const part of feature.geometry.coordinates) for (const [lon, lat] of part[0] ?? []) points.push({ lat: lat!, lon: lon! });
  return points;
}

type Bounds = [[number, number], [number, number]];
const AREA_ZOOM = 13; // no nearer than this without people

function bounds_of(points: Point[]): Bounds | null {
  if (!points.length) return null;
  const low: [number, number] = [180, 90], high: [number, number] = [-180, -90];
  for (const { lat, lon } of points) {
    low[0] = Math.min(low[0], lon);
    low[1] = Math.min(low[1], lat);
    high[0] = Math.max(high[0], lon);
    high[1] = Math.max(high[1], lat);
  }
  return [low, high];
}

/** All that the camera goes to. */
function points_of(model: MapModel): Point[] {
  if (model.places.length) return model.places.map((place) => place.at);
  const current = model.incidents.filter((incident) => incident.current);
  return [...current.map((i) => i.at), ...model.people.map((p) => p.at), ...model.sites.map((s) => s.at), ...(model.bands ? band_points(model.bands) : [])];
}

function fit(map: MapLibre, model: MapModel): void {
  const box = bounds_of(points_of(model));
  if (!box) return;
  map.fitBounds(box, { padding: 56, maxZoom: model.people.length ? 14.5 : AREA_ZOOM, duration: is_still() ? 0 : 300 });
}

const STREETS_AROUND = 0.4; // degrees
/** What is in view, and as far again on each side, in tenths of a degree: the whole of a county, a small part of a province. */
function streets_box(view: LngLatBounds): LngLatBounds {
  const { lng: west, lat: south } = view.getSouthWest(), { lng: east, lat: north } = view.getNorthEast();
  const wide = Math.max(STREETS_AROUND, east - west), high = Math.max(STREETS_AROUND, north - south);
  const low = (degrees: number) => Math.floor(degrees * 10) / 10, up = (degrees: number) => Math.ceil(degrees * 10) / 10;
  return new LngLatBounds([Math.max(-180, low(west - wide)), Math.max(-90, low(south - high))], [Math.min(180, up(east + wide)), Math.min(90, up(north + high))]);
}

const MANY = 500; // marks: drawn anew they hold up every key, for a second where there is no graphics card
const MANY_MS = 5000;

/** Adds the images of the theme and keeps sources in step with the model. */
class Drawing {
  private model: MapModel | null = null;
  private streets: LngLatBounds | null = null; // of the minor roads that were asked for
  private fitted = "";
  private ready = false;
  private people_at = 0; // when they were drawn last
  private later = 0; // the timer of when they are drawn next
  private readonly shown = new Map<string, string>(); // by source: its data

  constructor(private readonly map: MapLibre) {
    map.on("style.load", () => {
      for (const [name, image] of map_images()) if (!map.hasImage(name)) map.addImage(name, image, { pixelRatio: IMAGE_SCALE });
      this.ready = true;
      this.draw();
      this.draw_streets();
    });
    map.on("moveend", () => this.draw_streets());
    map.on("click", (event: MapMouseEvent) => this.clicked(event));
    map.on("mousemove", (event: MapMouseEvent) => {
      if (this.ready) map.getCanvas().style.cursor = this.hit(event) ? "pointer" : this.model?.onPick ? "crosshair" : "";
    });
  }

  show(model: MapModel): void {
    this.model = model;
    this.draw();
  }

  restyle(): void {
    this.ready = false;
    this.shown.clear();
    this.people_at = 0;
    this.streets = null;
    this.map.setStyle(map_style(), { diff: false });
  }

  private hit(event: MapMouseEvent): { layer: string; key: string; id: number } | null {
    const { x, y } = event.point;
    const found = this.map.queryRenderedFeatures([[x - 8, y - 8], [x + 8, y + 8]], { layers: ["alarms", "incidents", "people"] })[0];
    if (!found) return null;
    return { layer: found.layer.id, key: String(found.properties["key"]), id: Number(found.properties["id"]) };
  }

  private clicked(event: MapMouseEvent): void {
    const model = this.model;
    if (!model || !this.ready) return;
    const hit = this.hit(event);
    if (hit?.layer === "alarms" && model.onInNeed && !is_in_view(model, hit.key)) return model.onInNeed(hit.key);
    if ((hit?.layer === "people" || hit?.layer === "alarms") && model.onPerson) return model.onPerson(hit.key);
    if (hit?.layer === "incidents" && hit.id && model.onIncident) return model.onIncident(hit.id);
    model.onPick?.({ lat: event.lngLat.lat, lon: event.lngLat.lng });
  }

  /** A source that is given the same again would be drawn again: slow without a graphics card. */
  private put(source: string, data: FeatureCollection): boolean {
    const text = JSON.stringify(data);
    if (text === (this.shown.get(source) ?? NOTHING_TEXT)) return false;
    this.shown.set(source, text);
    this.map.getSource<GeoJSONSource>(source)?.setData(data);
    return true;
  }

  /** Of one view that goes on; another one is drawn at once, and so is who needs a hand. */
  private put_people(model: MapModel): void {
    const wait_ms = model.people.length > MANY && model.fit === this.fitted ? this.people_at + MANY_MS - Date.now() : 0;
    window.clearTimeout(this.later);
    if (wait_ms > 0) this.later = window.setTimeout(() => this.draw(), wait_ms);
    else if (this.put("people", people_data(model))) this.people_at = Date.now();
  }

  /** From afar no minor road is drawn, and none is asked for. */
  private draw_streets(): void {
    const view = this.map.getBounds();
    if (!this.ready || this.map.getZoom() < STREETS_ZOOM) return;
    if (this.streets?.contains(view.getSouthWest()) && this.streets.contains(view.getNorthEast())) return;
    this.streets = streets_box(view);
    this.map.getSource<GeoJSONSource>("streets")?.setData("/api/v1/map/roads?class=minor&box=" + this.streets.toArray().flat().map((degrees) => degrees.toFixed(1)).join(","));
  }

  draw_underlays(): void {
    if (!this.ready) return;
    this.put("warnings", current_underlay("warnings"));
    this.put("closures", current_underlay("closures"));
  }

  private draw(): void {
    this.draw_underlays();
    if (!this.ready || !this.model) return;
    this.put_people(this.model);
    this.put("alarms", alarms_data(this.model));
    this.put("incidents", incidents_data(this.model));
    this.put("bands", this.model.bands ?? NOTHING);
    this.put("sites", sites_data(this.model));
    this.put("places", places_data(this.model));
    this.put("sketch", sketch_data(this.model.sketch));
    if (this.model.fit && this.model.fit !== this.fitted) fit(this.map, this.model);
    this.fitted = this.model.fit;
  }
}

/** Without roads there is nothing to draw, and nobody can be sent: what to do first. */
export function MapView(props: { instance: Instance; language: string }): JSX.Element {
  const app = useApp();
  const own = useMemo(() => bounds_of(own_points(app)), [app]);
  const { box } = props.instance;
  if (box) return <Drawn box={box} own={own} synthetic={props.instance.synthetic} />;
  return (
    <div class="map" role="region" aria-label={t("map.title")}>
      <div class="map-broken no-roads"><div><p>{t("map.no_roads")}</p><code>muster import roads FILE.osm.pbf --dir DIR</code></div></div>
    </div>
  );
}

/** It opens on the account's own areas: on the box where there are none. */
function Drawn(props: { box: NonNullable<Instance["box"]>; own: Bounds | null; synthetic: boolean }): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  const [broken, set_broken] = useState(false);
  const [drawn, set_drawn] = useState(false);
  const { box, own } = props;
  useEffect(() => {
    let map: MapLibre;
    try {
      map = new MapLibre({
        container: place.current!,
        style: map_style(),
        bounds: own ?? [[box[0], box[1]], [box[2], box[3]]],
        fitBoundsOptions: own ? { padding: 56, maxZoom: AREA_ZOOM } : { padding: 16 },
        attributionControl: false,
        fadeDuration: 0, // else what changes is drawn anew for a third of a second
        dragRotate: false,
        pitchWithRotate: false,
        localIdeographFontFamily: FONT,
        locale: { "NavigationControl.ZoomIn": t("map.in"), "NavigationControl.ZoomOut": t("map.out"), "Map.Title": t("map.title") },
      });
    } catch {
      set_broken(true);
      return;
    }
    map.once("idle", () => set_drawn(true));
    map.touchZoomRotate.disableRotation();
    map.addControl(new NavigationControl({ showCompass: false }), "top-right");
    map.addControl(new ScaleControl({ maxWidth: 120 }), "bottom-left");
    const drawing = new Drawing(map);
    const unwatch = watch_map((model) => drawing.show(model));
    const unwatch_underlays = watch_underlays(() => drawing.draw_underlays());
    const theme = window.matchMedia("(prefers-color-scheme: dark)");
    const retheme = () => drawing.restyle();
    theme.addEventListener("change", retheme);
    (window as unknown as { muster_map?: MapLibre }).muster_map = map;
    return () => {
      theme.removeEventListener("change", retheme);
      unwatch();
      unwatch_underlays();
      map.remove();
    };
  }, [box.join(",")]);
  return (
    <div class="map">
      <div class="map-canvas" ref={place} />
      {broken && <p class="map-broken">{t("map.broken")}</p>}
      {!broken && !drawn && <p class="map-loading" role="status">{t("map.loading")}</p>}
      <p class="map-source">{t(props.synthetic ? "map.synthetic" : "map.osm")}</p>
    </div>
  );
}
const FONT = '"PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif';
