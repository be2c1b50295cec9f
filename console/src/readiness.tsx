// SPDX-License-Identifier: Apache-2.0
// How ready an area is: the index, which is counted and never entered; its indicators; what
// was found wrong; the programme. Going down to where it is lowest is one press.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import { get } from "./api";
import { may_dispatch, may_note_findings, useApp } from "./app";
import { area_path, reaches, readiness_link, statistics_link, within_single } from "./areas";
import { IndexLine } from "./chart";
import { FindingsView } from "./findings";
import { useLoaded } from "./hooks";
import { day_text, t } from "./i18n";
import { IndicatorTable } from "./indicators";
import { ShareBar, Skeleton, Tabs, Trouble } from "./parts";
import { Programme } from "./targets";
import { useTitle } from "./title";
import type { Readiness } from "./types";

/** The way down; a root above one city alone is no step of it, and what lies above the account's own area no link. */
export function Path(props: { code: string; link: (code: string) => string }): JSX.Element | null {
  const app = useApp();
  const whole = area_path(app, props.code);
  const path = whole[0] && within_single(app, whole[0].code) !== whole[0].code ? whole.slice(1) : whole;
  if (path.length < 2) return null;
  return (
    <nav aria-label={t("readiness.path")}>
      <ol class="path">
        {path.map((one) => (
          <li key={one.code}>
            {one.code !== props.code && reaches(app, one.code) ? <a href={props.link(one.code)} data-go>{one.name}</a> : <span aria-current={one.code === props.code ? "page" : undefined}>{one.name}</span>}
          </li>
        ))}
      </ol>
    </nav>
  );
}

function Headline(props: { data: Readiness }): JSX.Element {
  const { area, index, indicators, at } = props.data;
  const counted = indicators.filter((one) => one.share !== undefined);
  const reached = counted.filter((one) => one.share! >= one.target).length;
  return (
    <div class="headline index">
      <p class="index-figure"><strong>{index === undefined ? "–" : index.toFixed(1)}</strong> <span class="small">/ 100</span></p>
      <div>
        <h2>{area.name}</h2>
        <p>{index === undefined ? t("readiness.nothing") : t("readiness.reached", { n: reached, of: counted.length })}</p>
        <p class="small">{t("readiness.means", { time: day_text(at) })}</p>
      </div>
      <IndexLine days={props.data.history ?? []} />
    </div>
  );
}

const SHOWN = 6; // a row of a wide window

/** The areas directly below, the lowest first: where a hand is needed most. */
function Below(props: { areas: Readiness["areas"] }): JSX.Element | null {
  const [all, set_all] = useState(false);
  const sorted = [...props.areas].sort((one, other) => (one.index ?? 101) - (other.index ?? 101));
  if (!sorted.length) return null;
  return (
    <section aria-labelledby="below-title">
      <h2 id="below-title">{t("readiness.below")}</h2>
      <ul class="below">
        {(all ? sorted : sorted.slice(0, SHOWN)).map(({ area, index }) => (
          <li key={area.code}>
            <a href={readiness_link(area.code)} data-go>
              <span class="name">{area.name}</span>
              <span class="figure">{index === undefined ? "–" : index.toFixed(1)}</span>
              <ShareBar share={(index ?? 0) / 100} />
            </a>
          </li>
        ))}
      </ul>
      {sorted.length > SHOWN && (
        <button type="button" class="quiet" aria-expanded={all} onClick={() => set_all(!all)}>{all ? t("plan.fewer") : t("plan.all", { n: sorted.length })}</button>
      )}
    </section>
  );
}

type Part = "indicators" | "findings" | "programme";

function Parts(props: { data: Readiness; reload: () => Promise<void> }): JSX.Element {
  const { data, reload } = props;
  const app = useApp();
  const [part, set_part] = useState<Part>("indicators");
  const [just_noted, set_just_noted] = useState("");
  const show = (next: Part): void => {
    set_part(next);
    set_just_noted("");
  };
  const noted = async (title: string): Promise<void> => {
    await reload();
    set_just_noted(title);
    set_part("findings");
  };
  return (
    <>
      <Tabs label={t("board.views")} chosen={part} choose={show} choices={[["indicators", t("readiness.indicators")], ["findings", t("readiness.findings")], ["programme", t("readiness.programme")]]} />
      {part === "indicators" && <IndicatorTable data={data} may_note={may_note_findings(app) && reaches(app, data.area.code)} onNoted={noted} />}
      {part === "findings" && <FindingsView key={data.area.code} area={data.area} noted={just_noted} onChanged={reload} />}
      {part === "programme" && <Programme data={data} onSaved={reload} />}
    </>
  );
}

const RENEWED_MS = 3000; // a province is counted in that time

/** AREA is a code as it stands in the path; undefined: the first one that the account reaches. */
export function ReadinessView(props: { area?: string }): JSX.Element {
  useTitle(t("readiness.title"));
  const { area } = props;
  const app = useApp();
  const loaded = useLoaded(() => get<Readiness>("readiness" + (area ? "?area=" + area : "")), "readiness" + (area ?? ""), 0);
  const { data } = loaded;
  useEffect(() => {
    if (!data?.renewing) return;
    const timer = window.setTimeout(loaded.reload, RENEWED_MS);
    return () => window.clearTimeout(timer);
  }, [data]);
  return (
    <section class="panel wide-panel readiness" aria-labelledby="readiness-title">
      <div class="row">
        <h1 id="readiness-title">{t("readiness.title")}</h1>
        <span class="row">
          <a class="button" href={statistics_link(area ?? "")} data-go>{t("statistics.title")}</a>
          {may_dispatch(app) && <a class="button" href="/desks" data-go>{t("desks.title")}</a>}
        </span>
      </div>
      <Trouble problem={loaded.problem} retry={loaded.reload} />
      {!data && !loaded.problem && <Skeleton rows={8} />}
      {data && <Path code={data.area.code} link={readiness_link} />}
      {data && <Headline data={data} />}
      {data && <Below key={data.area.code} areas={data.areas} />}
      {data && <Parts data={data} reload={loaded.reload} />}
    </section>
  );
}
