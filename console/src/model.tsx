// SPDX-License-Identifier: Apache-2.0
// How true such forecasts have been: of those alerted, by tenths of the chance of a yes
// that was forecast, how many said yes. Folded: loaded when somebody looks.
import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { get } from "./api";
import { useLoaded } from "./hooks";
import { t } from "./i18n";
import { Skeleton, Trouble, WideTable } from "./parts";
import type { Model, ModelAccount } from "./types";

const FEW = 30; // answers: below that nothing is said of a row
const percent = (share: number) => Math.round(share * 100) + " %";

function Rows(props: { account: ModelAccount }): JSX.Element {
  const { account } = props;
  if (!account.asked) return <p class="small">{t("model.none")}</p>;
  return (
    <>
      <p>{t("model.sum", { asked: account.asked, forecast: Math.round(account.forecast_yes), yes: account.said_yes })}</p>
      <WideTable label={t("model.title")} class="model" head={<><th>{t("model.band")}</th><th class="number">{t("model.asked")}</th><th class="number">{t("model.forecast")}</th><th class="number">{t("model.observed")}</th><th class="number interval">{t("model.interval")}</th><th>{t("model.verdict")}</th></>}>
        {account.reliability.map((bin) => {
          const fits = bin.forecast >= bin.low && bin.forecast <= bin.high;
          const said = bin.asked < FEW ? "few" : fits ? "fits" : bin.observed > bin.forecast ? "more" : "fewer";
          return (
            <tr key={bin.from}>
              <th scope="row">{Math.round(bin.from * 100)}–{percent(bin.from + 0.1)}</th>
              <td class="number">{bin.asked}</td>
              <td class="number">{percent(bin.forecast)}</td>
              <td class="number">{percent(bin.observed)}</td>
              <td class="number small interval">{Math.round(bin.low * 100)}–{percent(bin.high)}</td>
              <td class={said === "fits" ? "ok-text" : said === "few" ? "small" : "wait-text"}>{t(said === "fits" ? "model.fits" : said === "few" ? "model.few" : said === "more" ? "model.more" : "model.fewer")}</td>
            </tr>
          );
        })}
      </WideTable>
    </>
  );
}

function Answer(props: { exercise: boolean }): JSX.Element {
  const loaded = useLoaded(() => get<Model>("model"), "model");
  const model = loaded.data;
  if (!model) return loaded.problem ? <Trouble problem={loaded.problem} retry={loaded.reload} /> : <Skeleton rows={4} />;
  return (
    <>
      <Rows account={props.exercise ? model.exercise : model.actual} />
      <p class="small">{t(props.exercise ? "model.of_exercises" : "model.of_callouts")}</p>
    </>
  );
}

export function ModelView(props: { exercise: boolean }): JSX.Element {
  const [seen, set_seen] = useState(false);
  return (
    <details class="model-view" onToggle={(event) => set_seen(event.currentTarget.open)}>
      <summary>{t("model.title")}</summary>
      {seen && <Answer exercise={props.exercise} />}
    </details>
  );
}
