// SPDX-License-Identifier: Apache-2.0
// What all sites together cover: which villages one of them reaches in so many minutes, with
// the roads closed now, which not, and where a new site would cover most.
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { get } from "./api";
import { useApp, type App } from "./app";
import { AreaPicker } from "./area_picker";
import { area_choices, EVERY_ROLE, names_above, without_villages, type Choice as AreaChoice } from "./areas";
import { toggled } from "./courses";
import { useFirst } from "./find";
import { useLoaded } from "./hooks";
import { count_text, prime, share_text, t, word } from "./i18n";
import { EMPTY_MAP, PROPOSED_MAX, publish_map, type MapPlace } from "./map_model";
import { Choice, Empty, MODES, Skeleton, State, Trouble, WideTable } from "./parts";
import type { Point, Site } from "./types";

const MINUTES = ["5", "10", "15", "20", "30", "45", "60"];
const PROPOSE = Array.from({ length: PROPOSED_MAX + 1 }, (_, n) => String(n));
const SHOWN = 10; // rows of a table before all are asked for

/** What is asked. No kinds: every kind. */
export interface CoverageQuestion {
  kinds: string[];
  mode: string;
  direction: string;
  minutes: string;
  area: string;
  propose: string;
}
function areas_of(app: App): AreaChoice[] {
  return without_villages(area_choices(app, EVERY_ROLE));
}
/** Of the account's own area. */
export function coverage_first(app: App): CoverageQuestion {
  return { kinds: [], mode: "car", direction: "from", minutes: "15", area: areas_of(app)[0]?.area.code ?? "", propose: "0" };
}

interface Share {
  total: number;
  covered: number;
}
interface Reach {
  villages: number;
  households?: number; // only where homes are known
}
interface Village {
  code: string;
  name: string;
  at: Point;
  seconds?: number; // absent: not reached in time
  site?: string; // the nearest
}
type Proposal = { code: string; name: string; at: Point } & Reach; // with what it adds to those before it
interface Coverage {
  direction: string;
  minutes: number;
  villages: Share;
  households?: Share;
  sites: (Site & Reach)[];
  places: Village[]; // not reached first, then the farthest first
  proposed: Proposal[];
  after?: Reach; // covered with all of them
  optimal?: boolean; // no other choice of as many covers more
  bound?: Partial<Reach>; // if that is not proved: what none can exceed
}
/** An answer, and whether new sites were asked for. */
interface Answer {
  data: Coverage;
  proposing: boolean;
}

function path_of(question: CoverageQuestion): string {
  const { kinds, mode, direction, minutes, area, propose } = question;
  return (
    "coverage?mode=" + mode + "&direction=" + direction + "&minutes=" + minutes + "&propose=" + propose +
    (kinds.length ? "&kind=" + [...kinds].sort().join(",") : "") + (area ? "&area=" + encodeURIComponent(area) : "")
  );
}

function share_of({ covered, total }: Share): number {
  return total ? covered / total : 0;
}

function places_of(data: Coverage): MapPlace[] {
  return [
    ...data.places.map(({ at, name, seconds }): MapPlace => (seconds === undefined ? { at, mark: "uncovered", label: name } : { at, mark: "covered", label: "" })),
    ...data.proposed.map(({ at, name }, i): MapPlace => ({ at, mark: "proposed", label: name, n: i + 1 })),
  ];
}

function Kinds(props: { chosen: string[]; choose: (next: string[]) => void }): JSX.Element | null {
  const app = useApp();
  const { chosen, choose } = props;
  const kinds = [...new Set(app.sites.map((site) => site.kind))];
  if (!kinds.length) return null;
  return (
    <fieldset class="coverage-kinds">
      <legend class="small">{t("coverage.kinds")}</legend>
      <div class="row wrap">
        <button type="button" data-kind="" aria-pressed={!chosen.length} onClick={() => choose([])}>{t("coverage.every_kind")}</button>
        {kinds.map((kind) => (
          <button key={kind} type="button" data-kind={kind} aria-pressed={chosen.includes(kind)} onClick={() => choose(toggled(chosen, kind))}>{word("site", kind)}</button>
        ))}
      </div>
    </fieldset>
  );
}

interface Asking {
  question: CoverageQuestion;
  change: (part: Partial<CoverageQuestion>) => void;
}

function Choices(props: Asking): JSX.Element {
  const app = useApp();
  const { question, change } = props;
  const [areas] = useState(() => areas_of(app));
  return (
    <>
      <Kinds chosen={question.kinds} choose={(kinds) => change({ kinds })} />
      <div class="row circle-choice coverage-choice">
        <Choice label={t("circle.direction")} value={question.direction} onChange={(direction) => change({ direction })} options={[["from", t("coverage.from")], ["to", t("coverage.to")]]} />
        <Choice label={t("circle.mode")} value={question.mode} onChange={(mode) => change({ mode })} options={MODES.map((one) => [one, word("mode", one)])} />
        <Choice label={t("circle.within")} value={question.minutes} onChange={(minutes) => change({ minutes })} options={MINUTES.map((n) => [n, t("circle.minutes", { n })])} />
        <AreaPicker label={t("coverage.area")} choices={areas} value={question.area} onChange={(area) => change({ area })} />
        <Choice label={t("coverage.propose")} value={question.propose} onChange={(propose) => change({ propose })} options={PROPOSE.map((n) => [n, n === "0" ? t("coverage.none") : n])} />
      </div>
    </>
  );
}

/** The figure, the sentence, and the bar: what is covered, and beyond it what new sites would add. */
function Headline(props: { data: Coverage; waiting: boolean }): JSX.Element {
  const { villages, households, after, proposed, direction, minutes } = props.data;
  const share = share_of(villages), more = proposed.length && after ? after.villages / villages.total - share : 0;
  const values = { n: count_text(villages.covered), total: count_text(villages.total), minutes };
  return (
    <div class={"headline index coverage-head" + (props.waiting ? " waiting" : "")} role="status">
      <p class="index-figure"><strong>{share_text(share)}</strong></p>
      <div>
        <h2>{t(direction === "to" ? "coverage.head_to" : "coverage.head_from", values)}</h2>
        {households && <p>{t("coverage.households", { n: count_text(households.covered), total: count_text(households.total), share: share_text(share_of(households)) })}</p>}
      </div>
      <span class="bar" aria-hidden="true">
        <span class="there" style={{ width: 100 * share + "%" }} />
        <span class="yes" style={{ width: 100 * more + "%" }} />
      </span>
    </div>
  );
}

/** What the marks of the map mean, and how many of each there are. */
function Legend(props: { data: Coverage }): JSX.Element {
  const { villages, sites, proposed } = props.data;
  const counts: [string, number][] = [["covered", villages.covered], ["uncovered", villages.total - villages.covered], ["site", sites.length], ["proposed", proposed.length]];
  return (
    <ul class="row wrap coverage-legend" aria-label={t("coverage.legend")}>
      {counts.filter(([state, n]) => n || state !== "proposed").map(([state, n]) => (
        <li key={state}><State group="coverage" state={state} /> <span class="figure">{count_text(n)}</span></li>
      ))}
    </ul>
  );
}

/** Whether another choice of as many could cover more. */
function proof_text({ optimal, bound, after }: Coverage): string {
  if (optimal) return t(after?.households === undefined ? "coverage.optimal" : "coverage.optimal_households");
  if (bound?.households !== undefined && after?.households !== undefined) return t("coverage.bound_households", { n: count_text(bound.households - after.households) });
  if (bound?.villages !== undefined && after) return t("coverage.bound", { n: count_text(bound.villages - after.villages) });
  return t("coverage.unproved");
}

function after_text({ villages, households, after, proposed, minutes }: Coverage): string {
  const all = { total: villages.total, covered: after?.villages ?? villages.covered };
  const values = { sites: proposed.length, n: count_text(all.covered), total: count_text(all.total), minutes, share: share_text(share_of(all)) };
  if (!households || after?.households === undefined) return t("coverage.after", values);
  const homes = { total: households.total, covered: after.households };
  return t("coverage.after_households", { ...values, homes: count_text(homes.covered), homes_share: share_text(share_of(homes)) });
}

function Proposals(props: { data: Coverage }): JSX.Element {
  const { data } = props;
  return (
    <section class="coverage-part" aria-labelledby="proposed-title">
      <h2 id="proposed-title">{t("coverage.proposals")}</h2>
      {!data.proposed.length && <p>{t("coverage.no_use")}</p>}
      {data.proposed.length > 0 && (
        <>
          <ol class="proposals">
            {data.proposed.map((one, i) => (
              <li key={one.code}>
                <span class="number-mark" aria-hidden="true">{i + 1}</span>
                <span>
                  {t("coverage.proposal", { name: one.name, n: count_text(one.villages) })}
                  {one.households !== undefined && <span class="small"> {t("coverage.and_households", { n: count_text(one.households) })}</span>}
                </span>
              </li>
            ))}
          </ol>
          <p><strong>{after_text(data)}</strong> {proof_text(data)}</p>
        </>
      )}
    </section>
  );
}

/** A table of which the first rows will do; all at a press. ROWS are <tr>. */
function Rows(props: { label: string; head: ComponentChildren; rows: JSX.Element[] }): JSX.Element {
  const { shown, more } = useFirst(props.rows, SHOWN);
  return (
    <>
      <WideTable label={props.label} head={props.head}>
        {shown}
      </WideTable>
      {more && <p>{more}</p>}
    </>
  );
}

function Uncovered(props: { villages: Village[] }): JSX.Element {
  const { villages } = props;
  const app = useApp();
  return (
    <section class="coverage-part" aria-labelledby="uncovered-title">
      <h2 id="uncovered-title">{t("coverage.which_uncovered")}</h2>
      {!villages.length && <p class="ok-text">✓ {t("coverage.all_covered")}</p>}
      {villages.length > 0 && (
        <Rows
          label={t("coverage.which_uncovered")}
          head={<><th scope="col">{t("coverage.village")}</th><th scope="col">{t("coverage.town")}</th></>}
          rows={villages.map((one) => <tr key={one.code}><th scope="row">{one.name}</th><td>{names_above(app, one.code).join(" · ")}</td></tr>)}
        />
      )}
    </section>
  );
}

function Sites(props: { sites: Coverage["sites"] }): JSX.Element {
  const sites = [...props.sites].sort((one, other) => other.villages - one.villages);
  const counts_homes = sites.some((site) => site.households !== undefined);
  return (
    <section class="coverage-part" aria-labelledby="sites-title">
      <h2 id="sites-title">{t("coverage.which_sites")}</h2>
      <Rows
        label={t("coverage.which_sites")}
        head={
          <>
            <th scope="col">{t("circle.site")}</th>
            <th scope="col" class="figure">{t("circle.capacity")}</th>
            <th scope="col" class="figure">{t("coverage.villages")}</th>
            {counts_homes && <th scope="col" class="figure">{t("circle.households")}</th>}
          </>
        }
        rows={sites.map((site) => (
          <tr key={site.code}>
            <th scope="row">{site.name} <span class="small">{word("site", site.kind)}</span></th>
            <td class="figure">{site.capacity ?? "–"}</td>
            <td class="figure">{count_text(site.villages)}</td>
            {counts_homes && <td class="figure">{site.households === undefined ? "–" : count_text(site.households)}</td>}
          </tr>
        ))}
      />
    </section>
  );
}

/** The villages that are reached: the farthest first, as they are lost first. */
function Covered(props: { villages: Village[]; sites: Coverage["sites"] }): JSX.Element | null {
  const { villages, sites } = props;
  const app = useApp();
  const names = new Map(sites.map((site) => [site.code, site.name]));
  if (!villages.length) return null;
  return (
    <details class="coverage-reached">
      <summary>{t("coverage.which_covered", { n: count_text(villages.length) })}</summary>
      <Rows
        label={t("coverage.covered")}
        head={
          <>
            <th scope="col">{t("coverage.village")}</th>
            <th scope="col">{t("coverage.town")}</th>
            <th scope="col">{t("coverage.nearest")}</th>
            <th scope="col" class="figure">{t("circle.away")}</th>
          </>
        }
        rows={villages.map((one) => (
          <tr key={one.code}>
            <th scope="row">{one.name}</th>
            <td>{names_above(app, one.code).join(" · ")}</td>
            <td>{names.get(one.site ?? "") ?? ""}</td>
            <td class="figure">{prime(one.seconds)}</td>
          </tr>
        ))}
      />
    </details>
  );
}

/** What to do first, where there is nothing to count; null if there is. */
function Missing(props: { data: Coverage }): JSX.Element | null {
  const { villages, sites, proposed } = props.data;
  if (!villages.total) return <Empty title={t("coverage.no_villages")}><p>{t("coverage.import_areas")}</p><code>muster import areas FILE.csv --dir DIR</code></Empty>;
  if (!sites.length && !proposed.length) return <Empty title={t("coverage.no_sites")}><p>{t("coverage.import_sites")}</p><code>muster import sites FILE.csv --dir DIR</code></Empty>;
  return null;
}

function Tables(props: { data: Coverage; proposing: boolean }): JSX.Element {
  const { data } = props;
  return (
    <>
      <Legend data={data} />
      {props.proposing && <Proposals data={data} />}
      <Uncovered villages={data.places.filter((one) => one.seconds === undefined)} />
      {data.sites.length > 0 && <Sites sites={data.sites} />}
      <Covered villages={data.places.filter((one) => one.seconds !== undefined)} sites={data.sites} />
      <p class="small">{t("coverage.note")}</p>
    </>
  );
}

/** More than is worked out at a time, as of a province at first: what to choose now. */
function TooMuch(props: { of: "kind" | "propose" }): JSX.Element {
  return (
    <div class="trouble" role="alert">
      <strong>{t("coverage.too_much")}</strong>
      <p>{t(props.of === "kind" ? "coverage.fewer_sites" : "coverage.fewer_villages")}</p>
    </div>
  );
}

export function CoverageView(props: Asking): JSX.Element {
  const { question, change } = props;
  const asked = path_of(question);
  // Events of incident 0 are those of the instance: a road closed or opened among them.
  const answer = useLoaded<Answer>(() => get<Coverage>(asked).then((data) => ({ data, proposing: question.propose !== "0" })), asked, 0);
  // The answer to the question before stays in view, dimmed, so that nothing jumps away under the hand.
  const before = useRef<Answer | null>(null);
  if (answer.data || answer.problem) before.current = answer.data;
  // What is chosen here is understood: only how much it comes to can be wrong.
  const too_much = (["kind", "propose"] as const).find((what) => answer.problem?.errors?.some(({ pointer }) => pointer === "?" + what));
  const shown = answer.data ?? before.current, data = shown?.data;
  useEffect(() => {
    publish_map({
      ...EMPTY_MAP,
      sites: data ? data.sites.map((site) => ({ at: site.at, label: site.name })) : [],
      places: data ? places_of(data) : [],
      fit: answer.data ? asked : "",
    });
  }, [data, !answer.data]);
  useEffect(() => () => publish_map(EMPTY_MAP), []);
  const missing = data && Missing({ data });
  return (
    <>
      {data && !missing && <Headline data={data} waiting={!answer.data} />}
      <Choices question={question} change={change} />
      {too_much ? <TooMuch of={too_much} /> : <Trouble problem={answer.problem} retry={answer.reload} />}
      {!data && !answer.problem && <Skeleton />}
      {missing}
      {shown && data && !missing && <Tables data={data} proposing={shown.proposing} />}
    </>
  );
}
