// SPDX-License-Identifier: Apache-2.0
// The shapes of /api/v1 as this console reads them. Times are RFC 3339 texts.

export type Id = number;
export interface Point {
  lat: number;
  lon: number;
}
export interface Role {
  role: string;
  area: string;
}
export interface Session {
  account: string;
  roles: Role[];
  csrf: string;
  push_key?: string; // to ask a browser for notifications with; none: the office has none
  push_p256dh?: string; // of the browser that shows those of this session
}
export interface Instance {
  name: { zh: string; en: string };
  synthetic: boolean;
  box?: [number, number, number, number]; // of the roads; none before they are imported
  version: string;
  now: string;
  zone: string;
  root_area: string;
  channels: string[];
  demo: boolean;
  mailbox?: boolean;
  join?: boolean; // there is a page for who wants to join
  desk_next_s: number; // until the desk one level up is written to
  stores?: boolean; // false: the disk is full or broken, nothing can be stored
}
export interface Area {
  id: Id;
  code: string;
  name: string;
  parent?: string | null;
  level: string;
  at?: Point;
}
export interface Skill {
  code: string;
  zh: string;
  en: string;
  certificate?: string;
  months?: number;
}
export interface Site {
  code: string;
  kind: string;
  name: string;
  at: Point;
  capacity?: number;
}
/** One sentence in both languages, as the server writes it. */
export interface Sentence {
  zh: string;
  en: string;
}
export interface Person {
  number: string;
  name?: string;
  phone?: string;
  email?: string;
  area?: string;
  mode: string;
  skills: string[];
  certificates?: { code: string; until: string }[]; // with the last valid day
  not_counted?: string[]; // stated skills whose certificate is not held today
  at_grid?: Point;
  organisations?: string[]; // the first one reports the hours
  duty?: boolean | string;
  quiet?: string; // "": as usual, "none", or hours
  suspended: boolean;
  paused_until?: string;
  birth?: string; // the day; only for trainers
  /** Token of the person's own page; only for trainers. */
  own_page?: string;
  push?: boolean;
  /** What stands against asking them just now, and how often within a week they were and may be; of one person, for dispatchers of the area. */
  asking?: { reason?: string; alerts_left: number; alerted_at: string[] };
  /** How the person has answered; only for dispatchers of the area. */
  history?: { asked: number; yes: number; exercise: { asked: number; yes: number }; sentence: Sentence; exercise_sentence: Sentence };
}
/** What is to be known of a person who was stored. */
export interface PersonWarning {
  field: string;
  text: string; // same_telephone, same_name_near
  other?: string; // whose; absent: not for this account
  retired?: boolean; // they have left
}
/** Who wants to join and waits for the office. */
export interface Applicant {
  id: Id;
  received_at: string;
  name: string;
  phone: string;
  area: { code: string; name: string };
  mode: string;
  skills: string[];
  known?: string; // the number of somebody on file with this telephone number
}
export interface Incident {
  id: Id;
  case: string;
  kind: string;
  title?: string;
  grade?: string;
  exercise: boolean;
  state: string;
  at: Point;
  at_rounded?: boolean; // in somebody's home, and whoever looks may not see where
  area: { code: string; name: string };
  reported_at: string;
  closed_at?: string;
  roll_call_at?: string;
  missing?: number; // in lists: how many its needs want, by when, and since when the level above knows
  to_verify?: number; // reports that wait for a second person
  missing_by?: string;
  late?: number; // will come, but not in time, and the level above knows
  escalated_at?: string;
  alarms?: Alarm[]; // of a running one, for its dispatchers and verifiers; so is LOST, in lists
  lost?: InNeed[]; // out of contact
  response?: string;
  merged_into?: Id;
}
export interface Line {
  skills: string[];
  count: number;
  reserve?: number;
  accepted: number;
  on_scene: number;
}
export interface Need {
  id: Id;
  state: string;
  at: Point;
  stated_at?: string;
  by: string;
  escalated_at?: string; // told to the level above
  late?: number; // filled, but so many will not come in time
  lines: Line[];
  reserve: "auto" | number;
  target: number;
  mode?: string;
  place?: string; // these three, told to those who come: for dispatchers and verifiers
  contact?: string;
  warning?: string;
  callouts: { id: Id; state: string }[];
}
export interface InNeed {
  assignment: Id;
  need: Id;
  number: string;
  name?: string;
  phone?: string;
}
export interface Alarm extends InNeed {
  at: string;
}
/** Somebody who is out; the incident only where this account may read it. */
export interface Out {
  number: string;
  name?: string;
  phone?: string;
  state: string;
  assigned_at?: string;
  en_route_at?: string;
  on_scene_at?: string;
  sos: boolean;
  exercise: boolean;
  area: { code: string; name: string };
  incident?: { id: Id; case: string; kind: string; title?: string };
}
/** As the hand-over tells it: the newest EVENTS first, EVENTS_CUT more before them. */
export interface Handed extends IncidentFull {
  boards: Board[];
  events: Event[];
  events_cut?: number;
}
export interface IncidentFull extends Incident {
  needs: Need[];
  requester?: { name?: string; phone?: string; address?: string };
  alarms?: Alarm[];
  next?: { steps: string[] };
}
export interface Planned {
  number: string;
  line: number;
  seconds: number;
  p_accept: number;
  p_in_time: number;
  reason: string;
  at_grid?: Point;
  mode?: string;
  skills?: string[];
  sentence?: Sentence;
}
/** Closed roads cut a place off: where to gather, how far in a straight line. */
export interface Isolated {
  muster?: { code: string; name: string; at: Point };
  road?: Point; // where the road ends, if there is no muster point
  metres?: number;
}
export interface Plan {
  probability: number;
  target_reached: boolean;
  expected_alerts: number;
  expected_messages: number;
  /** The second one: whom, if hardly anybody answers the first. */
  waves: { after_s: number; people: Planned[]; chance?: number; expected?: number; likely?: number }[];
  at_once?: number;
  ask_limited?: number; // how many who can only come if nobody else does are asked now
  most?: number;
  change?: { later_s: number; alerts: number; probability: number; reaches: boolean };
  excluded: Record<string, number>;
  who?: Record<string, string[]>; // of them, for the reason that was asked about
  shortfall: { line: number; have: number; want: number }[];
  curve: { alerts: number; probability: number }[];
  seats?: { line: number; count: number; reserve: number }[];
  first_on_scene_s?: number;
  lifts?: Record<string, number>;
  isolated?: Isolated;
}
export interface Assignment {
  id: Id;
  alert?: Id;
  number: string;
  name?: string;
  phone?: string;
  state: string;
  line: number;
  count?: number; // people a team brings
  eta_seconds?: number;
  alerted_at?: string;
  assigned_at?: string;
  en_route_at?: string;
  on_scene_at?: string;
  released_at?: string;
  reported_at?: string;
  here_at?: string; // answered the roll call
  outcome?: string;
  report?: string;
  minutes?: number;
  minutes_credited?: number;
  sos?: boolean;
  sees_place?: boolean; // false: the page that shows where to go has not been opened
  position?: Point;
  position_at?: string; // when they shared it
  at_grid?: Point;
  can?: string[];
  reported_by?: string | number;
}
export interface OrganisationHours {
  organisation: string; // "": of people who have none
  people: number;
  minutes: number;
  assignments: number;
}
/** A certificate of service; what is credited now is told with the check of a number. */
export interface Service {
  certificate: string;
  number: string;
  name?: string;
  from: string; // days
  to: string;
  issued_at: string;
  minutes: number;
  assignments: number;
  exercise_minutes: number;
  exercise_assignments: number;
  minutes_now?: number;
  exercise_minutes_now?: number;
}

export interface PersonHours {
  number: string;
  name?: string; // for who sees names of their area
  minutes: number;
  assignments: number;
}
export interface Board {
  id: Id;
  need: Id;
  incident: Id;
  state: string;
  started_at: string;
  deadline: string;
  waves: number;
  left_out?: number; // people whom no wave may take
  probability: number;
  target: number;
  target_reached: boolean;
  next_wave_at?: string;
  lines: Line[];
  funnel: Record<string, number>;
  assignments: Assignment[];
}
export interface Alert {
  id: Id;
  number: string;
  name?: string;
  phone?: string;
  state: string;
  wave: number;
  line: number;
  seconds: number;
  p_accept: number;
  p_in_time: number;
  alerted_at: string;
  seen_at?: string;
  answered_at?: string;
  on_behalf?: boolean; // the dispatcher answered for them
  channels?: { channel: string; state: string; at?: string }[];
  at_grid?: Point;
  reason?: string;
}
export interface Event {
  seq: number;
  at: string;
  kind: string;
  actor?: string | number;
  person?: string | number;
  name?: string; // of whom this account may name
  need?: Id;
  callout?: Id;
  alert?: Id;
  assignment?: Id;
  code?: string;
  number?: number;
  reason?: string;
  hash?: string;
}
export interface Candidate {
  number?: string;
  seconds: number;
  decision: string;
  line?: number;
  p_accept?: number;
  p_in_time?: number;
}
export interface PlanRecord {
  wave?: number;
  at: string;
  inputs?: Record<string, unknown>;
  probability?: number;
  target_reached?: boolean;
  candidates?: Candidate[];
  cut?: number; // candidates beyond what a record holds
  excluded?: Record<string, number | unknown[]>;
  excluded_cut?: number; // likewise
}
export interface Message {
  id: string | number;
  to: string;
  subject: string;
  text?: string;
  link: string;
  at: string;
  exercise: boolean;
}

export interface ReportDelay {
  count: number;
  median_s?: number;
  p90_s?: number;
  most_s?: number;
}
export interface ReportNeed {
  id: number;
  state: string;
  wanted: number;
  accepted: number;
  in_time: number;
  waves: number;
  alerted: number;
  alerted_at_first: number;
  expected_yes: number;
  promised?: number;
  deadline?: string;
  deadlines?: string[];
}
export interface ReportPerson {
  number?: string;
  wave: number;
  state: string;
  seconds?: number;
  p_accept?: number;
  reply_s?: number;
  turnout_s?: number;
  travel_s?: number;
  minutes?: number;
}
export interface Estimate {
  value: number | null;
  low: number | null;
  high: number | null;
}
export interface DrillPolicy {
  name: string;
  rule: string;
  count?: number; // nearest, top-up
  way_s?: number; // radius
  phases?: { at_s: number; count: number }[];
  filled: Estimate;
  alerts: Estimate;
  first_s: { p50: Estimate };
  count_s: { p50: Estimate };
  minus_ours?: { alerts: Estimate; filled: Estimate };
}
/** POST drills */
export interface Drill {
  start: string;
  runs: number; // played by the end of its time
  runs_asked: number;
  policies: DrillPolicy[];
}
/** GET incidents/{id}/report */
export interface Report {
  incident: { id: number; case: string; kind: string; state: string; area?: string; exercise: boolean; reported_at: string; as_of: string };
  funnel: Record<string, number>;
  delays: Record<string, ReportDelay>;
  needs: ReportNeed[];
  hours: { people: number; minutes: number; credited: number };
  people: ReportPerson[];
  people_cut: number;
  timeline: { at: string; kind: string; number?: string; code?: string; count?: number; area?: string }[];
  timeline_cut: number;
}

export interface JointNeed {
  need: Id;
  priority: number;
  alerts: number;
  probability: number;
  target: number;
  target_reached: boolean;
  alone: { alerts: number; probability: number; target_reached: boolean };
  lines: { count: number; held: number; alerts: number; uncovered: number }[];
  people: { number: string; line: number; seconds: number }[];
}
/** POST incidents/{id}/plan */
export interface JointPlan {
  needs: JointNeed[];
  shared: number;
  proved: boolean;
}

export interface ModelAccount {
  reliability: { from: number; asked: number; forecast: number; observed: number; low: number; high: number }[];
  asked: number;
  forecast_yes: number;
  said_yes: number;
}
/** GET model */
export interface Model {
  actual: ModelAccount;
  exercise: ModelAccount;
}

export interface Target {
  indicator: string;
  year: number; // from when on it holds
  target: number;
  lead?: string;
}
export interface AreaName {
  code: string;
  name: string;
}
export interface Indicator {
  code: string;
  have: number;
  of: number;
  share?: number; // absent: nothing to count
  target: number;
  lead?: string;
  weight: number;
  score?: number;
  findings: number; // neither checked nor dropped
  worst: { area: AreaName; have: number; of: number }[];
}
/** GET readiness */
export interface Readiness {
  /** The days before, the oldest first, by the targets of their years. */
  history?: { day: string; index: number }[];
  area: AreaName & { level: string };
  at: string;
  renewing?: boolean; // newer figures are being counted
  year: number;
  index?: number; // 0 to 100; absent: nothing can be counted
  indicators: Indicator[];
  areas: { area: AreaName & { level: string }; index?: number }[]; // directly below
  targets: Target[];
}
/** What was actual, or what was an exercise. */
export interface StatisticsPart {
  incidents: number;
  cancelled: number; // besides those
  needs: number; // due
  in_time: number;
  alerts: number;
  answered: number;
  accepted: number;
  came: number;
  people: number; // who came, each once
  minutes: number;
  alert_s?: number; // medians from the report
  scene_s?: number;
}
export interface StatisticsRow {
  area?: AreaName & { level: string };
  month?: string;
  kind?: string;
  on_record?: number;
  callable?: number;
  actual: StatisticsPart;
  exercise: StatisticsPart;
  courses: number;
  passed: number;
  noted: number;
  checked: number;
}
/** GET statistics */
export interface Statistics {
  area: AreaName & { level: string };
  people_day?: string; // of on_record and callable
  total: StatisticsRow;
  areas: StatisticsRow[];
  own: StatisticsRow; // of what lies in none of them
  months: StatisticsRow[];
  kinds: StatisticsRow[];
}
/** Where the duty room of an area is written to. */
export interface Desk {
  area: AreaName;
  email?: string; // absent: by what needs no address
  last: DeskTry[]; // one a channel
}
/** How the newest message to a desk went; queued: it is tried again. */
export interface DeskTry {
  channel: string;
  state: "queued" | "handed_over" | "delivered" | "read" | "failed" | "unknown" | "withdrawn";
  at: string;
}
/** Something found wrong, and who answers for it by when. */
export interface Finding {
  id: Id;
  title: string;
  area: AreaName;
  state: string;
  lead?: string;
  due?: string; // a day
  due_counted: string; // that, or the one which counts where none is set
  overdue: boolean;
  incident?: { id: Id; case: string };
  indicator?: string;
  note?: string; // the reason given with the last step
  made_by: string;
  made_at: string;
  solved_by?: string;
  solved_at?: string;
  checked_by?: string;
  dropped_by?: string;
  dropped_at?: string;
  checked_at?: string;
  can: string[];
}

/** What somebody was told last about a course, and how that went. */
export interface CourseTold {
  kind: "course_invited" | "course_seat" | "course_cancelled" | "course_moved" | "course_reminder";
  state: "queued" | "sending" | "handed_over" | "delivered" | "failed" | "unknown";
  channel?: string;
  at?: string;
}

/** Who could be invited to a course, and how many fill its seats. */
export interface Invitations {
  could: number;
  renewing: number; // of them: they have the skills until soon
  invited: number;
  came: number; // of those invited
  share: number; // that signs up, of whoever is invited
  proposed: number;
}

export interface Course {
  id: number;
  title: string;
  area: { code: string; name: string };
  skills: string[];
  starts_at: string;
  minutes: number;
  place?: string;
  seats: number;
  state: "planned" | "held" | "cancelled";
  signed_up: number;
  waiting: number; // for a seat
  passed: number;
  can: ("people" | "results" | "invite" | "move" | "cancel")[];
  people?: { number: string; name?: string; phone?: string; state: string; retired?: boolean; turn?: number; passed_over?: string; told?: CourseTold }[]; // RETIRED: have left. TURN: of who waits, from 1
}
