// SPDX-License-Identifier: Apache-2.0
// A person was stored, and there is something to know: the same telephone as somebody
// else's. It may be the same person, or a family; merging is the cure, on the command line.
import type { JSX } from "preact";

import { t } from "./i18n";
import type { PersonWarning } from "./types";

export interface Saved {
  number: string;
  name: string;
  is_new: boolean;
  warnings: PersonWarning[];
}

function SameTelephone(props: { number: string; warning: PersonWarning }): JSX.Element {
  const { other, retired } = props.warning;
  if (!other) return <p>{t("saved.same_elsewhere")}</p>;
  return (
    <>
      <p>
        {t("saved.same_telephone")} {retired ? <strong>{other}</strong> : <a href={"/people/" + encodeURIComponent(other)} data-go>{other}</a>}
        {retired && " " + t("saved.retired")}
      </p>
      <p>{t("saved.merge", { other, number: props.number })}</p>
      <p><code>muster merge-people {other} {props.number} --dir DIR</code></p>
      <p>{t("saved.family")}</p>
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
      {saved.warnings.filter((one) => one.text === "same_telephone").map((one) => (
        <div key={one.text} class="note wait saved-warning" role="alert">
          <SameTelephone number={saved.number} warning={one} />
        </div>
      ))}
      <p class="row">
        <button type="button" class="primary" onClick={props.done}>{t("saved.back")}</button>
        {saved.is_new && <a class="button quiet" href={"/people/" + encodeURIComponent(saved.number)} data-go>{t("edit.change_one", { number: saved.number })}</a>}
      </p>
    </>
  );
}
