// SPDX-License-Identifier: Apache-2.0
// One of the areas that an account may choose: a list that opens, what lies below indented. Of
// very many first the level above, then in a list of its own what lies within; or by name.
import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";

import { useApp } from "./app";
import { area_name, area_path, type Choice } from "./areas";
import { focus_on } from "./hooks";
import { t } from "./i18n";
import { named_of, NameField } from "./name_field";
import type { Area } from "./types";

const MANY = 300; // more than one list shows

/** Those of ROWS that lie in no other of them, each with what lies within it. */
function outermost(rows: Choice[]): [Choice, Choice[]][] {
  const found: [Choice, Choice[]][] = [];
  for (const one of rows) {
    const last = found[found.length - 1];
    if (last && one.depth > last[0].depth) last[1].push(one);
    else found.push([one, []]);
  }
  return found;
}

interface List {
  head?: Choice; // in which the rows lie; none of the first list
  rows: Choice[];
  value: string;
}
/** The lists on the way to the last area of PATH: the last one shows all that lies within, one before it only what lies directly below. */
function lists_of(choices: Choice[], path: Set<Area>): List[] {
  const lists: List[] = [];
  for (let head: Choice | undefined, within = choices; !lists.length || within.length; ) {
    const is_last = within.length <= MANY, shown: Choice[] = [];
    let parts = outermost(within);
    if (is_last) shown.push(...within);
    else {
      for (; parts.length === 1; parts = outermost(parts[0]![1])) shown.push(parts[0]![0]); // a root above one city alone
      shown.push(...parts.map(([one]) => one));
    }
    const below = new Map(is_last ? [] : parts), rows = shown.filter((one) => !one.not || below.get(one)?.length);
    const chosen = rows.filter((one) => path.has(one.area)).pop();
    lists.push({ head, rows, value: chosen?.area.code ?? head?.area.code ?? "" });
    [head, within] = [chosen, (chosen && below.get(chosen)) ?? []];
  }
  return lists;
}

/** NONE: what it means that none is chosen, if that can be. What may not be chosen counts as none. */
export function AreaPicker(props: { label: string; name?: string; choices: Choice[]; value: string; none?: string; focus?: boolean; onChange: (code: string) => void }): JSX.Element {
  const app = useApp();
  const { choices, none } = props;
  const [where, set_where] = useState(""); // on the way to a choice
  const at = props.value || where;
  const lists = useMemo(() => lists_of(choices, new Set(area_path(app, at))), [choices, app, at]);
  const is_elsewhere = useMemo(() => at !== "" && !choices.some((one) => one.area.code === at), [choices, at]);
  const choose = (code: string): void => {
    set_where(code);
    props.onChange(choices.some((one) => one.area.code === code && !one.not) ? code : "");
  };
  const named = useMemo(() => (choices.length > MANY ? named_of(app, choices.filter((one) => !one.not).map((one) => one.area)) : []), [choices, app]);
  return (
    <>
      {named.length > 0 && <NameField label={t("area.find")} all={named} empties none={(name) => t("area.none", { name })} onTake={(one) => choose(one.code)} />}
      {lists.map(({ head, rows, value }, i) => (
        <label key={head?.area.code ?? ""} class={head ? "field grow area-below" : "field grow"}>
          <span>{head ? t("area.within", { area: head.area.name }) : props.label}</span>
          <select name={props.name} ref={props.focus && !i ? focus_on : undefined} value={value || at} onChange={(e) => choose(e.currentTarget.value)}>
            {!i && none !== undefined && <option value="">{none}</option>}
            {!i && is_elsewhere && <option value={at}>{area_name(app, at)}</option>}
            {head && <option value={head.area.code} disabled={head.not}>{head.not ? t("area.choose") : t("area.all_of", { area: head.area.name })}</option>}
            {rows.map(({ area, depth }) => <option key={area.code} value={area.code}>{"\u3000".repeat(depth - (head ? head.depth + 1 : 0)) + area.name}</option>)}
          </select>
        </label>
      ))}
    </>
  );
}
