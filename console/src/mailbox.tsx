// SPDX-License-Identifier: Apache-2.0
// The demo's mailbox: every message as it would reach a telephone; its link opens the
// page of that volunteer in a new window.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import { get_all } from "./api";
import { useApp, type App } from "./app";
import { area_name } from "./areas";
import { useLoaded } from "./hooks";
import { seconds_text, t } from "./i18n";
import { Empty, Skeleton, Trouble } from "./parts";
import { useTitle } from "./title";
import type { Message } from "./types";

/** A volunteer by number, a desk by the name of its area. */
const DESK = /^desk:(.+)$/;
function to_text(app: App, to: string): string {
  const code = DESK.exec(to)?.[1];
  return code ? t("desks.of", { area: area_name(app, code) }) : to;
}

export function MailboxView(): JSX.Element {
  useTitle(t("mailbox.title"));
  const app = useApp();
  const [find, set_find] = useState("");
  const list = useLoaded(() => get_all<Message>("mailbox", 200), "mailbox", null);
  useEffect(() => {
    const timer = window.setInterval(list.reload, 3000);
    return () => window.clearInterval(timer);
  }, []);
  const items = (list.data ?? []).filter((one) => !find || to_text(app, one.to).includes(find.trim()) || one.subject.includes(find.trim()));
  return (
    <section class="panel" aria-labelledby="mailbox-title">
      <h1 id="mailbox-title">{t("mailbox.title")}</h1>
      <p class="lead">{t("mailbox.lead")}</p>
      <label class="field">
        <span>{t("mailbox.find")}</span>
        <input type="search" value={find} onInput={(e) => set_find(e.currentTarget.value)} />
      </label>
      <Trouble problem={list.problem} retry={list.reload} />
      {!list.data && !list.problem && <Skeleton />}
      {list.data && !items.length && <Empty title={t("mailbox.none")}><p>{t("mailbox.first")}</p></Empty>}
      <ul class="list messages">
        {items.map((one) => (
          <li key={one.id}>
            <div>
              <p class="row">
                <strong>{to_text(app, one.to)}</strong>
                {one.exercise && <span class="tag hatched">{t("exercise.tag")}</span>}
                <span class="small push">{seconds_text(one.at)}</span>
              </p>
              <p>{one.subject}</p>
            </div>
            {one.link && (
              <a class="button" href={one.link} target="_blank" rel="noopener">
                {t(DESK.test(one.to) ? "mailbox.open" : "mailbox.be")}<span class="hidden"> {to_text(app, one.to)}</span>
              </a>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
