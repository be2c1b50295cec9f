// SPDX-License-Identifier: Apache-2.0
// What is half filled in outlives the page: a reload, a restart of the browser that brings its
// tabs back. In this tab alone, until it is sent, or whoever filled it in signs out.
const OF = "muster-kept-of", PREFIX = "muster-kept ";

/** By what it is of, "need 7"; undefined: nothing. */
export function kept<T>(what: string): T | undefined {
  const text = sessionStorage.getItem(PREFIX + what);
  return text === null ? undefined : (JSON.parse(text) as T);
}
/** VALUE undefined: it was sent, or given up. */
export function keep(what: string, value: unknown): void {
  if (value === undefined) sessionStorage.removeItem(PREFIX + what);
  else sessionStorage.setItem(PREFIX + what, JSON.stringify(value));
}
/** ACCOUNT is signed in, "" = signed out: what another one filled in goes. */
export function kept_of(account: string): void {
  if (sessionStorage.getItem(OF) === account) return;
  for (const key of Object.keys(sessionStorage)) if (key.startsWith(PREFIX)) sessionStorage.removeItem(key);
  sessionStorage.setItem(OF, account);
}
