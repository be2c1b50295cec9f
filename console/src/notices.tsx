// SPDX-License-Identifier: Apache-2.0
// What is said above every view, whatever the dispatcher is looking at: somebody needs
// help now; the server is not heard, or cannot store; the browser keeps the tone silent.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import { post } from "./api";
import { can, useApp, type App } from "./app";
import { has_desktop, is_on, ring, switch_means, useCalls, type Means } from "./calls";
import { clock_ahead, when_clock_steps } from "./clock";
import { DeskPush } from "./desk_push";
import { useAction, useNow } from "./hooks";
import { date_text, day_text, moment_text, t, word } from "./i18n";
import { current_link, is_storing, last_heard, on_link } from "./live";
import { State, Trouble } from "./parts";
import type { Alarm, Incident } from "./types";

const may_act = (app: App) => can(app, "dispatcher", "commander");

function AlarmRow(props: { alarm: Alarm; incident: Incident }): JSX.Element {
  const app = useApp();
  const action = useAction();
  const { alarm, incident } = props;
  const acts = may_act(app) || (incident.exercise && can(app, "trainer"));
  return (
    <>
      <p class="row wrap">
        <State group="person" state="sos" />
        <strong>{alarm.name ?? alarm.number}</strong>
        {alarm.phone && <a href={"tel:" + alarm.phone}>{alarm.phone}</a>}
        <span>{moment_text(alarm.at)}</span>
        {incident.exercise && <span class="tag hatched">{t("exercise.tag")}</span>}
        <a href={"/incidents/" + incident.id + "/needs/" + alarm.need} data-go>{incident.title || word("kind", incident.kind)} · {incident.area.name}</a>
        {acts && (
          <button type="button" class="push" disabled={action.busy} onClick={() => action.run(() => post("assignments/" + alarm.assignment + "/alarms", { step: "acknowledge" }))}>
            {t("alarm.acknowledge")}
          </button>
        )}
      </p>
      <Trouble problem={action.problem} />
    </>
  );
}

export function Alarms(props: { incidents: Incident[] }): JSX.Element | null {
  const all = props.incidents.flatMap((incident) => (incident.alarms ?? []).map((alarm) => ({ alarm, incident })));
  if (!all.length) return null;
  return (
    <div class="alarms" role="alert">
      {all.map(({ alarm, incident }) => (
        <AlarmRow key={alarm.assignment} alarm={alarm} incident={incident} />
      ))}
    </div>
  );
}

const NAMES_MAX = 3;

/** Who is out of contact, a row for each incident: it stands until they are found, and takes no more room than that. */
export function OutOfContact(props: { incidents: Incident[] }): JSX.Element | null {
  const all = props.incidents.filter((incident) => incident.lost?.length);
  if (!all.length) return null;
  return (
    <div class="out-of-contact" role="status">
      {all.map((incident) => (
        <p key={incident.id} class="row wrap">
          <State group="person" state="lost_contact" text={t("board.lost", { n: incident.lost!.length })} />
          {incident.lost!.slice(0, NAMES_MAX).map((one) => (
            <span key={one.assignment}><strong>{one.name ?? one.number}</strong> {one.phone && <a href={"tel:" + one.phone}>{one.phone}</a>}</span>
          ))}
          {incident.exercise && <span class="tag hatched">{t("exercise.tag")}</span>}
          <a href={"/incidents/" + incident.id + "/needs/" + incident.lost![0]!.need} data-go>{incident.title || word("kind", incident.kind)} · {incident.area.name}</a>
        </p>
      ))}
    </div>
  );
}

const BLIP_MS = 2000; // shorter breaks are not worth a word

/** How old is what the screen shows: with its date from the next day on. */
function ShownSince(): JSX.Element {
  const app = useApp();
  useNow(app.offset_ms);
  return <>{t("unheard.since", { at: moment_text(new Date(last_heard() + app.offset_ms).toISOString()) })}</>;
}

/** While the server is not heard. */
export function Unheard(): JSX.Element | null {
  const app = useApp();
  const [down, set_down] = useState(false);
  useEffect(() => {
    let timer = 0;
    const gone = () => {
      set_down(true);
      if (may_act(app) && is_on("sound")) ring("escalated"); // whoever waits for a tone would wait in vain
    };
    const changed = () => {
      window.clearTimeout(timer);
      if (current_link() !== "down") set_down(false);
      else timer = window.setTimeout(gone, BLIP_MS);
    };
    changed();
    const leave = on_link(changed);
    return () => {
      leave();
      window.clearTimeout(timer);
    };
  }, []);
  if (!down) return null;
  return (
    <div class="unheard" role="alert">
      <strong>{t("unheard.what")}</strong> <ShownSince />
    </div>
  );
}

/** While the server can store nothing: what is pressed is not kept. */
export function NotStored(): JSX.Element | null {
  const [stores, set_stores] = useState(is_storing());
  useEffect(() => on_link(() => set_stores(is_storing())), []);
  if (stores) return null;
  return (
    <div class="unheard" role="alert">
      <strong>{t("not_stored.what")}</strong> {t("not_stored.do")}
    </div>
  );
}

const APART_MS = 120000;
const APART_KEY = "muster-clocks";

/** Until somebody has read it, and again only when they stand otherwise. */
export function ClocksApart(): JSX.Element | null {
  const app = useApp();
  const [ahead_ms, set_ahead] = useState(clock_ahead());
  const [read_ms, set_read] = useState(Number(sessionStorage.getItem(APART_KEY) ?? 0));
  useEffect(() => when_clock_steps(() => set_ahead(clock_ahead())), []);
  useNow(app.offset_ms);
  if (Math.abs(ahead_ms) <= APART_MS || Math.abs(ahead_ms - read_ms) <= APART_MS) return null;
  const here = Date.now(), server = here + ahead_ms, is_day = date_text(here) === date_text(server);
  const at = (ms: number): string => (is_day ? moment_text : day_text)(new Date(ms).toISOString());
  const read = (): void => {
    sessionStorage.setItem(APART_KEY, String(ahead_ms));
    set_read(ahead_ms);
  };
  return (
    <div class="unheard clocks" role="alert">
      <strong>{t("clocks.apart", { server: at(server), here: at(here) })}</strong> {t("clocks.which")}{" "}
      <button type="button" onClick={read}>{t("clocks.read")}</button>
    </div>
  );
}

/** Rings and says so in the tab's title; a word only while the browser keeps it silent. */
export function Calls(props: { incidents: Incident[] | null; here: number }): JSX.Element | null {
  const silent = useCalls(props.incidents, props.here, may_act(useApp()));
  if (!silent) return null;
  return (
    <div class="unheard" role="status">
      {t("calls.silent")} <button type="button">{t("calls.unsilence")}</button>
    </div>
  );
}

/** In the menu of the account: how this browser calls. */
export function CallMeans(): JSX.Element {
  const [, redraw] = useState(0);
  const choice = (means: Means) => (
    <label class="check">
      <input type="checkbox" checked={is_on(means)} onChange={(e) => void switch_means(means, e.currentTarget.checked).then(() => redraw((n) => n + 1))} />
      <span>{t(means === "sound" ? "calls.sound" : "calls.desktop")}</span>
    </label>
  );
  return (
    <fieldset class="calls">
      <legend>{t("calls.means")}</legend>
      <p class="row wrap">
        {choice("sound")}
        <button type="button" class="quiet" onClick={() => ring("sos")}>{t("calls.try")}</button>
      </p>
      {has_desktop() && choice("desktop")}
      <DeskPush onAsked={() => redraw((n) => n + 1)} />
      {has_desktop() && Notification.permission === "denied" && <small>{t("calls.denied")}</small>}
    </fieldset>
  );
}
