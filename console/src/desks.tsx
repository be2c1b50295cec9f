// SPDX-License-Identifier: Apache-2.0
// Desks: where the duty rooms of areas are written to when something waits for a hand. For
// those who dispatch there; set by those who command there.
import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";

import { del, get, put } from "./api";
import { useApp, type App } from "./app";
import { AreaPicker } from "./area_picker";
import { area_choices, area_label, area_path, COMMANDS, EVERY_ROLE, may_command, within_single, type Choice } from "./areas";
import { FindField, holding } from "./find";
import { useAction, useLoaded } from "./hooks";
import { day_text, t, word } from "./i18n";
import { Confirm, Empty, Fault, faulty, Skeleton, Trouble, submit } from "./parts";
import { fault_text } from "./people_file";
import { useTitle } from "./title";
import type { Desk } from "./types";

const EMAIL_MAX = 127; // of the server

/** What reaches a desk without an address. */
function other_ways(app: App): string {
  return app.instance.channels.filter((one) => one === "file" || one === "webhook").map((one) => word("channel", one)).join(" / ");
}

type Desks = Map<string, Desk>; // by the code of their area

/** The one that is written to next: of the nearest area above that has one. */
function next_above(app: App, desks: Desks, code: string): Desk | undefined {
  return area_path(app, code).slice(0, -1).reverse().map((one) => desks.get(one.code)).find(Boolean);
}

/** The first one; not a root above one city alone, as long as that has none. */
function usual_area(app: App, choices: Choice[]): string {
  const city = within_single(app, app.instance.root_area), free = choices.filter((one) => !one.not);
  return (free.find((one) => one.area.code === city) ?? free[0])?.area.code ?? "";
}

/** Of a DESK that is there, or of an area of CHOICES. The server judges the address. */
function DeskForm(props: { desk?: Desk; choices: Choice[]; onDone: () => Promise<void>; onCancel: () => void }): JSX.Element {
  const { desk } = props;
  const app = useApp();
  const action = useAction();
  const field = useRef<HTMLInputElement>(null);
  const [choices] = useState(props.choices); // nobody's desk comes or goes under the hand
  const [area, set_area] = useState(desk?.area.code ?? usual_area(app, choices));
  const [email, set_email] = useState(desk?.email ?? "");
  const [sent, set_sent] = useState("");
  const wrong = action.problem?.errors?.find((one) => one.pointer === "/email");
  const fault = wrong && sent === email ? fault_text(wrong.detail) : undefined;
  const ways = other_ways(app);
  useEffect(() => {
    if (desk || wrong) field.current?.focus();
  }, [action.problem]);
  const save = (): void => {
    set_sent(email);
    action.run(async () => {
      await put("desks/" + encodeURIComponent(area), email.trim() ? { email: email.trim() } : {});
      await props.onDone();
    });
  };
  return (
    <form class="desk-form" noValidate aria-label={desk ? t("desks.of", { area: desk.area.name }) : t("desks.add")} onSubmit={submit(save)}>
      {desk && <h2>{t("desks.of", { area: desk.area.name })}</h2>}
      <div class="row fields">
        {!desk && <AreaPicker name="area" label={t("col.area")} choices={choices} value={area} focus onChange={set_area} />}
        <label class="field grow">
          <span>{t("edit.email")}</span>
          <input name="email" type="email" ref={field} autocomplete="off" maxLength={EMAIL_MAX} value={email} onInput={(e) => set_email(e.currentTarget.value)} {...faulty("email", fault)} />
          <span role="alert"><Fault field="email" text={fault} /></span>
          {ways && <small>{t("desks.email_optional", { ways })}</small>}
        </label>
      </div>
      <Trouble problem={wrong ? null : action.problem} />
      <p class="row">
        <button class="primary" disabled={action.busy || !area}>{t("edit.save")}</button>
        <button type="button" class="quiet" onClick={props.onCancel}>{t("back")}</button>
      </p>
    </form>
  );
}

/** The dialog says who is told instead. */
function Remove(props: { desk: Desk; above?: Desk; onDone: () => Promise<void> }): JSX.Element {
  const { desk, above } = props;
  const action = useAction();
  const [sure, set_sure] = useState(false);
  const title = t("desks.remove_one", { area: desk.area.name });
  const remove = (): void =>
    action.run(async () => {
      await del("desks/" + encodeURIComponent(desk.area.code));
      await props.onDone();
    });
  return (
    <>
      <button type="button" class="quiet" aria-label={title} onClick={() => set_sure(true)}>{t("desks.remove")}</button>
      {sure && (
        <Confirm
          title={title}
          consequences={[t("desks.remove_gone"), above ? t("desks.remove_then", { area: above.area.name }) : t("desks.remove_nobody")]}
          action={t("desks.remove")}
          busy={action.busy}
          problem={action.problem}
          onYes={remove}
          onNo={() => set_sure(false)}
        />
      )}
    </>
  );
}

/** An address that nobody reads is found here, not in the night when it is needed. */
function Last(props: { desk: Desk }): JSX.Element | null {
  const { last } = props.desk;
  if (!last.length) return null;
  return (
    <p class="facts small">
      {last.map(({ channel, state, at }) => {
        const came = state === "handed_over" || state === "delivered" || state === "read";
        const failed = channel === "email" ? "desks.last_failed" : "desks.last_failed_other";
        const key = came ? "desks.last_came" : state === "queued" ? "desks.last_again" : failed;
        return <span key={channel} class={came ? "" : "wait-text"}>{t(key, { way: word("channel", channel), at: day_text(at) })}</span>;
      })}
    </p>
  );
}

function Row(props: { desk: Desk; above?: Desk; onChange: () => void; onDone: () => Promise<void> }): JSX.Element {
  const { desk, above } = props;
  const app = useApp();
  const ways = other_ways(app), parent = area_path(app, desk.area.code).slice(-2, -1).find((one) => one.parent || one.code === within_single(app, one.code));
  return (
    <div class="desk-row">
      <div class="what">
        <p><strong>{desk.area.name}</strong>{parent && <span class="small"> {parent.name}</span>}</p>
        <p class="facts">
          {desk.email && <span>{desk.email}</span>}
          {desk.email && !app.instance.channels.includes("email") && <span class="wait-text">{t("desks.no_email")}</span>}
          {ways && <span>{t("desks.by", { ways })}</span>}
        </p>
        <Last desk={desk} />
        {above && <p class="small">{t("desks.then", { area: above.area.name })}</p>}
      </div>
      {may_command(app, desk.area.code) && (
        <div class="row">
          <button type="button" aria-label={t("edit.change_one", { number: t("desks.of", { area: desk.area.name }) })} onClick={props.onChange}>{t("edit.change")}</button>
          <Remove desk={desk} above={above} onDone={props.onDone} />
        </div>
      )}
    </div>
  );
}

const NEW = ""; // no area has this code

export function DesksView(): JSX.Element {
  useTitle(t("desks.title"));
  const app = useApp();
  // Events of incident 0 are those of the instance: a desk set or removed among them.
  const list = useLoaded(() => get<{ items: Desk[] }>("desks").then((answer) => answer.items), "desks", 0);
  const [open, set_open] = useState<string | null>(null); // one form at a time, by its area
  const by_code: Desks = useMemo(() => new Map((list.data ?? []).map((one) => [one.area.code, one])), [list.data]);
  const desks = useMemo(() => area_choices(app, EVERY_ROLE).flatMap((one) => by_code.get(one.area.code) ?? []), [app, by_code]);
  const [text, find] = useState("");
  const found = holding(desks, text, ({ area, email }) => [area.code, area_label(app, area.code, area.name), email]);
  const choices = useMemo(() => area_choices(app, COMMANDS).map((one) => ({ ...one, not: by_code.has(one.area.code) })), [app, by_code]);
  const done = (): Promise<void> => list.reload().then(() => set_open(null));
  const form = { choices, onDone: done, onCancel: () => set_open(null) };
  const add = choices.some((one) => !one.not) && <button type="button" class="primary add-desk" onClick={() => set_open(NEW)}>{t("desks.add")}</button>;
  return (
    <section class="panel wide-panel desks" aria-labelledby="desks-title">
      <div class="row">
        <h1 id="desks-title">{t("desks.title")}</h1>
        {desks.length > 0 && open === null && add}
        <a class="button" href="/readiness" data-go>{t("readiness.title")}</a>
      </div>
      <p class="lead">{t("desks.what", { minutes: Math.round(app.instance.desk_next_s / 6) / 10 })}</p>
      {app.session.push_key && <p class="small">{t("desks.push")}</p>}
      <Trouble problem={list.problem} retry={list.reload} />
      {!list.data && !list.problem && <Skeleton />}
      {list.data && !desks.length && open === null && <Empty title={t("desks.none")}><p>{t(add ? "desks.none_add" : "desks.none_ask")}</p>{add && <p>{add}</p>}</Empty>}
      {open === NEW && <DeskForm {...form} />}
      <FindField label={t("desks.find")} of={desks.length} text={text} onFind={find} />
      {desks.length > 0 && !found.length && <Empty title={t("desks.none_found")} />}
      <ul class="list">
        {found.map((desk) => {
          const { code } = desk.area;
          return <li key={code}>{open === code ? <DeskForm desk={desk} {...form} /> : <Row desk={desk} above={next_above(app, by_code, code)} onChange={() => set_open(code)} onDone={done} />}</li>;
        })}
      </ul>
    </section>
  );
}
