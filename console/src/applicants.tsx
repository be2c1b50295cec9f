// SPDX-License-Identifier: Apache-2.0
// Who wants to join: how many wait, the list of them, declining. Taking somebody on is making
// the person (person_form.tsx).
import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { get, get_all, post } from "./api";
import { skills_text, useApp } from "./app";
import { useAction, useLoaded, type Loaded } from "./hooks";
import { day_text, t, word } from "./i18n";
import { Confirm, Empty, Skeleton, Trouble } from "./parts";
import { useTitle } from "./title";
import type { Applicant } from "./types";

/** Those of the account's areas. LIVE: read again whenever something happened in the instance (its
 * events are those of incident 0); null: a form that is being filled in must not lose its footing. */
export function useApplicants(live: 0 | null): Loaded<Applicant[]> {
  return useLoaded(() => get_all<Applicant>("applicants"), "applicants", live === null ? undefined : live);
}

/** Nothing while nobody waits. Counted anew when one more waits or one fewer (`applicant.received`
 * and so on), without their names. */
export function ApplicantsLine(): JSX.Element | null {
  const n = useLoaded(() => get<{ count: number }>("applicants/count"), "applicants/count", "applicant").data?.count ?? 0;
  if (!n) return null;
  return <p><a class="button applicants" href="/applicants" data-go>{n === 1 ? t("applicants.one") : t("applicants.many", { n })}</a></p>;
}

/** The dialog says what it does: nothing comes back, and nobody is told. */
function Decline(props: { applicant: Applicant; done: () => Promise<void>; cancel: () => void }): JSX.Element {
  const { applicant, done } = props;
  const action = useAction();
  return (
    <Confirm
      title={t("applicants.decline_title", { name: applicant.name })}
      consequences={[t("applicants.decline_gone"), t("applicants.decline_call", { phone: applicant.phone })]}
      action={t("applicants.decline")}
      busy={action.busy}
      problem={action.problem}
      onYes={() =>
        action.run(async () => {
          await post("applicants/" + applicant.id + "/decline");
          await done();
        })
      }
      onNo={props.cancel}
    />
  );
}

function Row(props: { applicant: Applicant; decline: () => void }): JSX.Element {
  const { applicant } = props;
  const app = useApp();
  return (
    <li class="applicant">
      <p><strong>{applicant.name}</strong> <a href={"tel:" + applicant.phone}>{applicant.phone}</a></p>
      <p class="small">{[applicant.area.name, word("mode", applicant.mode), t("applicants.since", { day: day_text(applicant.received_at) })].join(" · ")}</p>
      {applicant.skills.length > 0 && <p class="small">{t("applicants.says", { skills: skills_text(app, applicant.skills) })}</p>}
      {applicant.known && <p class="small">{t("applicants.known")} <a href={"/people/" + encodeURIComponent(applicant.known)} data-go>{applicant.known}</a></p>}
      <p class="row">
        <a class="button take-on" href={"/applicants/" + applicant.id} data-go aria-label={t("applicants.take_on_one", { name: applicant.name })}>{t("applicants.take_on")}</a>
        <button type="button" class="quiet decline" aria-label={t("applicants.decline_one", { name: applicant.name })} onClick={props.decline}>{t("applicants.decline")}</button>
      </p>
    </li>
  );
}

export function ApplicantsView(): JSX.Element {
  useTitle(t("applicants.title"));
  const list = useApplicants(0);
  const [declining, set_declining] = useState<Applicant | null>(null);
  const items = list.data ?? [];
  return (
    <section class="panel wide-panel applicants" aria-labelledby="applicants-title">
      <div class="row">
        <h1 id="applicants-title">{t("applicants.title")}</h1>
        <a class="button" href="/people" data-go>{t("applicants.to_people")}</a>
      </div>
      <Trouble problem={list.problem} retry={list.reload} />
      {!list.data && !list.problem && <Skeleton rows={4} />}
      {list.data && !items.length && <Empty title={t("applicants.none")}><p>{t("applicants.none_next")}</p></Empty>}
      {items.length > 0 && <p>{t("applicants.what")}</p>}
      <ul class="plain-list">
        {items.map((one) => <Row key={one.id} applicant={one} decline={() => set_declining(one)} />)}
      </ul>
      {declining && (
        <Decline
          applicant={declining}
          cancel={() => set_declining(null)}
          done={() => list.reload().then(() => set_declining(null))}
        />
      )}
    </section>
  );
}
