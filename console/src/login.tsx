// SPDX-License-Identifier: Apache-2.0
// Signing in, and what lies over the page when the session is not what it was.
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { get, on_sign_in_elsewhere, sign_in } from "./api";
import { useAction, useLoaded } from "./hooks";
import { t, type Language } from "./i18n";
import { Trouble, submit } from "./parts";
import type { Instance, Session } from "./types";

interface Entry {
  language: Language;
  switch_language: () => void;
  onSession: (session: Session) => void;
}

/** ACCOUNT: whose session it was, if there was one. */
function SignIn(props: Entry & { account?: string; children: ComponentChildren; below?: ComponentChildren }): JSX.Element {
  const [account, set_account] = useState(props.account ?? "");
  const [password, set_password] = useState("");
  const action = useAction();
  return (
    <form
      onSubmit={submit(() => {
        action.run(async () => {
          const session = await sign_in(account, password);
          if (window.location.pathname === "/login") window.history.replaceState(null, "", "/");
          props.onSession(session);
        });
      })}
    >
      {props.children}
      <label class="field">
        <span>{t("login.account")}</span>
        <input name="account" autocomplete="username" autofocus={!props.account} required value={account} onInput={(e) => set_account(e.currentTarget.value)} />
      </label>
      <label class="field">
        <span>{t("login.password")}</span>
        <input name="password" type="password" autocomplete="current-password" autofocus={!!props.account} required value={password} onInput={(e) => set_password(e.currentTarget.value)} />
      </label>
      {action.problem?.status === 401 ? <div class="trouble" role="alert"><p>{t("login.wrong")}</p></div> : <Trouble problem={action.problem} />}
      <button class="primary" disabled={action.busy}>{t("login.in")}</button>
      <button type="button" class="quiet" onClick={props.switch_language} lang={props.language === "zh" ? "en" : "zh-CN"}>
        {props.language === "zh" ? "English" : "中文"}
      </button>
      {props.below}
    </form>
  );
}

export function Login(props: Entry & { said: string }): JSX.Element {
  const instance = useLoaded(() => get<Instance>("instance"), "instance").data;
  return (
    <main class="login">
      <SignIn {...props} below={instance?.join && <p class="small"><a class="join" href="/join">{t("login.join")}</a></p>}>
        <h1>muster</h1>
        {props.said ? <p role="status">{props.said}</p> : <p>{t("login.lead")}</p>}
        {instance?.demo && <p class="small">{t("login.demo")}</p>}
      </SignIn>
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

/** The session is over; the page goes on with the next one. Signing in in another tab is enough. */
export function Ended(props: Entry & { account: string }): JSX.Element {
  const look = () => void get<Session>("sessions/current").then((next) => next.account === props.account && props.onSession(next), () => undefined);
  useEffect(() => on_sign_in_elsewhere(look), [props.onSession]);
  return (
    <Over>
      <SignIn {...props}>
        <h2 id="over-title">{t("ended.title")}</h2>
        <p>{t("ended.lead")}</p>
      </SignIn>
    </Over>
  );
}

/** Somebody has signed in as ACCOUNT in another tab: the page beneath is not theirs. */
export function OtherAccount(props: { account: string }): JSX.Element {
  return (
    <Over>
      <form onSubmit={submit(() => window.location.reload())}>
        <h2 id="over-title">{t("other.title", { account: props.account })}</h2>
        <p>{t("other.undone")}</p>
        <button class="primary">{t("other.go_on", { account: props.account })}</button>
      </form>
    </Over>
  );
}
