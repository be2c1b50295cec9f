// SPDX-License-Identifier: Apache-2.0
// Importing people from a file: choose it, a look without effect (numbers, warnings, wrong
// lines), then one button that says in numbers what it will do. Who is missing from the file
// stays, unless that is chosen too, and confirmed. The newest import can be taken back.
import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";

import { get, post, type Problem, type Wrong } from "./api";
import { useApp } from "./app";
import { useAction, useLoaded } from "./hooks";
import { count_text, day_text, t, word } from "./i18n";
import { Confirm, Skeleton, Trouble } from "./parts";
import { COLUMNS, read_file, ROWS_MAX, said, SIZE_MAX, template_of, type PeopleFile, type Unfit } from "./people_file";

const WRONG_SHOWN = 20;
const WARNINGS_SHOWN = 5; // the button stays near
const REQUIRED = 4;

interface Warning {
  line: number; // 0: the whole file
  field?: string;
  text: string;
  other?: string;
}
interface Imported {
  added: number;
  changed: number;
  same: number;
  retired: number;
  names_compared: boolean;
  warnings: Warning[];
}

function send(file: PeopleFile, query: string): Promise<Imported> {
  return post<Imported>("people/imports" + query, file.body);
}

/** "30 new, 12 changed", without what is none. */
function numbers_text(counts: { added: number; changed: number }, retired: number): string {
  const parts = [
    counts.added > 0 && t("import.new", { n: count_text(counts.added) }),
    counts.changed > 0 && t("import.changed", { n: count_text(counts.changed) }),
    retired > 0 && t("import.leaving", { n: count_text(retired) }),
  ];
  return parts.filter(Boolean).join(t("import.comma"));
}

function line_text(line: number | undefined): string {
  return line ? t("import.line", { n: count_text(line) }) : t("import.whole");
}

/** The lines in the order of the file; the first FIRST of them until more are asked for. */
function Lines(props: { lines: { line?: number; field?: string; text: string }[]; first: number; total: number; label: string }): JSX.Element {
  const [all, set_all] = useState(false);
  const lines = [...props.lines].sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
  const shown = all ? lines : lines.slice(0, props.first);
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={props.label}>
      <table class="file-lines">
        <tbody>
          {shown.map((one, i) => (
            <tr key={i}>
              <th scope="row">{line_text(one.line)}</th>
              <td>{one.field && <code>{one.field}</code>} {one.text}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {shown.length < lines.length && (
        <button type="button" class="quiet" onClick={() => set_all(true)}>{t("import.all_lines", { n: count_text(lines.length) })}</button>
      )}
      {shown.length === lines.length && props.total > lines.length && <p class="small">{t("import.more_lines", { n: count_text(props.total - lines.length) })}</p>}
    </div>
  );
}

/** The look asks who would leave: teams lose their leaders only if they shall. */
function Warnings(props: { counts: Imported; retire: boolean }): JSX.Element | null {
  const { warnings, names_compared } = props.counts;
  const lines = warnings.filter((one) => props.retire || one.field !== "teams").map((one) => ({
    line: one.line,
    field: one.other === undefined && one.line > 0 ? one.field : undefined,
    text: one.text === "same_telephone" ? t("import.same_telephone", { other: one.other ?? "" }) : one.text === "same_name_near" ? t("import.same_name", { other: one.other ?? "" }) : said(one.text),
  }));
  if (!names_compared) lines.unshift({ line: 0, field: undefined, text: t("import.names_not_compared") });
  if (!lines.length) return null;
  return (
    <section class="file-warnings" aria-labelledby="file-warnings-title">
      <h2 id="file-warnings-title">{t("import.warnings", { n: count_text(lines.length) })}</h2>
      <p class="small">{t("import.warnings_pass")}</p>
      <Lines lines={lines} first={WARNINGS_SHOWN} total={lines.length} label={t("import.warnings", { n: count_text(lines.length) })} />
    </section>
  );
}

function WrongLines(props: { errors: Wrong[]; total: number; lines: number }): JSX.Element {
  const { errors, total, lines } = props;
  return (
    <section class="trouble" role="alert" aria-labelledby="file-wrong-title">
      <h2 id="file-wrong-title">{t("import.wrong", { n: count_text(lines) })}</h2>
      <p>{t("import.wrong_next")}</p>
      <Lines lines={errors.map((one) => ({ line: one.line, field: one.field, text: said(one.detail) }))} first={WRONG_SHOWN} total={total} label={t("import.wrong", { n: count_text(lines) })} />
    </section>
  );
}

/** A file that is wrong is told line by line; anything else as everywhere. */
function FileTrouble(props: { problem: Problem | null; retry?: () => void }): JSX.Element | null {
  const { problem } = props;
  if (problem?.status === 422 && problem.lines_wrong) return <WrongLines errors={problem.errors ?? []} total={problem.errors_total ?? 0} lines={problem.lines_wrong} />;
  return <Trouble problem={problem} retry={props.retry} />;
}

/** What the import would do, and the button that does it. */
function Preview(props: { file: PeopleFile; counts: Imported; missing: number; imported: (counts: Imported) => void; look_again: () => void }): JSX.Element {
  const { counts, missing } = props;
  const [retire, set_retire] = useState(false);
  const [asking, set_asking] = useState(false);
  const action = useAction();
  const people = counts.added + counts.changed + counts.same;
  const numbers = numbers_text(counts, retire ? missing : 0);
  const known = missing + counts.changed + counts.same, most = missing > known / 2;
  const go = (): void => action.run(async () => props.imported(await send(props.file, retire ? "?retire_missing=true&retire_most=" + most : "")));
  return (
    <>
      <div class="headline">
        <p class="big">
          <span>{t("import.people", { n: count_text(people) })}</span>
          <span>{t("import.new", { n: count_text(counts.added) })}</span>
          <span>{t("import.changed", { n: count_text(counts.changed) })}</span>
          <span>{t("import.same", { n: count_text(counts.same) })}</span>
        </p>
        <p class="small">{t("import.nothing_yet")}</p>
      </div>
      <Warnings counts={counts} retire={retire} />
      {missing > 0 && (
        <fieldset class="file-missing">
          <legend>{t("import.missing", { n: count_text(missing) })}</legend>
          <label class="check">
            <input type="radio" name="missing" checked={!retire} onChange={() => set_retire(false)} />
            <span>{t("import.keep")}</span>
          </label>
          <label class="check">
            <input type="radio" name="missing" checked={retire} onChange={() => set_retire(true)} />
            <span>{t("import.retire", { n: count_text(missing) })}</span>
          </label>
        </fieldset>
      )}
      {!asking && <FileTrouble problem={action.problem} retry={action.problem?.status === 409 ? props.look_again : undefined} />}
      {asking && (
        <Confirm
          title={t("import.ask", { n: count_text(missing) })}
          consequences={[...(most ? [t("import.ask_most", { n: count_text(missing), known: count_text(known) })] : []), t("import.ask_missing", { n: count_text(missing) }), t("import.ask_back"), t("import.do", { n: count_text(people), numbers })]}
          action={t("import.ask_yes", { n: count_text(missing) })}
          busy={action.busy}
          problem={action.problem}
          onYes={go}
          onNo={() => set_asking(false)}
        />
      )}
      <p>
        <button type="button" class="primary" disabled={action.busy || !numbers} onClick={() => (retire ? set_asking(true) : go())}>
          {numbers ? t("import.do", { n: count_text(people), numbers }) : t("import.nothing", { n: count_text(people) })}
        </button>
      </p>
    </>
  );
}

function Done(props: { counts: Imported; done: () => void; again: () => void }): JSX.Element {
  const { counts } = props;
  return (
    <>
      <div class="headline" role="status">
        <p class="big">{t("import.done", { n: count_text(counts.added + counts.changed + counts.same) })}</p>
        <p>{numbers_text(counts, counts.retired) || t("import.all_same")}</p>
      </div>
      <p class="row">
        <button type="button" class="primary" onClick={props.done}>{t("import.to_people")}</button>
        <button type="button" onClick={props.again}>{t("import.another")}</button>
      </p>
    </>
  );
}

interface Newest {
  id: number;
  at: string;
  by?: string;
  added: number;
  changed: number;
  retired: number;
}

/** The newest import, as long as it can be taken back. */
function TakeBack(): JSX.Element | null {
  const newest = useLoaded<{ items: Newest[] }>(() => get("people/imports/newest"), "newest import", 0);
  const action = useAction();
  const [asking, set_asking] = useState(false);
  const [done, set_done] = useState<{ restored: number; left: number; kept: number } | null>(null);
  const one = newest.data?.items[0];
  const undo = (id: number): void =>
    action.run(async () => {
      set_done(await post("people/imports/" + id + "/undo", {}));
      set_asking(false);
      await newest.reload();
    });
  if (done) return <p role="status" class="taken-back">{t("import.taken_back", { restored: count_text(done.restored), left: count_text(done.left) }) + (done.kept ? t("import.taken_kept", { n: count_text(done.kept) }) : "")}</p>;
  if (!one) return null;
  const numbers = numbers_text(one, one.retired);
  return (
    <p class="row newest-import">
      <span class="small">{t(one.by ? "import.newest" : "import.newest_line", { at: day_text(one.at), by: one.by ?? "", numbers })}</span>
      <button type="button" class="quiet" onClick={() => set_asking(true)}>{t("import.undo")}</button>
      {asking && (
        <Confirm
          title={t("import.undo")}
          consequences={[one.changed + one.retired > 0 && t("import.undo_restores", { n: count_text(one.changed + one.retired) }), one.added > 0 && t("import.undo_leaves", { n: count_text(one.added) }), t("import.undo_keeps")].filter((line) => typeof line === "string")}
          action={t("import.undo")}
          busy={action.busy}
          problem={action.problem}
          onYes={() => undo(one.id)}
          onNo={() => set_asking(false)}
        />
      )}
    </p>
  );
}

/** Where the file comes from: a button, or dropped on the frame; quieter once there is one. */
function Choose(props: { again: boolean; take: (file: File) => void }): JSX.Element {
  const { again } = props;
  const input = useRef<HTMLInputElement>(null);
  const [over, set_over] = useState(false);
  const take = (files: FileList | null | undefined): void => {
    const file = files?.[0];
    if (file) props.take(file);
    if (input.current) input.current.value = ""; // the same file, put right, can be chosen again
  };
  return (
    <div
      class={"drop" + (again ? " again" : "") + (over ? " over" : "")}
      onDragOver={(e) => {
        e.preventDefault();
        set_over(true);
      }}
      onDragLeave={() => set_over(false)}
      onDrop={(e) => {
        e.preventDefault();
        set_over(false);
        take(e.dataTransfer?.files);
      }}
    >
      <input ref={input} type="file" accept=".csv,text/csv" hidden aria-label={t("import.choose")} onChange={(e) => take(e.currentTarget.files)} />
      <button type="button" class={again ? "" : "primary"} onClick={() => input.current?.click()}>{t(again ? "import.another" : "import.choose")}</button>
      {!again && <p class="small">{t("import.drop")}</p>}
    </div>
  );
}

/** What each column of the file is, in words. */
function Columns(): JSX.Element {
  return (
    <details>
      <summary>{t("import.columns")}</summary>
      <table class="file-lines">
        <tbody>
          {COLUMNS.map((column, i) => (
            <tr key={column}>
              <th scope="row"><code>{column}</code></th>
              <td>{word("column", column)}{i < REQUIRED && <span class="small"> {t("import.needed")}</span>}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="small">{t("import.absent")}</p>
    </details>
  );
}

function Template(): JSX.Element {
  const app = useApp();
  const url = useMemo(() => URL.createObjectURL(template_of(app)), [app]);
  useEffect(() => () => URL.revokeObjectURL(url), [url]);
  return (
    <div class="template">
      <p>
        <a href={url} download="muster-people.csv">{t("import.template")}</a>
      </p>
      <p class="small">{t("import.coordinates")}</p>
      <p class="small">{t("import.limits", { mb: SIZE_MAX / 1024 / 1024, n: count_text(ROWS_MAX) })}</p>
      <Columns />
    </div>
  );
}

const UNFIT = { workbook: "import.workbook", unreadable: "import.unreadable", large: "import.large", example: "import.example" } as const;

/** In place of the list; DONE leads back to it. */
export function ImportForm(props: { done: () => void }): JSX.Element {
  const [file, set_file] = useState<PeopleFile | null>(null);
  const [unfit, set_unfit] = useState<Unfit | null>(null);
  const [look, set_look] = useState<Imported | null>(null);
  const [result, set_result] = useState<Imported | null>(null);
  const action = useAction();
  const check = (next: PeopleFile): void => {
    set_look(null);
    action.run(async () => set_look(await send(next, "?dry_run=true&retire_missing=true")));
  };
  const take = (chosen: File): void => {
    action.clear();
    set_file(null);
    set_look(null);
    read_file(chosen).then((read) => {
      const fits = typeof read !== "string";
      set_unfit(fits ? null : read);
      set_file(fits ? read : null);
      if (fits) check(read);
    }, () => set_unfit("unreadable"));
  };
  const again = (): void => {
    set_file(null);
    set_look(null);
    set_result(null);
  };
  return (
    <section class="panel wide-panel import" aria-labelledby="import-title">
      <div class="row">
        <h1 id="import-title">{t("import.title")}</h1>
        <button type="button" class="quiet" onClick={props.done}>{t("back")}</button>
      </div>
      {result && <Done counts={result} done={props.done} again={again} />}
      {!result && file && <p class="file-name"><strong>{file.name}</strong> <span class="small">{file.encoding === "gb18030" ? t("import.gb18030") : "UTF-8"}</span></p>}
      {!result && unfit && <div class="trouble" role="alert"><p>{t(UNFIT[unfit], { mb: SIZE_MAX / 1024 / 1024 })}</p></div>}
      {!result && action.busy && <><p role="status">{t("import.looking")}</p><Skeleton rows={3} /></>}
      {!result && <FileTrouble problem={action.problem} retry={file ? () => check(file) : undefined} />}
      {!result && file && look && <Preview file={file} counts={look} missing={look.retired} imported={set_result} look_again={() => check(file)} />}
      {!result && !action.busy && <Choose again={!!look} take={take} />}
      {(result || !file) && <TakeBack key={result ? "after" : "before"} />}
      {!result && !look && <Template />}
    </section>
  );
}
