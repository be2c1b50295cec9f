// SPDX-License-Identifier: Apache-2.0
// Response levels of areas: started, confirmed by a second account, ended. Levels I and II
// call people whom nobody would disturb otherwise, so each screen says so before it asks.
import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { get_all, post } from "./api";
import { can, in_hours, useApp, type App } from "./app";
import { AreaPicker } from "./area_picker";
import { area_choices, area_label, COMMANDS, DISPATCHES, may_command, may_dispatch_at, within_single } from "./areas";
import { useAction, useLoaded, type Loaded } from "./hooks";
import { due_text, t, word } from "./i18n";
import { KINDS } from "./incidents";
import { Confirm, Empty, Skeleton, Trouble, submit } from "./parts";
import { useTitle } from "./title";
import type { AreaName, Id } from "./types";

export interface Response {
  id: Id;
  area: AreaName;
  hazard: string;
  level: string;
  state: "proposed" | "running" | "ended";
  from?: string;
  to?: string; // of one that runs: when it ends by itself
  started_by?: string;
  confirmed_by?: string;
}

export const LEVELS = ["IV", "III", "II", "I"]; // in ascending order
const HOURS = [0, 6, 12, 24, 48, 72];
const PAST_MAX = 50;

/** Of level I and II: they need a commander, and a second one. */
const is_high = (level: string): boolean => level === "I" || level === "II";
function may(app: App, one: Response): boolean {
  return is_high(one.level) ? may_command(app, one.area.code) : may_dispatch_at(app, one.area.code);
}

export function useResponses(state: Response["state"]): Loaded<Response[]> {
  return useLoaded(() => get_all<Response>("responses?state=" + state).then((all) => all.filter((one) => one.state === state)), "responses " + state, "response");
}

function name_of(app: App, one: Response): string {
  return t("response.name", { level: one.level, hazard: word("kind", one.hazard), area: area_label(app, one.area.code, one.area.name) });
}

function step_of(one: Response, step: "confirm" | "end", reload: () => Promise<void>): () => Promise<void> {
  return () => post("responses/" + one.id + "/steps", { step }).then(reload);
}

/** Another commander's proposal stands above every view until somebody has decided. */
export function Proposed(): JSX.Element | null {
  const app = useApp();
  const list = useResponses("proposed");
  const waiting = (list.data ?? []).filter((one) => may(app, one) && one.started_by !== app.session.account);
  if (!waiting.length) return null;
  return (
    <div class="notice-rows" role="status">
      {waiting.map((one) => (
        <p key={one.id} class="row wrap">
          <strong>{name_of(app, one)}</strong>
          <span>{t("response.waits", { by: one.started_by ?? "–" })}</span>
          <a class="button push" href="/response" data-go>{t("response.look")}</a>
        </p>
      ))}
    </div>
  );
}

/** Confirming and ending say what follows. */
function Decide(props: { one: Response; step: "confirm" | "end"; reload: () => Promise<void> }): JSX.Element {
  const { one, step } = props;
  const app = useApp();
  const action = useAction();
  const [sure, set_sure] = useState(false);
  const is_running = one.state === "running";
  const act = t(step === "confirm" ? "response.confirm" : is_running ? "response.end" : "response.withdraw");
  const follows = step === "confirm" ? "response.confirm_then" : is_high(one.level) && is_running ? "response.end_then" : "response.end_plain";
  return (
    <>
      <button type="button" class={step === "confirm" ? "push" : "quiet"} onClick={() => set_sure(true)}>{act}</button>
      {sure && (
        <Confirm
          title={name_of(app, one)}
          consequences={[t(follows)]}
          action={act}
          busy={action.busy}
          problem={action.problem}
          onYes={() => action.run(() => step_of(one, step, props.reload)().then(() => set_sure(false)))}
          onNo={() => set_sure(false)}
        />
      )}
    </>
  );
}

function Row(props: { one: Response; now: number; reload: () => Promise<void> }): JSX.Element {
  const app = useApp();
  const { one, now } = props;
  const own = one.started_by === app.session.account, acts = may(app, one) && one.state !== "ended";
  const facts = [
    one.state === "proposed" ? t("response.proposed_by", { by: one.started_by ?? "–", at: due_text(one.from, now) }) : t("response.started_by", { by: one.started_by ?? "–", at: due_text(one.from, now) }),
    one.confirmed_by ? t("response.confirmed_by", { by: one.confirmed_by }) : "",
    one.to ? t(one.state === "ended" ? "response.ended" : "response.until", { at: due_text(one.to, now) }) : one.state === "running" ? t("response.until_ended") : "",
  ];
  return (
    <li class="response-row">
      <span class="what">
        <strong>{name_of(app, one)}</strong>
        <span class="small">{facts.filter(Boolean).join(" · ")}</span>
        {one.state === "proposed" && (own || !acts) && <span class="small wait-text">{t("response.another")}</span>}
      </span>
      {acts && (
        <span class="row">
          {one.state === "proposed" && !own && <Decide one={one} step="confirm" reload={props.reload} />}
          <Decide one={one} step="end" reload={props.reload} />
        </span>
      )}
    </li>
  );
}

function Start(props: { onDone: () => Promise<void> }): JSX.Element {
  const app = useApp();
  const [level, set_level] = useState("");
  const counts = is_high(level) ? COMMANDS : DISPATCHES;
  const choices = area_choices(app, counts);
  const whole = within_single(app, app.instance.root_area);
  const [wanted, set_area] = useState("");
  const area = choices.some((one) => one.area.code === wanted && !one.not) ? wanted : (choices.find((one) => one.area.code === whole) ?? choices.find((one) => !one.not))?.area.code ?? "";
  const [hazard, set_hazard] = useState("");
  const [hours, set_hours] = useState(0);
  const action = useAction();
  const commands = can(app, "commander"), is_whole = !!level && !!hazard && !!area;
  const start = (): void =>
    action.run(async () => {
      await post("responses", { area, hazard, level, ...(hours ? { to: in_hours(app, hours) } : {}) });
      set_level("");
      set_hazard("");
      await props.onDone();
    });
  return (
    <form class="stacked-form" onSubmit={submit(start)}>
      <h2>{t("response.start")}</h2>
      <fieldset class="levels">
        <legend>{t("warnings.which")}</legend>
        {[...LEVELS].reverse().map((one) => (
          <label key={one} class="check">
            <input type="radio" name="level" value={one} checked={level === one} disabled={is_high(one) && !commands} onChange={() => set_level(one)} />
            <span>{t("response.level", { level: one })}</span>
          </label>
        ))}
      </fieldset>
      {is_high(level) && <p class="note wait">{t("response.high")}</p>}
      {!commands && <p class="small">{t("response.commanders")}</p>}
      <div class="row fields">
        <label class="field">
          <span>{t("response.hazard")}</span>
          <select name="hazard" value={hazard} onChange={(e) => set_hazard(e.currentTarget.value)}>
            <option value="">{t("response.choose")}</option>
            {KINDS.map((kind) => <option key={kind} value={kind}>{word("kind", kind)}</option>)}
          </select>
        </label>
        <AreaPicker name="area" label={t("col.area")} choices={choices} value={area} onChange={set_area} />
        <label class="field">
          <span>{t("warnings.for")}</span>
          <select value={String(hours)} onChange={(e) => set_hours(Number(e.currentTarget.value))}>
            {HOURS.map((h) => <option key={h} value={String(h)}>{h ? t("closures.hours", { h }) : t("response.until_ended")}</option>)}
          </select>
        </label>
      </div>
      <Trouble problem={action.problem} />
      <button type="submit" class="primary" disabled={action.busy || !is_whole}>{t(is_high(level) ? "response.propose" : "response.start")}</button>
      {!is_whole && <p class="small">{t("response.first")}</p>}
    </form>
  );
}

function Past(): JSX.Element {
  const app = useApp();
  const list = useResponses("ended");
  return (
    <>
      <Trouble problem={list.problem} retry={list.reload} />
      {!list.data && !list.problem && <Skeleton />}
      <ul class="list">{(list.data ?? []).slice(0, PAST_MAX).map((one) => <Row key={one.id} one={one} now={Date.now() + app.offset_ms} reload={list.reload} />)}</ul>
    </>
  );
}

export function ResponsesView(): JSX.Element {
  useTitle(t("response.title"));
  const app = useApp();
  const proposed = useResponses("proposed"), running = useResponses("running");
  const [past, set_past] = useState(false);
  const now = Date.now() + app.offset_ms;
  const reload = async (): Promise<void> => void (await Promise.all([proposed.reload(), running.reload()]));
  const items = [...(proposed.data ?? []), ...(running.data ?? [])];
  const problem = proposed.problem ?? running.problem;
  return (
    <section class="panel" aria-labelledby="response-title">
      <div class="row">
        <h1 id="response-title">{t("response.title")}</h1>
        <a class="push" href="/" data-go>{t("back")}</a>
      </div>
      <p class="lead">{t("response.lead")}</p>
      <Trouble problem={problem} retry={reload} />
      {!(proposed.data && running.data) && !problem && <Skeleton />}
      {proposed.data && running.data && !items.length && <Empty title={t("response.ordinary")} />}
      <ul class="list">{items.map((one) => <Row key={one.id} one={one} now={now} reload={reload} />)}</ul>
      {can(app, "dispatcher", "commander") && <Start onDone={reload} />}
      <details onToggle={(e) => set_past(e.currentTarget.open)}>
        <summary>{t("response.past")}</summary>
        {past && <Past />}
      </details>
    </section>
  );
}
