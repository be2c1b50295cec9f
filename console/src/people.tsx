// SPDX-License-Identifier: Apache-2.0
// People: search by number, name or telephone, by area; names only where the role allows.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import { find_some, type Found, type Problem } from "./api";
import { ApplicantsLine } from "./applicants";
import { can, may_dispatch, may_import_people, skill_name, skills_text, useApp, type App } from "./app";
import { AreaPicker } from "./area_picker";
import { area_choices, area_label, area_path, SEES_PEOPLE, top_choice, without_villages, type Choice } from "./areas";
import { PeopleTabs } from "./courses";
import { problem_from, useHeardAgain } from "./hooks";
import { hours_text } from "./week_hours";
import { day_text, t, told, word } from "./i18n";
import { ImportForm } from "./import_form";
import { Empty, Looking, Skeleton, Trouble } from "./parts";
import { DaysPicker, lapses_of, LAPSES_DAYS, OrganisationPicker, Renew, SaveList } from "./people_lists";
import { useTitle } from "./title";
import type { Person } from "./types";

function status_text(person: Person): string {
  if (person.suspended) return t("people.suspended");
  if (person.paused_until) return t("people.paused", { until: day_text(person.paused_until) });
  if (person.duty === false) return t("people.off_duty");
  if (typeof person.duty === "string" && person.duty) return t("people.duty", { hours: hours_text(person.duty) });
  return t("people.available");
}

const SHOWN = 100;

/** What is the matter with the certificates: who lacks one is not called for that skill. */
function certificate_texts(app: App, person: Person, days: number): string[] {
  return lapses_of(app, person, days).map(({ code, until, counts }) => t(!until ? "people.certificate_missing" : counts ? "people.certificate_ends" : "people.certificate_ended", { skill: skill_name(app, code), until }));
}

/** Exercises are told apart, and only where there were some. */
function history_text(history: NonNullable<Person["history"]>): JSX.Element {
  return (
    <>
      {told(history.sentence)}
      {history.exercise.asked > 0 && <div>{told(history.exercise_sentence)}</div>}
    </>
  );
}

const NOBODY: Found<Person> = { items: [], more: false };
interface People {
  items: Person[];
  looking: boolean;
  more: boolean;
  problem: Problem | null;
  reload: () => void;
}
/** Up to SHOWN of a list; what is found stands there while the server looks on. */
function usePeople(path: string, body?: { q: string; area?: string }): People {
  const [found, set_found] = useState(NOBODY);
  const [looking, set_looking] = useState(true);
  const [problem, set_problem] = useState<Problem | null>(null);
  const [again, set_again] = useState(0);
  useEffect(() => {
    const stop = new AbortController();
    set_found(NOBODY);
    set_looking(true);
    set_problem(null);
    find_some<Person>(path, body, SHOWN, set_found, stop.signal)
      .catch((error) => stop.signal.aborted || set_problem(problem_from(error)))
      .finally(() => stop.signal.aborted || set_looking(false));
    return () => stop.abort();
  }, [path, JSON.stringify(body), again]);
  const reload = () => set_again((old) => old + 1);
  useHeardAgain(problem, reload);
  return { items: found.items, looking, more: !looking && found.more, problem, reload };
}

/** What was looked for, for who comes back from a person. */
let looked_for = { text: "", area: "", lapsing: false, days: LAPSES_DAYS, organisation: "", left: false };

/** A town, or what lies above it; of a town also one of its villages. AREA "": all. */
function WhosePeople(props: { areas: Choice[]; area: string; choose: (code: string) => void }): JSX.Element {
  const app = useApp();
  const { areas, area, choose } = props;
  const top = top_choice(areas);
  const on_way = area_path(app, area).filter((one) => areas.some((choice) => choice.area === one)).pop();
  const villages = ((on_way && app.tree.below.get(on_way.code)) ?? []).filter((one) => one.level === "village" && !areas.some((choice) => choice.area === one));
  return (
    <>
      <AreaPicker label={t("people.area")} choices={areas} value={on_way?.code || top} none={top ? undefined : t("people.everywhere")} onChange={(code) => choose(code === top ? "" : code)} />
      {on_way && villages.length > 0 && (
        <AreaPicker label={t("area.within", { area: on_way.name })} choices={villages.map((one) => ({ area: one, depth: 0 }))} value={area === on_way.code ? "" : area} none={t("area.all_of", { area: on_way.name })} onChange={(code) => choose(code || on_way.code)} />
      )}
    </>
  );
}

export function PeopleView(): JSX.Element {
  useTitle(t("people.title"));
  const app = useApp();
  const [text, set_text] = useState(looked_for.text);
  const [find, set_find] = useState(looked_for.text.trim());
  const [area, set_area] = useState(looked_for.area);
  const [lapsing, set_lapsing] = useState(looked_for.lapsing), [days, set_days] = useState(looked_for.days);
  const [organisation, set_organisation] = useState(looked_for.organisation);
  const [among_left, set_left] = useState(looked_for.left);
  const [areas] = useState(() => without_villages(area_choices(app, SEES_PEOPLE)));
  const [importing, set_importing] = useState(false);
  useEffect(() => {
    looked_for = { text, area, lapsing, days, organisation, left: among_left };
  }, [text, area, lapsing, days, organisation, among_left]);
  useEffect(() => {
    const timer = window.setTimeout(() => set_find(text.replace(/[０-９]/g, (digit) => digit.normalize("NFKC")).trim()), 250);
    return () => window.clearTimeout(timer);
  }, [text]);
  const may_change = can(app, "trainer"), may_look = may_dispatch(app);
  const left = among_left && may_change && !!find;
  const query = new URLSearchParams({ limit: String(SHOWN) });
  if (area && !find) query.set("area", area);
  if (lapsing && !find) query.set("lapses_within", String(days));
  if (organisation && !find) query.set("organisation", organisation);
  // A name is looked for in the body of a request: it never stands in a URL.
  const list = usePeople((find ? "people/searches?" : "people?") + query.toString(), find ? { q: find, ...(area ? { area } : {}), ...(left ? { left } : {}) } : undefined);
  const { items } = list;
  if (importing)
    return (
      <ImportForm
        done={() => {
          set_importing(false);
          list.reload();
        }}
      />
    );
  return (
    <section class="panel wide-panel" aria-labelledby="people-title">
      <PeopleTabs chosen="people" />
      <div class="row">
        <h1 id="people-title">{t("people.title")}</h1>
        {may_change && <a class="button new-person" href="/people/new" data-go>{t("edit.new")}</a>}
        {may_import_people(app) && <button type="button" class="import-people" onClick={() => set_importing(true)}>{t("import.button")}</button>}
      </div>
      {may_change && <ApplicantsLine />}
      <div class="row fields">
        <label class="field grow">
          <span>{t("people.find")}</span>
          <input type="search" value={text} onInput={(e) => set_text(e.currentTarget.value)} />
        </label>
        <WhosePeople areas={areas} area={area} choose={set_area} />
        <OrganisationPicker value={organisation} disabled={!!find} choose={set_organisation} />
      </div>
      <div class="row wrap">
        <label class="check">
          <input type="checkbox" checked={lapsing && !find} disabled={!!find} onChange={(e) => set_lapsing(e.currentTarget.checked)} />
          <span>{t("people.lapsing")}</span>
        </label>
        {may_change && (
          <label class="check">
            <input type="checkbox" name="left" checked={left} disabled={!find} onChange={(e) => set_left(e.currentTarget.checked)} />
            <span>{t("people.left")}</span>
          </label>
        )}
        {lapsing && !find && <DaysPicker days={days} choose={set_days} />}
        {(lapsing || organisation) && !find && items.length > 0 && <SaveList key={query.toString()} path={"people?" + query.toString()} lapses_days={lapsing ? days : null} names={[organisation, area]} />}
      </div>
      {lapsing && !find && items.length > 0 && may_change && <Renew people={items} days={days} />}
      <Trouble problem={list.problem} retry={list.reload} />
      {list.looking && !items.length && <Skeleton rows={8} />}
      {list.looking && <Looking key={find} n={items.length} />}
      {!list.looking && !list.problem && !items.length && <Empty title={t(lapsing && !find ? "people.none_lapsing" : "people.none")}><p>{t((lapsing || organisation) && !find ? "people.lapsing_next" : "people.first")}</p></Empty>}
      {items.length > 0 && (
        <div class="scroll" tabIndex={0} role="region" aria-label={t("people.title")}>
          <table class="people-table">
            <thead>
              <tr>
                <th>{t("col.number")}</th>
                <th>{t("col.name")}</th>
                <th>{t("col.skills")}</th>
                <th>{t("col.area")}</th>
                <th>{t("col.mode")}</th>
                <th>{t("col.state")}</th>
                <th>{t("col.history")}</th>
                {(may_change || may_look) && <th><span class="hidden">{t(may_change ? "edit.change" : "people.look")}</span></th>}
              </tr>
            </thead>
            <tbody>
              {items.map((person) => (
                <tr key={person.number}>
                  <td>{person.number}</td>
                  <td>{person.name ?? "–"}</td>
                  <td class="person-skills">
                    {person.skills.length ? skills_text(app, person.skills) : "–"}
                    {certificate_texts(app, person, days).map((text) => <div key={text} class="small">{text}</div>)}
                  </td>
                  <td>{person.area && area_label(app, person.area)}</td>
                  <td>{word("mode", person.mode)}</td>
                  <td class="person-state">{left ? t("people.has_left") : status_text(person)}</td>
                  <td class={person.history ? "small person-history" : "small no-history"}>{person.history ? history_text(person.history) : "–"}</td>
                  {(may_change || may_look) && (
                    <td>
                      <a class="button" href={"/people/" + encodeURIComponent(person.number)} data-go aria-label={t(may_change ? "edit.change_one" : "people.look_one", { number: person.number })}>
                        {t(may_change ? "edit.change" : "people.look")}
                      </a>
                    </td>
                  )}
                </tr>
              ))}
            </tbody>
          </table>
          {list.more && <p class="small">{t("people.more")}</p>}
        </div>
      )}
    </section>
  );
}
