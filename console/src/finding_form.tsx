// SPDX-License-Identifier: Apache-2.0
// Noting what was found wrong: in an area, with who answers for it and by when; from an
// indicator or an incident it brings along what is known. No person's name belongs in it.
import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { post } from "./api";
import { day_in_months, useApp } from "./app";
import { AreaPicker } from "./area_picker";
import { ACTS, area_choices } from "./areas";
import { focus_on, useAction } from "./hooks";
import { t, word } from "./i18n";
import { Trouble, submit } from "./parts";
import type { Id } from "./types";

const INDICATORS = ["people.callable", "people.certified", "reach.first-aid", "loop.answered", "loop.in-time", "loop.verified", "drills.held", "findings.solved"];
const MONTHS_USUAL = 1; // until it is due

export interface Noting {
  area: string;
  incident?: { id: Id; case: string };
  indicator?: string;
  lead?: string;
  onDone: (title: string) => Promise<void>;
  onCancel: () => void;
}

interface Draft {
  title: string;
  area: string;
  lead: string;
  due: string;
  indicator: string;
}

function body_of(draft: Draft, incident: Id | undefined): Record<string, unknown> {
  const given = Object.entries(draft).map(([key, value]) => [key, value.trim()]).filter(([, value]) => value);
  return { ...Object.fromEntries(given), ...(incident === undefined ? {} : { incident }) };
}

function Fields(props: { draft: Draft; change: (next: Partial<Draft>) => void }): JSX.Element {
  const { draft, change } = props;
  const app = useApp();
  const [choices] = useState(() => area_choices(app, ACTS, draft.area));
  return (
    <>
      <label class="field">
        <span>{t("findings.what")}</span>
        <input name="title" ref={focus_on} required maxLength={200} value={draft.title} onInput={(e) => change({ title: e.currentTarget.value })} />
      </label>
      <p class="small">{t("findings.no_names")}</p>
      <div class="row fields">
        <AreaPicker name="area" label={t("col.area")} choices={choices} value={draft.area} onChange={(area) => change({ area })} />
        <label class="field grow">
          <span>{t("findings.lead_long")}</span>
          <input name="lead" maxLength={96} value={draft.lead} onInput={(e) => change({ lead: e.currentTarget.value })} />
        </label>
        <label class="field">
          <span>{t("findings.due_by")}</span>
          <input name="due" type="date" value={draft.due} onInput={(e) => change({ due: e.currentTarget.value })} />
        </label>
      </div>
      <label class="field">
        <span>{t("findings.indicator")}</span>
        <select name="indicator" value={draft.indicator} onChange={(e) => change({ indicator: e.currentTarget.value })}>
          <option value="">{t("findings.no_indicator")}</option>
          {INDICATORS.map((code) => <option key={code} value={code}>{word("indicator", code)}</option>)}
        </select>
      </label>
    </>
  );
}

export function FindingForm(props: Noting): JSX.Element {
  const app = useApp();
  const action = useAction();
  const [draft, set_draft] = useState<Draft>({ title: "", area: props.area, lead: props.lead ?? "", due: day_in_months(app, MONTHS_USUAL), indicator: props.indicator ?? "" });
  const save = (): void =>
    action.run(async () => {
      await post("findings", body_of(draft, props.incident?.id));
      await props.onDone(draft.title.trim());
    });
  return (
    <form class="finding-form" aria-labelledby="finding-form-title" onSubmit={submit(save)}>
      <h3 id="finding-form-title">{t("findings.form")}{props.incident && <span class="small"> · {t("findings.of_incident", { case: props.incident.case })}</span>}</h3>
      <Fields draft={draft} change={(next) => set_draft({ ...draft, ...next })} />
      <Trouble problem={action.problem} />
      <p class="row">
        <button class="primary" disabled={action.busy || !draft.title.trim()}>{t("findings.save")}</button>
        <button type="button" class="quiet" onClick={props.onCancel}>{t("back")}</button>
      </p>
    </form>
  );
}
