// SPDX-License-Identifier: Apache-2.0
// A place by its name or its coordinates, for whoever does not click on the map.
import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";

import { useApp, type App } from "./app";
import { name_above } from "./areas";
import { current_language, t } from "./i18n";
import type { Point } from "./types";

interface Place {
  key: string;
  name: string;
  at: Point;
}
const OFFERED_ALL = 1000; // no more places than that: the list that opens has all,
const OFFERED = 50; // else so many that hold what was typed
const TOLD = 6;
let lists = 0; // of all pickers so far: each has a list of its own

function coordinates_of(text: string): Point | undefined {
  const numbers = /^\s*(-?\d+(?:\.\d+)?)\s*[,，\s]\s*(-?\d+(?:\.\d+)?)\s*$/.exec(text);
  return numbers ? { lat: Number(numbers[1]), lon: Number(numbers[2]) } : undefined;
}

/** Areas and sites; a name that stands more than once is told apart by what it lies in. */
function places_of(app: App): Place[] {
  const times = new Map<string, number>();
  [...app.areas, ...app.sites].forEach(({ name }) => times.set(name, (times.get(name) ?? 0) + 1));
  const told = (name: string, within: string) => ((times.get(name) ?? 0) > 1 ? name + " · " + within : name);
  return [
    ...app.areas.filter((area) => area.at).map((area) => ({ key: "a" + area.code, name: told(area.name, name_above(app, area.code)), at: area.at! })),
    ...app.sites.map((site) => ({ key: "s" + site.code, name: told(site.name, site.code), at: site.at })),
  ];
}

/** A name is taken once it is whole, coordinates when the field is left or Enter pressed:
 * "30.70, 1" is a place, too. */
export function PlacePicker(props: { label?: string; onPick: (at: Point) => void }): JSX.Element {
  const app = useApp();
  const places = useMemo(() => places_of(app), [app.areas, app.sites]);
  const [list] = useState(() => "places-" + ++lists);
  const [text, set_text] = useState("");
  const [said, say] = useState("");
  const named = (value: string) => places.filter((one) => one.name === value);
  const holding = (value: string) => {
    const part = value.trim().toLowerCase();
    return part ? places.filter((one) => one.name.toLowerCase().includes(part)) : [];
  };
  const take = (value: string) => {
    set_text(value);
    say("");
    const found = named(value);
    if (found.length === 1) props.onPick(found[0]!.at);
  };
  /** What was typed is whole: coordinates, a name, a part of one name alone. */
  const search = (value: string) => {
    const at = coordinates_of(value);
    if (at) return props.onPick(at);
    if (!value.trim() || named(value).length === 1) return;
    const found = holding(value);
    if (found.length === 1) take(found[0]!.name);
    else if (!found.length) say(t("place.none", { name: value.trim() }));
    else say(t("place.several", { names: found.slice(0, TOLD).map((one) => one.name).join(current_language() === "zh" ? "、" : ", ") }));
  };
  const enter = (event: JSX.TargetedKeyboardEvent<HTMLInputElement>) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    search(event.currentTarget.value);
  };
  const example = places.find((one) => one.key !== "a" + app.instance.root_area);
  const offered = places.length > OFFERED_ALL ? holding(text).slice(0, OFFERED) : places;
  return (
    <label class="field">
      <span>{props.label ?? t("report.place")}</span>
      <input list={list} value={text} placeholder={example && t("report.place.hint", { name: example.name, at: example.at.lat.toFixed(2) + ", " + example.at.lon.toFixed(2) })} onInput={(e) => take(e.currentTarget.value)} onChange={(e) => search(e.currentTarget.value)} onKeyDown={enter} />
      <datalist id={list}>
        {offered.map((place) => (
          <option key={place.key} value={place.name} />
        ))}
      </datalist>
      <small role="status">{said}</small>
    </label>
  );
}
