// SPDX-License-Identifier: Apache-2.0
// Signing in, and what lies over the page when the session is not what it was.
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { get, post } from "./api";
import { useAction, useLoaded } from "./hooks";
import { t, type Language } from "./i18n";
import { Trouble } from "./parts";
import type { Instance, Session } from "./types";

export function Login(props: { language: Language; switch_language: () => void; said: string; onSession: (session: Session) => void }): JSX.Element {
  const [account, set_account] = useState("");
  const [password, set_password] = useState("");
  const action = useAction();
  const instance = useLoaded(() => get<Instance>("instance"), "instance").data;
  return (
    <main class="login">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          action.run(async () => {
            const session = await post<Session>("sessions", { account, password });
            if (window.location.pathname === "/login") window.history.replaceState(null, "", "/");
            props.onSession(session);
          });
        }}
      >
        <h1>muster</h1>
        {props.said ? <p role="status">{props.said}</p> : <p>{t("login.lead")}</p>}
        {instance?.demo && <p class="small">{t("login.demo")}</p>}
        <label class="field">
          <span>{t("login.account")}</span>
          <input name="account" autocomplete="username" autofocus required value={account} onInput={(e) => set_account(e.currentTarget.value)} />
        </label>
        <label class="field">
          <span>{t("login.password")}</span>
          <input name="password" type="password" autocomplete="current-password" required value={password} onInput={(e) => set_password(e.currentTarget.value)} />
        </label>
        {action.problem?.status === 401 ? <div class="trouble" role="alert"><p>{t("login.wrong")}</p></div> : <Trouble problem={action.problem} />}
        <button class="primary" disabled={action.busy}>{t("login.in")}</button>
        <button type="button" class="quiet" onClick={props.switch_language} lang={props.language === "zh" ? "en" : "zh-CN"}>
          {props.language === "zh" ? "English" : "中文"}
        </button>
        {instance?.join && <p class="small"><a class="join" href="/join">{t("login.join")}</a></p>}
      </form>
    </main>
  );
}

/** Over the page, which stays as it is. */
function Over(props: { children: ComponentChildren }): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
    return () => dialog.current?.close();
  }, []);
  return (
    <dialog ref={dialog} aria-labelledby="over-title" onCancel={(event) => event.preventDefault()} onClose={() => dialog.current?.showModal()}>
      {props.children}
    </dialog>
  );
}

/** Somebody has signed in as ACCOUNT in another tab: the page beneath is not theirs. */
export function OtherAccount(props: { account: string }): JSX.Element {
  return (
    <Over>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          window.location.reload();
        }}
      >
        <h2 id="over-title">{t("other.title", { account: props.account })}</h2>
        <p>{t("other.undone")}</p>
        <button class="primary">{t("other.go_on", { account: props.account })}</button>
      </form>
    </Over>
  );
}
