// SPDX-License-Identifier: Apache-2.0
// Certificates of service: one for a person, which the server makes as a page to print, and whether
// the number on a paper is right.
import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { get } from "./api";
import { useApp } from "./app";
import { useAction } from "./hooks";
import { hours_text } from "./hours_text";
import { current_language, date_text, day_text, t } from "./i18n";
import { Trouble } from "./parts";
import type { Service } from "./types";

/** From the first of the year to today, until something else is chosen. */
export function ServicePaper(props: { number: string }): JSX.Element {
  const app = useApp();
  const today = date_text(Date.now() + app.offset_ms);
  const [from, set_from] = useState(today.slice(0, 4) + "-01-01"), [to, set_to] = useState(today);
  const is_whole = from >= "2000-01-01" && from <= to && to <= today;
  return (
    <form class="service-form" method="get" target="_blank" action={"/api/v1/people/" + encodeURIComponent(props.number) + "/service"}>
      <h2>{t("service.title")}</h2>
      <p class="small">{t("service.why")}</p>
      <div class="row fields">
        <label class="field">
          <span>{t("hours.from")}</span>
          <input name="from" type="date" required value={from} onInput={(e) => set_from(e.currentTarget.value)} />
        </label>
        <label class="field">
          <span>{t("hours.to")}</span>
          <input name="to" type="date" required max={today} value={to} onInput={(e) => set_to(e.currentTarget.value)} />
        </label>
      </div>
      {!is_whole && <p class="wait-text" role="status">{t("service.no_days")}</p>}
      <input type="hidden" name="lang" value={current_language()} />
      <p class="row"><button disabled={!is_whole}>{t("service.open")}</button></p>
    </form>
  );
}

/** What the paper must say; and what has been corrected since. */
function Genuine(props: { service: Service }): JSX.Element {
  const { service } = props;
  const hours = hours_text(service.minutes), exercise = hours_text(service.exercise_minutes);
  const is_same = service.minutes === service.minutes_now && service.exercise_minutes === service.exercise_minutes_now;
  return (
    <div role="status">
      <p><strong>{t("service.genuine")}</strong></p>
      <p>{[service.name, service.number].filter(Boolean).join(" · ")}</p>
      <p>{t("service.says", { from: service.from, to: service.to, hours, n: service.assignments })}</p>
      {service.exercise_minutes > 0 && <p>{t("service.says_exercises", { hours: exercise, n: service.exercise_assignments })}</p>}
      <p class="small">{t("service.issued", { at: day_text(service.issued_at) })}</p>
      {!is_same && <p class="wait-text">{t("service.corrected", { hours: hours_text(service.minutes_now ?? 0), exercise: hours_text(service.exercise_minutes_now ?? 0) })}</p>}
    </div>
  );
}

/** As it is typed from a paper; a telephone's keyboard may make its letters full-width. */
function plain_number(text: string): string {
  return text.normalize("NFKC").replace(/[\s\u2010-\u2015\u2212]+/g, "-").replace(/^-+|-+$/g, "");
}

export function ServiceCheck(): JSX.Element {
  const action = useAction();
  const [text, set_text] = useState("");
  const [service, set_service] = useState<Service | null>(null);
  const number = plain_number(text);
  const check = (): void => {
    set_service(null);
    action.run(async () => set_service(await get<Service>("services/" + encodeURIComponent(number))));
  };
  return (
    <details class="service-check">
      <summary>{t("service.check")}</summary>
      <form
        class="row fields"
        onSubmit={(event) => {
          event.preventDefault();
          check();
        }}
      >
        <label class="field grow">
          <span>{t("service.number")}</span>
          <input name="certificate" maxLength={64} autocomplete="off" spellcheck={false} value={text} onInput={(e) => set_text(e.currentTarget.value)} />
        </label>
        <button disabled={action.busy || !number}>{t("service.check_now")}</button>
      </form>
      <Trouble problem={action.problem} />
      {service && <Genuine service={service} />}
    </details>
  );
}
