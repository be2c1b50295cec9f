// SPDX-License-Identifier: Apache-2.0
// One of very many by its name, a part of it or its code: a field whose list shows what holds
// what was typed.
import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";

import type { App } from "./app";
import { EVERY_ROLE, area_choices, names_above } from "./areas";
import { has_words, words_of } from "./find";
import { current_language, t } from "./i18n";
import type { Area, Point } from "./types";

/** A place with a name. */
export interface Named {
  code: string; // of the area or the site
  name: string;
  label: string; // the name, told apart from others
  own: boolean; // where the account acts
  at?: Point | undefined;
}
const OFFERED_ALL = 1000; // no more than that: the list that opens has all,
const OFFERED = 50; // else so many that hold what was typed
const TOLD = 6;
let lists = 0; // of all fields so far: each has a list of its own

/** A name that stands more than once is told apart by what it lies in, and if that is the same, by its code. */
function tell_apart(found: (Named & { above: () => string[] })[]): Named[] {
  const count = (of: (one: Named) => string) => {
    const times = new Map<string, number>();
    for (const one of found) times.set(of(one), (times.get(of(one)) ?? 0) + 1);
    return (one: Named) => (times.get(of(one)) ?? 0) > 1;
  };
  const is_shared = count((one) => one.name);
  for (const one of found) if (is_shared(one)) one.label = [one.name, ...one.above()].join(" · ");
  const same = found.filter(count((one) => one.label));
  for (const one of same) one.label += " · " + one.code;
  return found;
}
/** AREAS, and the sites if there are places to choose. */
export function named_of(app: App, areas: Area[], sites: App["sites"] = []): Named[] {
  const own = new Set(area_choices(app, EVERY_ROLE).map((one) => one.area.code));
  return tell_apart([
    ...areas.map(({ code, name, at }) => ({ code, name, label: name, own: own.has(code), at, above: () => names_above(app, code) })),
    ...sites.map(({ code, name, at }) => ({ code, name, label: name, own: false, at, above: () => [] })),
  ]);
}

/** Those that hold every word of TEXT, or whose code begins so: whole names first, and among them the account's own. */
function holding(all: Named[], text: string): Named[] {
  const words = words_of(text), whole = words.join(" ");
  if (!words.length) return [];
  const holds = ({ label, code }: Named) => code.toLowerCase().startsWith(whole) || has_words(label, words);
  const rank = ({ name, own }: Named) => (name.toLowerCase() === words[0] ? 0 : name.toLowerCase().startsWith(words[0]!) ? 2 : 4) + (own ? 0 : 1);
  return all.filter(holds).sort((one, other) => rank(one) - rank(other));
}
/** The one that TEXT means, if it means one: by its label or code, the only one of that name where the account acts, the only one that holds it. */
function meant(all: Named[], text: string): Named | undefined {
  const part = text.trim(), sole = (found: Named[]) => (found.length === 1 ? found[0] : undefined);
  return sole(all.filter((one) => one.label === part || one.code === part)) ?? sole(all.filter((one) => one.own && one.name === part)) ?? sole(holding(all, part));
}

/** OTHERWISE takes what is no name, true if it can; what is taken stands elsewhere if that EMPTIES the field. What is whole is taken as it is typed, anything else when the field is left or Enter pressed. */
export function NameField(props: { label: string; hint?: string; all: Named[]; none: (name: string) => string; onTake: (one: Named) => void; otherwise?: (text: string) => boolean; empties?: boolean }): JSX.Element {
  const { all } = props;
  const [list] = useState(() => "places-" + ++lists);
  const [text, set_text] = useState("");
  const [said, say] = useState("");
  const offered = useMemo(() => (all.length > OFFERED_ALL ? holding(all, text).slice(0, OFFERED) : all), [all, text]);
  const take = (one: Named) => {
    set_text(props.empties ? "" : one.label);
    say("");
    props.onTake(one);
  };
  const type = (value: string) => {
    set_text(value);
    say("");
    const found = all.filter((one) => one.label === value);
    if (found.length === 1) take(found[0]!);
  };
  const search = (value: string) => {
    if (props.otherwise?.(value) || !value.trim() || all.some((one) => one.label === value)) return;
    const one = meant(all, value), found = one ? [] : holding(all, value);
    if (one) take(one);
    else if (!found.length) say(props.none(value.trim()));
    else say(t("place.several", { names: found.slice(0, TOLD).map((other) => other.label).join(current_language() === "zh" ? "、" : ", ") }));
  };
  const enter = (event: JSX.TargetedKeyboardEvent<HTMLInputElement>) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    search(event.currentTarget.value);
  };
  const is_code = /^\d+$/.test(text.trim());
  return (
    <label class="field">
      <span>{props.label}</span>
      <input list={list} value={text} placeholder={props.hint} onInput={(e) => type(e.currentTarget.value)} onChange={(e) => search(e.currentTarget.value)} onKeyDown={enter} />
      <datalist id={list}>
        {offered.map((one) => (
          <option key={one.code} value={one.label} label={is_code ? one.code : undefined} />
        ))}
      </datalist>
      <small role="status">{said}</small>
    </label>
  );
}
