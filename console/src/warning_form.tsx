// SPDX-License-Identifier: Apache-2.0
// A warning that came by telephone, fax or as a text: entered for an area that one acts in.
import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { post } from "./api";
import { in_hours, useApp } from "./app";
import { AreaPicker } from "./area_picker";
import { area_choices, DISPATCHES, within_single } from "./areas";
import { useAction } from "./hooks";
import { t, word } from "./i18n";
import { Trouble, submit } from "./parts";

const LEVELS = ["red", "orange", "yellow", "blue"];
const HOURS = [1, 3, 6, 12, 24, 48, 72];
/** What the server takes, in characters. */
const HEADLINE_MAX = 200, TEXT_MAX = 2000;

export function WarningForm(props: { onDone: () => void }): JSX.Element {
  const app = useApp();
  const [choices] = useState(() => area_choices(app, DISPATCHES));
  const [area, set_area] = useState(() => {
    const whole = within_single(app, app.instance.root_area);
    return (choices.find((one) => one.area.code === whole) ?? choices[0])?.area.code ?? "";
  });
  const [level, set_level] = useState("");
  const [headline, set_headline] = useState("");
  const [text, set_text] = useState("");
  const [hours, set_hours] = useState(6);
  const [exercise, set_exercise] = useState(false);
  const action = useAction();
  const is_whole = !!level && !!headline.trim() && !!area;
  const enter = (): void =>
    action.run(async () => {
      await post("warnings/own", { level, headline: headline.trim(), areas: [area], until: in_hours(app, hours), ...(text.trim() ? { text: text.trim() } : {}), ...(exercise ? { exercise } : {}) });
      props.onDone();
    });
  return (
    <section class="panel" aria-labelledby="warning-title">
      <div class="row">
        <h1 id="warning-title">{t("warnings.enter")}</h1>
        <button type="button" class="quiet" onClick={props.onDone}>{t("back")}</button>
      </div>
      <p class="lead">{t("warnings.lead")}</p>
      <form class="stacked-form" onSubmit={submit(enter)}>
        <fieldset class="levels">
          <legend>{t("warnings.which")}</legend>
          {LEVELS.map((one) => (
            <label key={one} class="check">
              <input type="radio" name="level" value={one} checked={level === one} onChange={() => set_level(one)} />
              <span class={"level level-" + one}>{word("level", one)}</span>
            </label>
          ))}
        </fieldset>
        <label class="field">
          <span>{t("warnings.headline")}</span>
          <input name="headline" required maxLength={HEADLINE_MAX} value={headline} onInput={(e) => set_headline(e.currentTarget.value)} />
        </label>
        <label class="field">
          <span>{t("warnings.words")}</span>
          <textarea rows={3} maxLength={TEXT_MAX} value={text} onInput={(e) => set_text(e.currentTarget.value)} />
        </label>
        <div class="row fields">
          <AreaPicker name="area" label={t("col.area")} choices={choices} value={area} onChange={set_area} />
          <label class="field">
            <span>{t("warnings.for")}</span>
            <select value={String(hours)} onChange={(e) => set_hours(Number(e.currentTarget.value))}>
              {HOURS.map((h) => <option key={h} value={String(h)}>{t("closures.hours", { h })}</option>)}
            </select>
          </label>
        </div>
        <label class="check">
          <input type="checkbox" checked={exercise} onChange={(e) => set_exercise(e.currentTarget.checked)} />
          <span>{t("report.exercise")}</span>
        </label>
        <Trouble problem={action.problem} />
        <button type="submit" class="primary" disabled={action.busy || !is_whole}>{t("warnings.store")}</button>
        {!is_whole && <p class="small">{t("warnings.first")}</p>}
      </form>
    </section>
  );
}
