// SPDX-License-Identifier: Apache-2.0
// The frame: session, routes, header, banner, the one map, the right side by route.
import { Component, render, type ComponentChildren, type JSX } from "preact";
import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";

import { AccountsView } from "./accounts";
import { del, get, get_all, on_sign_in_elsewhere, renew, use_session, when_other, when_signed_out, type Problem } from "./api";
import { ReportView } from "./aar";
import { AppContext, ask_report, can, may_dispatch, may_drill, may_see_people, may_see_record, type App } from "./app";
import { ApplicantsView } from "./applicants";
import { area_label, area_name, area_tree } from "./areas";
import { CircleView } from "./circle";
import { when_clock_steps } from "./clock";
import { ClosuresOnMap } from "./closures";
import { CoursesView } from "./courses";
import { forget_desk_push } from "./desk_push";
import { DesksView } from "./desks";
import { DrillView } from "./drill";
import { HandoverView } from "./handover";
import { problem_from, useHeardAgain, useLoaded, type Loaded } from "./hooks";
import { HoursView } from "./hours";
import { current_language, due_text, set_language, set_zone, start_language, t, word, type Language } from "./i18n";
import { IncidentView } from "./incident";
import { IncidentsView } from "./incidents";
import { InNeedOnMap, in_need_of } from "./in_need";
import { kept_of } from "./kept";
import { go_on_in_view, keep_the_keyboard } from "./keyboard";
import { current_link, note_stores, on_link, start_live, stop_live, type Link } from "./live";
import { Ended, Login, OtherAccount } from "./login";
import { MailboxView } from "./mailbox";
import type { MapView } from "./map";
import { Alarms, CallMeans, Calls, ClocksApart, NotStored, OutOfContact, Unheard } from "./notices";
import { Skeleton, Trouble } from "./parts";
import { PasswordForm } from "./password";
import { PeopleView } from "./people";
import { ApplicantView, PersonView } from "./person_form";
import { ReadinessView } from "./readiness";
import { ResponseLevel } from "./response";
import { Proposed, ResponsesView } from "./responses";
import { StatisticsView } from "./statistics";
import { useWarnings, WarningNotices, WarningsOnMap, type Warning } from "./warnings";
import type { Area, Incident, Instance, Session, Site, Skill } from "./types";

/** The map is most of the program: nobody waits for it before they can sign in or read a list. */
const MAP_AGAIN_MS = 3000;
function load_map(): Promise<typeof MapView> {
  return import("./map").then(
    (map) => map.MapView,
    () => new Promise<void>((wake) => window.setTimeout(wake, MAP_AGAIN_MS)).then(load_map),
  );
}
const map = load_map();

function LaterMap(props: { instance: Instance; language: string }): JSX.Element {
  const [View, set_view] = useState<typeof MapView | null>(null);
  useEffect(() => void map.then((view) => set_view(() => view)), []);
  if (View) return <View {...props} />;
  return <div class="map"><p class="map-loading" role="status">{t("map.loading")}</p></div>;
}

/** With the code of an area, or for the account's own. */
const READINESS = /^\/readiness(?:\/([^/]+))?$/;
const STATISTICS = /^\/statistics(?:\/([^/]+))?$/;
const WITHOUT_MAP = [/^\/(handover|people|applicants|courses|hours|mailbox|desks|accounts)$/, /\/report$/, READINESS, STATISTICS];

function useRoute(): [string, App["go"]] {
  const [path, set_path] = useState(window.location.pathname);
  useEffect(() => {
    const changed = () => set_path(window.location.pathname);
    window.addEventListener("popstate", changed);
    return () => window.removeEventListener("popstate", changed);
  }, []);
  const go = useCallback((next: string, replaces = false) => {
    if (replaces) window.history.replaceState(null, "", next);
    else if (next !== window.location.pathname) window.history.pushState(null, "", next);
    set_path(next);
  }, []);
  return [path, go];
}

/** An incident, and the need of it that is in view. */
const INCIDENT = /^\/incidents\/(\d+)(?:\/needs\/(\d+))?$/;

/** Another view begins at its top, and the keyboard goes on there. */
function useArrival(path: string): void {
  const first = useRef(true);
  useEffect(() => {
    if (first.current) return void (first.current = false);
    const side = document.getElementById("side");
    side?.scrollTo(0, 0);
    side?.focus({ preventScroll: true });
  }, [path.replace(/\/needs\/\d+$/, "")]);
}

/** A link inside the console: a real href, so that it opens in a new window too. */
function inner_click(go: (path: string) => void): (event: MouseEvent) => void {
  return (event) => {
    if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
    const link = (event.target as Element).closest?.("a");
    if (!link || link.target || link.origin !== window.location.origin || !link.hasAttribute("data-go")) return;
    event.preventDefault();
    go(link.pathname);
  };
}

function LinkLight(): JSX.Element {
  const [link, set_link] = useState<Link>(current_link());
  useEffect(() => {
    set_link(current_link()); // it may have changed between the render and this
    return on_link(set_link);
  }, []);
  return (
    <span class={"link " + link} role="status">
      <svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
        {link === "live" ? <circle cx="6" cy="6" r="5" fill="currentColor" /> : link === "poll" ? <circle cx="6" cy="6" r="4" fill="none" stroke="currentColor" stroke-width="2.5" /> : <path d="M2 2 10 10M10 2 2 10" stroke="currentColor" stroke-width="2.5" />}
      </svg>
      <span class="wide">{t(link === "live" ? "link.live" : link === "poll" ? "link.poll" : "link.down")}</span>
    </span>
  );
}

/** No exercise takes the place of what is real; what was merged away goes on elsewhere. */
function actual_first(all: Incident[]): Incident[] {
  const incidents = all.filter((one) => one.state !== "merged");
  return [...incidents.filter((one) => !one.exercise), ...incidents.filter((one) => one.exercise)];
}

const CHIPS = 2; // as many as can be read at 1,440 px

/** The chips of the header: where somebody calls for help, what is in view, then the newest. */
function chips(incidents: Incident[], here: string | undefined): Incident[] {
  const rank = (one: Incident): number => (in_need_of(one).length ? 0 : String(one.id) === here ? 1 : 2);
  return [...incidents].sort((one, other) => rank(one) - rank(other)).slice(0, CHIPS);
}

function close_by_escape(event: JSX.TargetedKeyboardEvent<HTMLDetailsElement>): void {
  const menu = event.currentTarget;
  if (event.key !== "Escape" || !menu.open) return;
  menu.open = false;
  menu.querySelector("summary")?.focus();
}

/** What is chosen in a menu that opens ends it. */
function close_menu(event: JSX.TargetedMouseEvent<HTMLElement>): void {
  event.currentTarget.closest("details")?.removeAttribute("open");
}

function Header(props: { app: App; path: string; incidents: Incident[]; language: Language; switch_language: () => void; sign_out: () => void; password_changed: () => void }): JSX.Element {
  const { app, path } = props, incidents = actual_first(props.incidents);
  const name = app.instance.name[props.language];
  const here = /^\/incidents\/(\d+)/.exec(path)?.[1];
  const shown = chips(incidents, here);
  return (
    <header class="top">
      <a class="brand" href="/" data-go>
        <strong>muster</strong> <span class="wide">{name}</span>
      </a>
      <nav class="running" aria-label={t("nav.running")}>
        {shown.map((one) => (
          <a key={one.id} href={"/incidents/" + one.id} data-go aria-current={String(one.id) === here ? "page" : undefined} class={one.exercise ? "chip hatched" : "chip"}>
            <span>{area_label(app, one.area.code, one.area.name)}</span>
            <span>{word("kind", one.kind)} · {due_text(one.reported_at, Date.now() + app.offset_ms)}</span>
          </a>
        ))}
        {incidents.length > shown.length && (
          <a class="chip more" href="/" data-go>
            +{incidents.length - shown.length}
          </a>
        )}
      </nav>
      {path !== "/" && may_drill(app) && (
        <a class="button report" href="/" data-go onClick={() => ask_report()} aria-label={t("report.button")}>
          <span class="long">{t("report.button")}</span>
          <span class="short" aria-hidden="true">{t("report.short")}</span>
        </a>
      )}
      <nav class="ways" aria-label={t("nav.ways")}>
        <a href="/" data-go aria-current={path === "/" ? "page" : undefined}>{t("nav.incidents")}</a>
        {may_see_people(app) && <a href="/people" data-go aria-current={/^\/(people|applicants|courses|hours)/.test(path) ? "page" : undefined}>{t("nav.people")}</a>}
        {(app.instance.mailbox ?? app.instance.demo) && (
          <a href="/mailbox" data-go aria-current={path === "/mailbox" ? "page" : undefined}>{t("nav.mailbox")}</a>
        )}
        <a href="/circle" data-go aria-current={path === "/circle" ? "page" : undefined}>{t("nav.circle")}</a>
        {may_see_record(app) && <a href="/readiness" data-go aria-current={READINESS.test(path) || STATISTICS.test(path) || path === "/desks" ? "page" : undefined}>{t("nav.readiness")}</a>}
        {may_drill(app) && <a href="/drill" data-go aria-current={path === "/drill" ? "page" : undefined}>{t("nav.drill")}</a>}
      </nav>
      <ResponseLevel />
      <LinkLight />
      <details class="account" onKeyDown={close_by_escape}>
        <summary>{app.session.account}</summary>
        <div>
          <p class="small">{app.session.roles.map((role) => word("role", role.role) + " · " + area_name(app, role.area)).join(", ")}</p>
          {can(app, "dispatcher", "commander") && <CallMeans />}
          {can(app) && <p><a href="/accounts" data-go onClick={close_menu}>{t("accounts.title")}</a></p>}
          <details class="own">
            <summary>{t("password.change")}</summary>
            <PasswordForm account={app.session.account} changed={props.password_changed} />
          </details>
          <button type="button" onClick={props.sign_out}>{t("sign_out")}</button>
        </div>
      </details>
      <button type="button" class="quiet language" onClick={props.switch_language} lang={props.language === "zh" ? "en" : "zh-CN"}>
        {props.language === "zh" ? "EN" : "中"}<span class="hidden">{props.language === "zh" ? "glish" : "文"}</span>
      </button>
    </header>
  );
}

function Side(props: { app: App; path: string; language: string; running: Loaded<Incident[]>; warnings: Loaded<Warning[]> }): JSX.Element {
  const [, id, need] = INCIDENT.exec(props.path) ?? [];
  if (id) return <IncidentView key={id} id={Number(id)} need={Number(need)} />;
  const report = /^\/incidents\/(\d+)\/report$/.exec(props.path)?.[1];
  if (report) return <ReportView key={report} id={Number(report)} />;
  const readiness = READINESS.exec(props.path);
  if (readiness) return <ReadinessView area={readiness[1]} />;
  const statistics = STATISTICS.exec(props.path);
  if (statistics && may_see_record(props.app)) return <StatisticsView key={statistics[1] ?? ""} area={statistics[1]} />;
  if (props.path === "/desks" && may_dispatch(props.app)) return <DesksView />;
  if (props.path === "/handover" && may_see_record(props.app)) return <HandoverView running={props.running} warnings={props.warnings} />;
  if (props.path === "/people") return <PeopleView />;
  if (props.path === "/courses" && may_see_people(props.app)) return <CoursesView />;
  if (props.path === "/hours" && may_see_people(props.app)) return <HoursView />;
  if (props.path === "/applicants" && can(props.app, "trainer")) return <ApplicantsView />;
  const applicant = /^\/applicants\/(\d+)$/.exec(props.path)?.[1];
  if (applicant && can(props.app, "trainer")) return <ApplicantView key={applicant} id={Number(applicant)} />;
  const person = /^\/people\/(.+)$/.exec(props.path)?.[1];
  if (person) return <PersonView number={person === "new" ? undefined : decodeURIComponent(person)} />;
  if (props.path === "/accounts" && can(props.app)) return <AccountsView />;
  if (props.path === "/response") return <ResponsesView />;
  if (props.path === "/mailbox") return <MailboxView />;
  if (props.path === "/circle") return <CircleView />;
  if (props.path === "/drill" && may_drill(props.app)) return <DrillView />;
  return <IncidentsView running={props.running} warnings={props.warnings} />;
}

/** The server's clock minus ours; days are those of its zone from now on. What it says of its disk is noted. */
function offset_of(instance: Instance): number {
  note_stores(instance);
  const offset_ms = Date.parse(instance.now) - Date.now();
  set_zone(instance.zone, offset_ms);
  return offset_ms;
}

const RUNNING_MS = 1000; // on a stormy day something changes all the time, and all of it is read at once

/** ENDED: nothing is heard until somebody signs in. */
function Frame(props: { session: Session; fresh: boolean; ended: boolean; language: Language; switch_language: () => void; sign_out: () => void; password_changed: () => void }): JSX.Element {
  const [path, go] = useRoute();
  const [base, set_base] = useState<Omit<App, "session" | "go" | "show_exercise"> | null>(null);
  const [exercise, show_exercise] = useState(false);
  const [problem, set_problem] = useState<Problem | null>(null);
  const load = useCallback(() => {
    set_problem(null);
    Promise.all([get<Instance>("instance"), get_all<Skill>("skills"), get_all<Area>("areas?limit=20000", Infinity), get_all<Site>("sites?limit=20000", Infinity)])
      .then(([instance, skills, areas, sites]) => {
        const offset_ms = offset_of(instance);
        set_base({ instance, skills, areas, tree: area_tree(areas), sites, offset_ms });
      })
      .catch((error) => set_problem(problem_from(error)));
  }, []);
  useEffect(() => {
    if (props.ended) return;
    if (!base) load();
    start_live(props.session.account);
    return stop_live;
  }, [props.ended]);
  const app = useMemo<App | null>(() => base && { ...base, session: props.session, go, show_exercise }, [base, props.session, go]);
  useHeardAgain(problem, load);
  useEffect(() => {
    if (!base) return;
    return when_clock_steps(() => {
      get<Instance>("instance").then((instance) => set_base({ ...base, instance, offset_ms: offset_of(instance) })).catch(() => undefined); // it has just answered
    });
  }, [base]);
  useArrival(path);
  useEffect(() => {
    if (app && props.fresh) go_on_in_view();
  }, [!app]);
  const running = useLoaded(() => get_all<Incident>("incidents?state=running&limit=500"), "running", null, RUNNING_MS);
  const warnings = useWarnings();
  if (problem) return <main class="alone"><Trouble problem={problem} retry={load} /></main>;
  if (!app) return <main class="alone"><Skeleton rows={6} /></main>;
  const incidents = running.data ?? [];
  const has_map = !WITHOUT_MAP.some((one) => one.test(path));
  return (
    <AppContext.Provider value={app}>
      <div class={has_map ? "frame" : "frame no-map"} onClick={inner_click(go)}>
        <a class="skip" href="#side">{t("skip")}</a>
        <Header app={app} path={path} incidents={incidents} language={props.language} switch_language={props.switch_language} sign_out={props.sign_out} password_changed={props.password_changed} />
        <div class="notices">
          {exercise && <p class="exercise hatched" role="status"><span>{t("exercise.banner")}</span></p>}
          <Unheard />
          <NotStored />
          <ClocksApart />
          <Alarms incidents={incidents} />
          <OutOfContact incidents={incidents} />
          <Proposed />
          <WarningNotices list={warnings} />
          <Calls incidents={running.data} here={Number(/^\/incidents\/(\d+)/.exec(path)?.[1] ?? 0)} />
        </div>
        <WarningsOnMap list={warnings} language={props.language} />
        <ClosuresOnMap language={props.language} />
        {has_map && <InNeedOnMap incidents={incidents} language={props.language} />}
        <div class="halves">
          <LaterMap instance={app.instance} language={props.language} />
          <main id="side" tabIndex={-1}>
            <Side app={app} path={path} language={props.language} running={running} warnings={warnings} />
          </main>
        </div>
      </div>
    </AppContext.Provider>
  );
}

/** A view that fails says so: no page is ever empty. */
class Boundary extends Component<{ children: ComponentChildren }, { error: unknown }> {
  static override getDerivedStateFromError(error: unknown): { error: unknown } {
    return { error };
  }
  override render(): ComponentChildren {
    const { error } = this.state;
    if (!error) return this.props.children;
    return <main class="alone"><Trouble problem={{ title: "", status: -1, detail: String(error) }} retry={() => window.location.reload()} /></main>;
  }
}

function Root(): JSX.Element {
  const [language, change] = useState<Language>(current_language());
  const [session, set_session] = useState<Session | null | undefined>(undefined);
  const [said, set_said] = useState("");
  const [fresh, set_fresh] = useState(false); // somebody has just signed in here
  const [ended, set_ended] = useState(false);
  const [other, set_other] = useState(""); // the account that this browser has become
  const take = useCallback((next: Session | null) => {
    if (next) set_said("");
    if (next) kept_of(next.account);
    use_session(next);
    set_ended(false);
    set_session(next);
  }, []);
  useEffect(() => {
    when_signed_out(() => set_ended(true));
    when_other((one) => set_other(one.account));
    get<Session>("sessions/current").then(take, () => take(null));
  }, []);
  useEffect(() => (session ? on_sign_in_elsewhere(() => void renew().catch(() => undefined)) : undefined), [!session]);
  const switch_language = () => {
    const next = language === "zh" ? "en" : "zh";
    set_language(next);
    change(next);
  };
  const password_changed = () => {
    set_said(t("password.changed"));
    take(null);
  };
  /** The same account finds everything as it was, another one as it is for it. */
  const come_back = useCallback((next: Session) => (next.account === session?.account ? take(next) : window.location.reload()), [session]);
  const sign_in = (next: Session) => {
    set_fresh(true);
    take(next);
  };
  const sign_out = () => {
    void forget_desk_push().catch(() => undefined);
    kept_of("");
    void del("sessions/current").finally(() => take(null));
  };
  if (session === undefined) return <main class="alone"><Skeleton /></main>;
  if (!session) return <Login language={language} switch_language={switch_language} said={said} onSession={sign_in} />;
  return (
    <Boundary>
      <Frame session={session} fresh={fresh} ended={ended} language={language} switch_language={switch_language} sign_out={sign_out} password_changed={password_changed} />
      {other ? <OtherAccount account={other} /> : ended && <Ended account={session.account} language={language} switch_language={switch_language} onSession={come_back} />}
    </Boundary>
  );
}

start_language();
keep_the_keyboard();
const page = document.getElementById("app")!;
page.replaceChildren(); // that it opens
render(<Root />, page);
