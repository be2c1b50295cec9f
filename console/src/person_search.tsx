// SPDX-License-Identifier: Apache-2.0
// Somebody among the people this account may see, by number or name.
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { find_some } from "./api";
import { useAction } from "./hooks";
import { t } from "./i18n";
import { Looking, Trouble, submit } from "./parts";
import type { Person } from "./types";

const FOUND_MAX = 20;

export function name_of(one: { number: string; name?: string; retired?: boolean }): string {
  return (one.name ? one.name + " · " + one.number : one.number) + (one.retired ? t("saved.retired") : "");
}

interface PersonSearch {
  form: JSX.Element;
  found: Person[]; // of what was looked for last, until something else is typed
  clear: () => void;
}
/** LABEL: of the field. */
export function usePersonSearch(label: string): PersonSearch {
  const action = useAction();
  const [text, set_text] = useState("");
  const [found, set_found] = useState<Person[] | null>(null);
  const stop = useRef<AbortController | null>(null);
  useEffect(() => () => stop.current?.abort(), []);
  const change = (next: string): void => {
    stop.current?.abort();
    set_text(next);
    set_found(null);
  };
  const find = (): void =>
    action.run(async () => {
      const { signal } = (stop.current = new AbortController());
      await find_some<Person>("people/searches?limit=" + FOUND_MAX, { q: text.trim() }, FOUND_MAX, ({ items }) => set_found(items), signal).catch((error) => {
        if (!signal.aborted) throw error;
      });
    });
  const form = (
    <form class="person-search" onSubmit={submit(find)}>
      <div class="row fields">
        <label class="field grow">
          <span>{label}</span>
          <input name="who" type="search" value={text} onInput={(e) => change(e.currentTarget.value)} />
        </label>
        <button disabled={action.busy || !text.trim()}>{t("search.find")}</button>
      </div>
      <Trouble problem={action.problem} />
      {action.busy && <Looking n={found?.length ?? 0} />}
      {found && !found.length && !action.busy && <p class="small">{t("search.nobody")}</p>}
    </form>
  );
  return { form, found: found ?? [], clear: () => change("") };
}
