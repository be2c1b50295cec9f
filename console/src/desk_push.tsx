// SPDX-License-Identifier: Apache-2.0
// Notifications of a desk in this browser, while no console is open: what its duty room is told,
// until the session ends. Who signs in again here under the same name goes on.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import { del, put } from "./api";
import { useApp } from "./app";
import { useAction } from "./hooks";
import { current_language, t } from "./i18n";
import { Trouble } from "./parts";
import { DESK, has_push, subscribe, subscribed, unsubscribe, type Subscription } from "./push_browser";
import type { Session } from "./types";

/** Whose session this browser shows notifications of. */
const KEPT = "muster-desk-push";

const tell = (given: Subscription): Promise<void> => put("sessions/current/browser", { ...given, lang: current_language() });

/** Whether this browser shows them. */
async function go_on(session: Session): Promise<boolean> {
  const given = has_push() ? await subscribed(DESK) : null;
  if (!given || Notification.permission !== "granted") return false;
  if (given.push_p256dh === session.push_p256dh) return true;
  if (localStorage.getItem(KEPT) !== session.account) return false;
  await tell(given);
  return true;
}

async function begin(session: Session): Promise<boolean> {
  const given = await subscribe(session.push_key!, DESK);
  if (!given) return false;
  await tell(given);
  localStorage.setItem(KEPT, session.account);
  return true;
}

/** At sign-out too, where the server forgets by itself. */
export async function forget_desk_push(): Promise<void> {
  localStorage.removeItem(KEPT);
  await unsubscribe(DESK);
}

/** ONASKED: the browser has been asked, and may have refused. */
export function DeskPush(props: { onAsked: () => void }): JSX.Element | null {
  const { session } = useApp();
  const [on, set_on] = useState(false);
  const [reached, set_reached] = useState(true); // the push service, by the browser
  const action = useAction();
  useEffect(() => {
    if (session.push_key) go_on(session).then(set_on, () => undefined);
  }, [session]);
  if (!session.push_key) return null;
  if (!has_push()) return <small>{t("calls.push_none")}</small>;
  const failed = (error: unknown) => {
    if (!(error instanceof Error)) throw error; // our own server's
    set_reached(false);
  };
  const change = (wanted: boolean) =>
    action.run(async () => {
      set_reached(true);
      if (wanted) return begin(session).then(set_on, failed).finally(props.onAsked);
      await del("sessions/current/browser");
      await forget_desk_push();
      set_on(false);
    });
  return (
    <>
      <label class="check">
        <input type="checkbox" checked={on} disabled={action.busy} onChange={(e) => change(e.currentTarget.checked)} />
        <span>{t("calls.push")}</span>
      </label>
      <small class={reached ? "" : "wait-text"} role="status">{t(reached ? "calls.push_what" : "calls.push_failed")}</small>
      <Trouble problem={action.problem} />
    </>
  );
}
