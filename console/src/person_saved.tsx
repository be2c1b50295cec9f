// SPDX-License-Identifier: Apache-2.0
// A person was stored, and there is something to know: the same telephone as somebody
// else's, or the same name nearby. It may be the same person, a family, or two namesakes;
// merging is the cure, on the command line.
import type { JSX } from "preact";

import { t } from "./i18n";
import type { PersonWarning } from "./types";

export interface Saved {
  number: string;
  name: string;
  is_new: boolean;
  warnings: PersonWarning[];
}

/** What is the same, and what to do about it. */
const SAME = {
  same_telephone: { here: "saved.same_telephone", otherwise: "saved.family" },
  same_name_near: { here: "saved.same_name_near", otherwise: "saved.namesake" },
} as const;
type Known = PersonWarning & { text: keyof typeof SAME };
const is_known = (one: PersonWarning): one is Known => one.text in SAME;

function Same(props: { number: string; warning: Known }): JSX.Element {
  const { other, retired } = props.warning, same = SAME[props.warning.text];
  if (!other) return <p>{t("saved.same_elsewhere")}</p>;
  return (
    <>
      <p>
        {t(same.here)} {retired ? <strong>{other}</strong> : <a href={"/people/" + encodeURIComponent(other)} data-go>{other}</a>}
        {retired && " " + t("saved.retired")}
      </p>
      <p>{t("saved.merge", { other, number: props.number })}</p>
      <p><code>muster merge-people {other} {props.number} --dir DIR</code></p>
      <p>{t(same.otherwise)}</p>
    </>
  );
}

export function SameWarnings(props: { number: string; warnings: PersonWarning[] }): JSX.Element {
  return (
    <>
      {props.warnings.filter(is_known).map((one) => (
        <div key={one.text} class="note wait saved-warning" role="alert">
          <Same number={props.number} warning={one} />
        </div>
      ))}
    </>
  );
}

export function SavedPerson(props: { saved: Saved; done: () => void }): JSX.Element {
  const { saved } = props;
  return (
    <>
      <div class="headline" role="status">
        <p class="big">{t("saved.done", { name: saved.name, number: saved.number })}</p>
      </div>
      <SameWarnings number={saved.number} warnings={saved.warnings} />
      <p class="row">
        <button type="button" class="primary" onClick={props.done}>{t("saved.back")}</button>
        {saved.is_new && <a class="button quiet" href={"/people/" + encodeURIComponent(saved.number)} data-go>{t("edit.change_one", { number: saved.number })}</a>}
      </p>
    </>
  );
}
