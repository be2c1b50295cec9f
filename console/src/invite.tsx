// SPDX-License-Identifier: Apache-2.0
// Inviting to a course by message: how many could be asked and how many fill the seats are seen
// before anybody is written to.
import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { get, post } from "./api";
import { useApp } from "./app";
import { area_label } from "./areas";
import { useAction, useLoaded } from "./hooks";
import { t } from "./i18n";
import { NumberField, Skeleton, Trouble, submit } from "./parts";
import type { Course, Invitations } from "./types";

export const AT_ONCE_MAX = 500;

/** What is known before: who could come, what was done, what is to be expected. */
function says(plan: Invitations, course: Course, area: string): string[] {
  const free = course.seats - course.signed_up, a_yes = Math.round(1 / plan.share);
  const fills = plan.proposed < Math.min(plan.could, AT_ONCE_MAX) || plan.proposed * plan.share >= free;
  const expected = plan.proposed ? t(fills ? "courses.invite_fills" : "courses.invite_all", { k: a_yes, n: plan.proposed }) : t("courses.invite_wait");
  return [
    plan.invited ? t("courses.invite_past", { n: plan.invited, came: plan.came }) : "",
    plan.could ? t("courses.invite_could", { n: plan.could, free, area }) : t("courses.invite_none"),
    plan.renewing ? t("courses.invite_renewing", { n: plan.renewing }) : "",
    plan.could ? expected : "",
    plan.could ? t("courses.invite_how") : "",
  ].filter(Boolean);
}

function InviteForm(props: { course: Course; sent: (n: number) => Promise<void>; cancel: () => void }): JSX.Element {
  const app = useApp();
  const action = useAction();
  const { course } = props;
  const read = useLoaded<Invitations>(() => get("courses/" + course.id + "/invitations"), "invitations" + course.id);
  const [chosen, choose] = useState<number | null>(null);
  const plan = read.data;
  if (!plan) return read.problem ? <Trouble problem={read.problem} retry={read.reload} /> : <Skeleton rows={2} />;
  const most = Math.min(plan.could, AT_ONCE_MAX), count = Math.min(most, chosen ?? Math.max(1, plan.proposed));
  const send = (): void =>
    action.run(async () => {
      const { invited } = await post<{ invited: number }>("courses/" + course.id + "/invitations", { count });
      await props.sent(invited);
    });
  return (
    <form class="course-form invite-form" onSubmit={submit(send)}>
      {says(plan, course, area_label(app, course.area.code, course.area.name)).map((line) => <p key={line}>{line}</p>)}
      {plan.could > 0 && (
        <label class="field">
          <span>{t("courses.invite_count")}</span>
          <NumberField name="count" min={1} max={most} value={count} set={choose} />
        </label>
      )}
      <Trouble problem={action.problem} />
      <p class="row">
        {plan.could > 0 && <button class="primary" disabled={action.busy}>{t("courses.invite_send", { n: count })}</button>}
        <button type="button" class="quiet" onClick={props.cancel}>{t("back")}</button>
      </p>
    </form>
  );
}

export function Invite(props: { course: Course; done: () => Promise<void> }): JSX.Element {
  const [is_open, open] = useState(false);
  const [sent, set_sent] = useState<number | null>(null);
  const { course } = props;
  const done = async (n: number): Promise<void> => {
    open(false);
    set_sent(n);
    await props.done();
  };
  return (
    <>
      {is_open ? <InviteForm course={course} sent={done} cancel={() => open(false)} /> : <p class="row"><button type="button" class="quiet invite" onClick={() => open(true)}>{t("courses.invite")}</button></p>}
      <p class="small" role="status">{sent !== null && !is_open ? t("courses.invite_sent", { n: sent }) : ""}</p>
    </>
  );
}
