// SPDX-License-Identifier: Apache-2.0
// The indicators of an area, to be looked at rather than read. A row opens in place: what is
// counted, where it is worst, and the finding that somebody notes because of it.
import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { readiness_link } from "./areas";
import { FindingForm } from "./finding_form";
import { count_text, share_text, t, word } from "./i18n";
import { ShareBar, State } from "./parts";
import type { Indicator, Readiness } from "./types";

function state_of(one: Indicator): string {
  return one.share === undefined ? "nothing" : one.share >= one.target ? "reached" : "below";
}

function Opened(props: { one: Indicator; area: string; may_note: boolean; onNoted: (title: string) => Promise<void> }): JSX.Element {
  const { one } = props;
  const [noting, set_noting] = useState(false);
  return (
    <div class="opened">
      <p>{word("counted", one.code)}</p>
      <p class="small">{t("readiness.weight", { n: one.weight, target: share_text(one.target) })}</p>
      {one.worst.length > 0 && (
        <div>
          <h3>{t("readiness.worst")}</h3>
          <ul class="worst">
            {one.worst.map(({ area, have, of }) => (
              <li key={area.code}><a class="button" href={readiness_link(area.code)} data-go>{area.name} <span class="small figure">{count_text(have)} / {count_text(of)}</span></a></li>
            ))}
          </ul>
        </div>
      )}
      {props.may_note && !noting && <button type="button" class="note-finding" onClick={() => set_noting(true)}>{t("findings.note")}</button>}
      {noting && <FindingForm key={props.area} area={props.area} indicator={one.code} lead={one.lead} onDone={props.onNoted} onCancel={() => set_noting(false)} />}
    </div>
  );
}

function Row(props: { one: Indicator; open: boolean; toggle: () => void }): JSX.Element {
  const { one, open } = props;
  return (
    <tr class="indicator" onClick={props.toggle}>
      <th scope="row">
        <button type="button" class="opener" aria-expanded={open}>
          <span aria-hidden="true" class="arrow">{open ? "▾" : "▸"}</span> {word("indicator", one.code)}
        </button>
      </th>
      <td class="share-of">
        {one.share !== undefined && <ShareBar share={one.share} target={one.target} />}
        <span class="figure">{one.share === undefined ? "–" : share_text(one.share)}</span>
      </td>
      <td class="state-of"><State group="indicator_state" state={state_of(one)} /></td>
      <td class="figure count-of">{count_text(one.have)} / {count_text(one.of)}</td>
      <td class="lead-of">{one.lead ?? ""}</td>
      <td class="figure findings-of">{one.findings > 0 && <><span class="narrow">{t("readiness.col_findings")} </span>{one.findings}</>}</td>
    </tr>
  );
}

export function IndicatorTable(props: { data: Readiness; may_note: boolean; onNoted: (title: string) => Promise<void> }): JSX.Element {
  const { data } = props;
  const [open, set_open] = useState("");
  return (
    <table class="indicators" aria-label={t("readiness.indicators")}>
      <thead>
        <tr>
          <th>{t("readiness.col_indicator")}</th>
          <th>{t("readiness.col_share")}</th>
          <th>{t("col.state")}</th>
          <th class="figure">{t("readiness.col_count")}</th>
          <th>{t("findings.lead")}</th>
          <th class="figure">{t("readiness.col_findings")}</th>
        </tr>
      </thead>
      <tbody>
        {data.indicators.flatMap((one) => [
          <Row key={one.code} one={one} open={open === one.code} toggle={() => set_open(open === one.code ? "" : one.code)} />,
          open === one.code && (
            <tr key={one.code + " opened"} class="opened-row">
              <td colSpan={6}><Opened one={one} area={data.area.code} may_note={props.may_note} onNoted={props.onNoted} /></td>
            </tr>
          ),
        ])}
      </tbody>
    </table>
  );
}
