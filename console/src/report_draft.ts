// SPDX-License-Identifier: Apache-2.0
// A report half written on a volunteer's telephone outlives the page: a reload, a page that the telephone
// dropped, the link opened once more. Kept on this device under its own link, shown by no other one,
// gone when the link asks for no report any more, or after a week.
const PREFIX = "muster-report ";
const KEPT_MS = 7 * 24 * 3600 * 1000;

interface Draft {
  at: number; // ms
  asked: string; // what stood in the field before: a report that is sent back is another one
  text: string;
  outcome: string;
}

function read(key: string): Draft | null {
  try {
    return JSON.parse(localStorage.getItem(key) || "null") as Draft | null;
  } catch {
    return null;
  }
}
function forget_old(now: number): void {
  for (const key of Object.keys(localStorage)) {
    if (key.indexOf(PREFIX) !== 0) continue;
    const draft = read(key);
    if (!draft || !(draft.at > now - KEPT_MS)) localStorage.removeItem(key);
  }
}

function keep_of(key: string, field: HTMLTextAreaElement, form: HTMLFormElement): void {
  const choices = Array.from(form.querySelectorAll<HTMLInputElement>("input[name=outcome]"));
  const draft = read(key);
  if (draft && draft.asked === field.defaultValue) {
    field.value = draft.text;
    for (const choice of choices) choice.checked = choice.value === draft.outcome;
  }
  form.addEventListener("input", () => {
    const outcome = choices.filter((choice) => choice.checked).map((choice) => choice.value)[0] || "";
    const now: Draft = { at: Date.now(), asked: field.defaultValue, text: field.value, outcome };
    try {
      localStorage.setItem(key, JSON.stringify(now));
    } catch {
      // full, or kept from pages: the report is sent as before
    }
  });
}

/** TOKEN: of the link whose page this is. */
export function keep_report(token: string): void {
  try {
    forget_old(Date.now());
    const field = document.querySelector<HTMLTextAreaElement>("textarea[name=text]");
    if (field && field.form) keep_of(PREFIX + token, field, field.form);
    else localStorage.removeItem(PREFIX + token);
  } catch {
    // a browser that keeps nothing
  }
}
