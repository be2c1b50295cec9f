// SPDX-License-Identifier: Apache-2.0
// Who may sign in: for administrators. A password is made here, shown once, and told by
// telephone or on paper; whoever signs in may take another.
import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { get_all, post } from "./api";
import { useApp, type App } from "./app";
import { AreaPicker } from "./area_picker";
import { ADMINISTERS, area_choices, area_name } from "./areas";
import { FindField, holding } from "./find";
import { useAction, useLoaded } from "./hooks";
import { t, word } from "./i18n";
import { Confirm, Empty, Fault, faulty, Skeleton, Trouble, submit } from "./parts";
import { useTitle } from "./title";
import type { Session } from "./types";

interface Account {
  account: string;
  roles: Session["roles"];
  closed: boolean;
}
/** As it is shown once. */
interface Given {
  account: string;
  password: string;
}

const NAME_MAX = 64; // of the server
const ROLES = ["dispatcher", "commander", "verifier", "trainer", "auditor", "viewer", "admin"];
const LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"; // none that look alike
const LENGTH = 16; // of 31 letters: 79 bits

function new_password(): string {
  const taken: string[] = [];
  while (taken.length < LENGTH) {
    const [byte] = crypto.getRandomValues(new Uint8Array(1));
    if (byte! < LETTERS.length * 8) taken.push(LETTERS[byte! % LETTERS.length]!); // each as likely
  }
  return taken.join("");
}

function roles_text(app: App, one: Account): string {
  return one.roles.map((role) => word("role", role.role) + " · " + area_name(app, role.area)).join(t("handover.comma"));
}

/** Until it has been written down. */
function Once(props: { given: Given; onDone: () => void }): JSX.Element {
  const { account, password } = props.given;
  return (
    <div class="note" role="status">
      <p>{t("accounts.once", { account })}</p>
      <p class="password"><code>{password}</code></p>
      <button type="button" onClick={props.onDone}>{t("accounts.written")}</button>
    </div>
  );
}

function Add(props: { onDone: (given: Given) => Promise<void>; onCancel: () => void }): JSX.Element {
  const app = useApp();
  const [choices] = useState(() => area_choices(app, ADMINISTERS));
  const [name, set_name] = useState("");
  const [role, set_role] = useState("dispatcher");
  const [area, set_area] = useState(choices.find((one) => !one.not)?.area.code ?? "");
  const action = useAction();
  const [sent, set_sent] = useState("");
  const taken = action.problem?.status === 409 && sent === name;
  const add = (): void => {
    set_sent(name);
    action.run(async () => {
      const given = { account: name.trim(), password: new_password() };
      await post("accounts", { ...given, roles: [{ role, area }] });
      await props.onDone(given);
    });
  };
  return (
    <form class="stacked-form" aria-label={t("accounts.add")} onSubmit={submit(add)}>
      <div class="row fields">
        <label class="field">
          <span>{t("accounts.name")}</span>
          <input name="account" required autocomplete="off" maxLength={NAME_MAX} value={name} onInput={(e) => set_name(e.currentTarget.value)} {...faulty("account", taken ? t("accounts.taken") : undefined)} />
          <span role="alert"><Fault field="account" text={taken ? t("accounts.taken") : undefined} /></span>
        </label>
        <label class="field">
          <span>{t("accounts.role")}</span>
          <select name="role" value={role} onChange={(e) => set_role(e.currentTarget.value)}>
            {ROLES.map((one) => <option key={one} value={one}>{word("role", one)}</option>)}
          </select>
        </label>
        <AreaPicker name="area" label={t("col.area")} choices={choices} value={area} onChange={set_area} />
      </div>
      <p class="small">{word("role_about", role)}</p>
      <Trouble problem={taken ? null : action.problem} />
      <p class="row">
        <button class="primary" disabled={action.busy || !name.trim() || !area}>{t("accounts.make")}</button>
        <button type="button" class="quiet" onClick={props.onCancel}>{t("back")}</button>
      </p>
    </form>
  );
}

type Step = "close" | "open" | "password";

function Row(props: { one: Account; onGiven: (given: Given) => void; reload: () => Promise<void> }): JSX.Element {
  const { one } = props;
  const app = useApp();
  const action = useAction();
  const [sure, set_sure] = useState<Step | null>(null);
  const own = one.account === app.session.account;
  const take = (step: Step): void =>
    action.run(async () => {
      const password = new_password();
      await post("accounts/" + encodeURIComponent(one.account) + "/steps", step === "password" ? { step, password } : { step });
      set_sure(null);
      if (step === "password") props.onGiven({ account: one.account, password });
      await props.reload();
    });
  return (
    <li class="desk-row account-row">
      <div class="what">
        <p><strong>{one.account}</strong>{own && <span class="small"> {t("accounts.own")}</span>}{one.closed && <span class="tag"> {t("accounts.closed")}</span>}</p>
        <p class="small">{roles_text(app, one)}</p>
        <Trouble problem={sure ? null : action.problem} />
      </div>
      {!own && (
        <span class="row">
          {!one.closed && <button type="button" onClick={() => set_sure("password")}>{t("accounts.password")}</button>}
          {one.closed
            ? <button type="button" disabled={action.busy} onClick={() => take("open")}>{t("accounts.open")}</button>
            : <button type="button" class="quiet" onClick={() => set_sure("close")}>{t("accounts.close")}</button>}
        </span>
      )}
      {sure && (
        <Confirm
          title={t(sure === "close" ? "accounts.close_one" : "accounts.password_one", { account: one.account })}
          consequences={[t("accounts.signed_out"), t(sure === "close" ? "accounts.close_then" : "accounts.password_then")]}
          action={t(sure === "close" ? "accounts.close" : "accounts.password")}
          busy={action.busy}
          problem={action.problem}
          onYes={() => take(sure)}
          onNo={() => set_sure(null)}
        />
      )}
    </li>
  );
}

export function AccountsView(): JSX.Element {
  useTitle(t("accounts.title"));
  const app = useApp();
  const list = useLoaded(() => get_all<Account>("accounts"), "accounts", "account");
  const [adding, set_adding] = useState(false);
  const [given, set_given] = useState<Given | null>(null);
  const [text, find] = useState("");
  const all = list.data ?? [];
  const items = holding(all, text, (one) => [one.account, roles_text(app, one)]);
  return (
    <section class="panel wide-panel desks" aria-labelledby="accounts-title">
      <div class="row">
        <h1 id="accounts-title">{t("accounts.title")}</h1>
        {!adding && <button type="button" class="primary add-account" onClick={() => set_adding(true)}>{t("accounts.add")}</button>}
      </div>
      <p class="lead">{t("accounts.lead")}</p>
      {given && <Once given={given} onDone={() => set_given(null)} />}
      {adding && <Add onDone={async (made) => { set_given(made); set_adding(false); await list.reload(); }} onCancel={() => set_adding(false)} />}
      <Trouble problem={list.problem} retry={list.reload} />
      {!list.data && !list.problem && <Skeleton />}
      <FindField label={t("accounts.find")} of={all.length} text={text} onFind={find} />
      {all.length > 0 && !items.length && <Empty title={t("accounts.none_found")} />}
      <ul class="list">{items.map((one) => <Row key={one.account} one={one} onGiven={set_given} reload={list.reload} />)}</ul>
    </section>
  );
}
