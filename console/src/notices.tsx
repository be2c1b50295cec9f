// SPDX-License-Identifier: Apache-2.0
// What is said above every view, whatever the dispatcher is looking at: somebody needs
// help now; the server is not heard; this is an exercise.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import { post } from "./api";
import { can, useApp } from "./app";
import { useAction } from "./hooks";
import { seconds_text, t, word } from "./i18n";
import { current_link, last_heard, on_link } from "./live";
import { State, Trouble } from "./parts";
import type { Alarm, Incident } from "./types";

function AlarmRow(props: { alarm: Alarm; incident: Incident }): JSX.Element {
  const app = useApp();
  const action = useAction();
  const { alarm, incident } = props;
  const acts = can(app, "dispatcher", "commander") || (incident.exercise && can(app, "trainer"));
  return (
    <>
      <p class="row wrap">
        <State group="person" state="sos" />
        <strong>{alarm.name ?? alarm.number}</strong>
        {alarm.phone && <a href={"tel:" + alarm.phone}>{alarm.phone}</a>}
        <span>{seconds_text(alarm.at)}</span>
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

const BLIP_MS = 2000; // shorter breaks are not worth a word

/** While the server is not heard: how old is what the screen shows. */
export function Unheard(): JSX.Element | null {
  const app = useApp();
  const [down, set_down] = useState(false);
  useEffect(() => {
    let timer = 0;
    const changed = () => {
      window.clearTimeout(timer);
      if (current_link() !== "down") set_down(false);
      else timer = window.setTimeout(() => set_down(true), BLIP_MS);
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
      <strong>{t("unheard.what")}</strong> {t("unheard.since", { at: seconds_text(new Date(last_heard() + app.offset_ms).toISOString()) })}
    </div>
  );
}
