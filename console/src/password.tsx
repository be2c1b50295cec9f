// SPDX-License-Identifier: Apache-2.0
import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { post } from "./api";
import { useAction } from "./hooks";
import { t } from "./i18n";
import { Trouble, submit } from "./parts";

const SHORTEST = 8; // ACCOUNT_PASSWORD_MIN of the server

/** A new password of one's own. Every session of the account ends with it. */
export function PasswordForm(props: { account: string; changed: () => void }): JSX.Element {
  const [password, set_password] = useState("");
  const [new_password, set_new] = useState("");
  const action = useAction();
  const is_wrong = action.problem?.errors?.some((error) => error.pointer === "/password");
  return (
    <form
      class="password"
      onSubmit={submit(() => {
        action.run(async () => {
          await post("sessions/current/password", { password, new_password });
          props.changed();
        });
      })}
    >
      <input type="text" name="account" autocomplete="username" value={props.account} hidden readOnly />
      <label class="field">
        <span>{t("password.old")}</span>
        <input name="password" type="password" autocomplete="current-password" required value={password} onInput={(e) => set_password(e.currentTarget.value)} />
      </label>
      <label class="field">
        <span>{t("password.new")}</span>
        <input name="new_password" type="password" autocomplete="new-password" required minLength={SHORTEST} value={new_password} onInput={(e) => set_new(e.currentTarget.value)} />
      </label>
      <p class="small">{t("password.out")}</p>
      {is_wrong ? <div class="trouble" role="alert"><p>{t("password.wrong")}</p></div> : <Trouble problem={action.problem} />}
      <button class="primary" disabled={action.busy}>{t("password.save")}</button>
    </form>
  );
}
