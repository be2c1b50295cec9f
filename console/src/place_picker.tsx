// SPDX-License-Identifier: Apache-2.0
// A place by its name or its coordinates, for whoever does not click on the map.
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";

import { useApp } from "./app";
import { t } from "./i18n";
import { named_of, NameField } from "./name_field";
import type { Point } from "./types";

function coordinates_of(text: string): Point | undefined {
  const numbers = /^\s*(-?\d+(?:\.\d+)?)\s*[,，\s]\s*(-?\d+(?:\.\d+)?)\s*$/.exec(text);
  return numbers ? { lat: Number(numbers[1]), lon: Number(numbers[2]) } : undefined;
}

/** Areas and sites by name; coordinates when the field is left or Enter pressed: "30.70, 1" is a place, too. */
export function PlacePicker(props: { label?: string; onPick: (at: Point) => void }): JSX.Element {
  const app = useApp();
  const places = useMemo(() => named_of(app, app.areas.filter((area) => area.at), app.sites), [app.areas, app.sites]);
  const example = useMemo(() => {
    const towns = new Set(app.areas.filter((area) => area.level === "town").map((area) => area.code));
    return places.find((one) => one.own && towns.has(one.code)) ?? places.find((one) => one.code !== app.instance.root_area);
  }, [places]);
  const hint = example && t("report.place.hint", { name: example.name, at: example.at!.lat.toFixed(2) + ", " + example.at!.lon.toFixed(2) });
  const by_numbers = (text: string): boolean => {
    const at = coordinates_of(text);
    if (at) props.onPick(at);
    return !!at;
  };
  return <NameField label={props.label ?? t("report.place")} hint={hint} all={places} none={(name) => t("place.none", { name })} onTake={(one) => props.onPick(one.at!)} otherwise={by_numbers} />;
}
