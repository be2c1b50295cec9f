// SPDX-License-Identifier: Apache-2.0
// A stand-in for the server: the shapes of the API with one invented county and people
// who answer by a script. The browser stories run against it when BASE_URL is not set;
// it holds no rules of its own beyond what the pictures need.
import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

import { applicants_routes } from "./mock_applicants.mjs";
import { coverage_of, SITES } from "./mock_coverage.mjs";
import { courses_routes } from "./mock_courses.mjs";
import { desks_routes } from "./mock_desks.mjs";
import { readiness_routes } from "./mock_readiness.mjs";

const TOP = join(dirname(fileURLToPath(import.meta.url)), "../..");
const ASSETS = join(TOP, "build/console");
const TYPES = { html: "text/html; charset=utf-8", css: "text/css", js: "text/javascript", mjs: "text/javascript", svg: "image/svg+xml" };
export const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

let seed = 7;
const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
const between = (a, b) => a + (b - a) * random();
const CENTRE = { lat: 30.7, lon: 121.02 };
const iso = (ms) => new Date(ms).toISOString().replace("Z", "+00:00");

const SKILLS = [
  ["first-aid", "急救", "first aid"], ["cpr-aed", "心肺复苏", "CPR and AED"], ["nurse", "护士", "nurse"], ["doctor", "医生", "doctor"],
  ["driver", "驾驶员", "driver"], ["boat", "冲锋舟", "boat"], ["logistics", "物资", "logistics"], ["translator", "翻译", "translator"],
].map(([code, zh, en]) => ({ code, zh, en, certificate: code === "nurse" ? "nurse" : "", months: 0 }));
const TOWNS = [["xindai", "新埭镇", 30.7, 121.02], ["danghu", "当湖街道", 30.69, 121.06], ["xincang", "新仓镇", 30.71, 121.16]];
const VILLAGES = {
  xindai: ["泖河村", "星光村", "旧埭村", "兴旺村", "鱼圻塘村"],
  danghu: ["梅兰苑社区", "南市社区", "北门社区", "虹霓村", "通界村", "三港村", "大胜村", "如意社区", "百花社区", "东湖社区", "城关社区", "启元社区", "松枫港村", "优胜社区"],
  xincang: ["三叉河村", "秦沙村", "石路村", "双红村"],
};
const AREAS = [
  { code: "root", name: "平湖市", parent: null, level: "city" },
  ...TOWNS.map(([code, name, lat, lon]) => ({ code, name, parent: "root", level: "town", at: { lat, lon } })),
  ...Object.entries(VILLAGES).flatMap(([parent, names]) => names.map((name, i) => ({ code: parent + "-" + (i + 1), name, parent, level: "village" }))),
].map((area, i) => ({ id: i + 1, ...area }));
const NAMES = ["张伟", "王芳", "李强", "刘洋", "陈静", "杨帆", "赵磊", "黄敏", "周杰", "吴婷"];

const ROLES = { check: "verifier", train: "trainer", chief: "commander" };
const people = Array.from({ length: 40 }, (_, i) => ({
  number: "V" + String(1001 + i),
  name: NAMES[i % NAMES.length],
  area: TOWNS[i % 3][0],
  mode: ["foot", "bike", "car"][i % 3],
  skills: i % 4 ? ["first-aid"] : ["first-aid", "nurse"],
  certificates: i % 8 ? [] : [{ code: "nurse", until: i === 8 ? "2020-01-31" : "2099-12-31" }],
  not_counted: i % 4 || (i % 8 === 0 && i !== 8) ? [] : ["nurse"],
  at_grid: { lat: CENTRE.lat + between(-0.03, 0.03), lon: CENTRE.lon + between(-0.035, 0.035) },
  duty: true,
  suspended: false,
}));

/** A file of people, read as loosely as the pictures need: a telephone with letters is wrong. */
function read_people(text) {
  const [head, ...rows] = text.split(/\r?\n/).filter(Boolean).map((line) => line.split(","));
  const found = rows.map((cells) => Object.fromEntries(head.map((name, i) => [name, cells[i] ?? ""])));
  const wrong = (i, column, field, detail) => ({ pointer: `/${i + 2}/${column}`, line: i + 2, column, field, detail });
  const errors = found.flatMap((row, i) => [
    ...(/[a-z]/.test(row.phone ?? "") ? [wrong(i, 21, "phone", "is no telephone number: " + row.phone)] : []),
    ...(row.lat > 90 ? [wrong(i, 14, "lat", "is out of range: " + row.lat + "," + row.lon)] : []),
  ]);
  const warnings = found.flatMap((row, i) => (row.skills && !SKILLS.some((one) => one.code === row.skills) ? [{ line: i + 2, column: 30, field: "skills", text: "is new and is created: " + row.skills }] : []));
  warnings.push({ line: 0, column: 0, field: "birth", text: "people without a birth date are taken as adults: " + rows.length });
  const make = (row) => ({ number: row.number, name: row.name, area: TOWNS[0][0], mode: row.mode || "foot", skills: row.skills ? [row.skills] : [], certificates: [], not_counted: [], duty: true, suspended: false });
  return { people: found.map(make), errors, warnings };
}

/** Rings around the place, with a hole in each: what a circle looks like. */
function circle_of(query) {
  const [lat, lon] = query.get("at").split(",").map(Number);
  const ring = (size, turn) => Array.from({ length: 49 }, (_, i) => { const a = (turn * (i % 48) * Math.PI) / 24, r = size * (1 + 0.25 * Math.sin(5 * a)); return [lon + r * Math.cos(a) * 1.16, lat + r * Math.sin(a)]; });
  const features = query.get("minutes").split(",").map(Number).map((minutes, i, all) => ({
    type: "Feature",
    geometry: { type: "MultiPolygon", coordinates: [[ring(0.0025 * minutes, 1), ring(0.0006 * all[0], -1)]] },
    properties: { minutes, area_km2: 0.21 * minutes ** 2, road_km: 3.1 * minutes ** 2, sites: Math.min(i + 1, 2), people: 7 * minutes ** 2, households: 31 * minutes ** 2 },
  }));
  return { type: "FeatureCollection", features, at: { lat, lon }, mode: query.get("mode"), tolerance_m: 150, closures_version: 0, sites: [
    { code: "S1", kind: "shelter", name: "新埭中学", at: { lat: lat + 0.006, lon: lon + 0.004 }, capacity: 300, seconds: 214 },
    { code: "S2", kind: "aed", name: "泖河桥 AED", at: { lat: lat - 0.011, lon: lon + 0.013 }, seconds: 488 },
  ] };
}

function lines_map() {
  const features = [];
  const line = (c, points) => features.push({ type: "Feature", properties: { c }, geometry: { type: "LineString", coordinates: points } });
  for (let i = -8; i <= 8; i++) {
    const c = i === 0 ? "primary" : i % 4 === 0 ? "secondary" : i % 2 === 0 ? "tertiary" : "minor";
    const wobble = () => between(-0.002, 0.002);
    line(c, Array.from({ length: 12 }, (_, k) => [120.9 + k * 0.025, 30.7 + i * 0.012 + wobble()]));
    line(c, Array.from({ length: 12 }, (_, k) => [121.03 + i * 0.016 + wobble(), 30.6 + k * 0.019]));
  }
  line("motorway", [[120.88, 30.64], [121.0, 30.66], [121.2, 30.75]]);
  return { type: "FeatureCollection", features };
}
function backdrop_map() {
  const features = TOWNS.map(([, name, lat, lon], i) => ({ type: "Feature", properties: { kind: i === 1 ? "city" : "town", name }, geometry: { type: "Point", coordinates: [lon, lat] } }));
  features.push({ type: "Feature", properties: { kind: "water" }, geometry: { type: "Polygon", coordinates: [[[121.08, 30.64], [121.12, 30.63], [121.13, 30.66], [121.09, 30.67], [121.08, 30.64]]] } });
  for (const k of [0, 1, 2]) features.push({ type: "Feature", properties: { kind: k ? "canal" : "river" }, geometry: { type: "LineString", coordinates: Array.from({ length: 20 }, (_, i) => [120.88 + i * 0.018, 30.66 + k * 0.03 + Math.sin(i / 2 + k) * 0.006]) } });
  return { type: "FeatureCollection", features };
}

/** The whole state; `make` a fresh one per server. */
function world() {
  const at = Date.parse("2026-07-14T17:42:00Z"); // 01:42 in Shanghai
  return { offset: at - Date.now(), ids: 100, incidents: [], callouts: new Map(), messages: [], streams: new Set(), account: "", imported: [] };
}

export async function start_mock(port = 0, speed = 1) {
  const w = world();
  const now = () => Date.now() + w.offset;
  const id = () => ++w.ids;
  const changed = (incident, kind) => {
    for (const stream of w.streams) stream.write(`id: ${id()}\nevent: change\ndata: ${JSON.stringify({ incident: incident.id, kind })}\n\n`);
  };
  const tell = (incident, kind, more = {}) => {
    incident.events.push({ seq: incident.events.length + 1, at: iso(now()), kind, actor: more.person ? "" : w.account, hash: "00", ...(more.person ? { name: people.find((one) => one.number === more.person)?.name } : {}), ...more });
    changed(incident, kind);
  };

  const NEXT = { reported: ["confirm", "cancel", "merge", "take_over"], confirmed: ["cancel", "merge", "take_over"], active: ["stand_down", "cancel", "take_over"], standing_down: ["review", "reopen", "take_over"], review: ["close", "reopen", "take_over"], closed: ["reopen"] };
  const OVER = new Set(["closed", "cancelled", "merged"]);
  const in_need_of = (one, is) => one.needs.flatMap((n) => n.callouts.flatMap((c) => c.assignments.map((a) => ({ ...a, need: n.id })))).filter(is).map((a) => ({ assignment: a.id, need: a.need, number: a.number, name: a.name, phone: a.phone }));
  const alarms_of = (one) => in_need_of(one, (a) => a.sos).map((a) => ({ ...a, at: iso(now()) }));
  const lost_of = (one) => in_need_of(one, (a) => a.state === "lost_contact");
  const missing_of = (one) => ({ missing: one.needs.filter((n) => n.state === "open").flatMap((n) => n.lines).reduce((sum, line) => sum + Math.max(0, line.count - line.accepted), 0), escalated_at: one.needs.find((n) => n.escalated_at)?.escalated_at });
  const outline = (one) => ({ id: one.id, case: one.case, kind: one.kind, title: one.title, exercise: one.exercise, state: one.state, at: one.at, area: { code: "xindai", name: "新埭镇" }, reported_at: one.reported_at, closed_at: one.closed_at, roll_call_at: one.roll_call_at, response: "III", ...(OVER.has(one.state) ? {} : { alarms: alarms_of(one), lost: lost_of(one), ...missing_of(one) }) });
  const full = (one) => ({
    ...outline(one),
    needs: one.needs.map((need) => ({ ...need, callouts: need.callouts.map((c) => ({ id: c.id, state: c.state })) })),
    requester: one.requester,
    alarms: alarms_of(one),
    next: { steps: NEXT[one.state] ?? [] },
  });

  function plan_of(need, wish) {
    const minutes = wish.within_minutes ?? Math.max(3, (Date.parse(need.by) - now()) / 60000);
    const count = need.lines.reduce((sum, line) => sum + line.count, 0);
    const target = wish.target ?? need.target;
    const out = new Set(wish.exclude ?? []);
    const pool = people
      .filter((one) => !out.has(one.number))
      .map((one) => {
        const metres = Math.hypot((one.at_grid.lat - need.at.lat) * 111000, (one.at_grid.lon - need.at.lon) * 95000);
        const seconds = Math.round(metres / { foot: 1.8, bike: 4, car: 9 }[one.mode]);
        return { number: one.number, line: 0, seconds, p_accept: 0.29, p_in_time: Math.max(0.05, Math.min(0.97, 1.4 - (seconds + 165) / (minutes * 60))), reason: "nearest_qualified", at_grid: one.at_grid, mode: one.mode, skills: one.skills };
      })
      .sort((a, b) => a.seconds - b.seconds);
    const curve = [];
    let some = 0;
    const p_of = (sum) => 1 / (1 + Math.exp(-(sum - count) * 1.7));
    let want = pool.length;
    pool.forEach((one, i) => {
      some += one.p_accept * one.p_in_time;
      const p = Math.max(0, p_of(some) - p_of(0) * (1 - (i + 1) / pool.length));
      curve.push({ alerts: i + 1, probability: p });
      if (p >= target) want = Math.min(want, i + 1);
    });
    const reached = curve[want - 1].probability >= target;
    const chosen = pool.slice(0, want);
    const first = Math.ceil(want * 0.6);
    return {
      probability: curve[want - 1].probability, target_reached: reached, expected_alerts: want * 0.8, expected_messages: want * 1.1,
      waves: [{ after_s: 0, people: chosen.slice(0, first) }, { after_s: 120, people: chosen.slice(first), chance: 0.5, expected: want * 0.2, likely: want - first }].filter((wave) => wave.people.length),
      at_once: want + 1, most: curve[curve.length - 1].probability, change: { later_s: 120, alerts: want * 0.6, probability: target, reaches: !reached },
      excluded: { no_skill: 212, quiet: 31, off_duty: 12, too_far: 40 }, shortfall: reached ? [] : [{ line: 0, have: 2, want: count }], curve,
      seats: [{ line: 0, count, reserve: wish.reserve === undefined || wish.reserve === "auto" ? 2 : wish.reserve }], first_on_scene_s: chosen[0].seconds + 165, lifts: { quiet: 31, duty: 12, cap: 0 },
    };
  }

  /** All open needs at once: by priority, nobody twice. */
  function joint_of(incident, wish) {
    const priority = new Map((wish.needs ?? []).map((one) => [one.need, one.priority]));
    const open = incident.needs.filter((need) => ["open", "short"].includes(need.state)).map((need) => ({ need, priority: priority.get(need.id) ?? 1 })).sort((a, b) => a.priority - b.priority);
    const taken = new Set();
    const needs = open.map(({ need, priority }) => {
      const alone = plan_of(need, {}), mine = plan_of(need, { exclude: [...taken] }), people = mine.waves[0].people;
      people.forEach((one) => taken.add(one.number));
      const wanted = need.lines.reduce((sum, line) => sum + line.count, 0);
      return { need: need.id, priority, alerts: people.length, probability: mine.probability, target: need.target, target_reached: mine.target_reached, alone: { alerts: alone.waves.flatMap((wave) => wave.people).length, probability: alone.probability, target_reached: alone.target_reached }, lines: [{ count: wanted, held: 0, alerts: people.length, uncovered: mine.target_reached ? 0 : 1 }], people: people.map(({ number, line, seconds }) => ({ number, line, seconds })) };
    });
    return { needs, shared: open.length > 1 ? 14 : 0, proved: true };
  }
  /** As the helper of a server tells it: ours first, then the rules of thumb. */
  function drill_of(wish) {
    const count = wish.lines.reduce((sum, line) => sum + line.count, 0), s = 60 * wish.within_minutes;
    const share = (value) => { const error = 1.96 * Math.sqrt((value * (1 - value)) / wish.runs); return { value, low: Math.max(0, value - error), high: Math.min(1, value + error) }; };
    const about = (value) => ({ value, low: value - 1, high: value + 1 });
    const policy = (name, rule, more, filled, alerts, first, last) => ({
      name, rule, ...more, filled: share(filled), alerts: about(alerts), first_s: { never: 0, p50: about(first), p90: about(2 * first) },
      count_s: { never: 0, p50: last === null ? { value: null, low: null, high: null } : about(last), p90: about(s) }, minus_ours: { alerts: about(alerts - 4 * count), filled: { value: filled - 0.96, low: filled - 1, high: filled - 0.92 } }, needs: [],
    });
    return { scenario: "question", exercise: true, start: wish.when, seed: 1, runs: wish.runs, runs_asked: wish.runs, engine: "fast", people: "instance", changes: [], policies: [
      policy("ours", "ours", {}, 0.96, 4 * count, 240, 0.6 * s),
      policy("nearest", "nearest", { count: 4 * count }, 0.31, 4 * count, 236, null),
      policy("reach", "radius", { way_s: s / 2 }, 0.97, 47 * count, 210, 0.5 * s),
      policy("phased", "phased", { phases: [0, 1, 2, 3, 4].map((i) => ({ at_s: Math.round((i * s) / 8), count: 2 * count })) }, 0.88, 6.4 * count, 244, 0.7 * s),
      policy("top-up", "top-up", { count: 3 * count }, 0.74, 5.2 * count, 238, 0.8 * s),
    ] };
  }
  function account_of(rows) {
    const reliability = rows.map(([from, asked, forecast, observed]) => { const error = 1.96 * Math.sqrt((observed * (1 - observed)) / asked); return { from, asked, forecast, observed, low: Math.max(0, observed - error), high: Math.min(1, observed + error) }; });
    const sum = (f) => rows.reduce((all, row) => all + f(row), 0);
    return { reliability, asked: sum((r) => r[1]), forecast_yes: sum((r) => r[1] * r[2]), said_yes: Math.round(sum((r) => r[1] * r[3])) };
  }
  /** Of the first forty people, by organisation; one is called what a spreadsheet would compute. */
  function hours_of(query) {
    if (query.get("exercise") || query.get("to") < "2026") return [];
    const organisations = ["蓝天救援队", "Red Cross, town", "=1+1", ""];
    const people = Array.from({ length: 40 }, (_, i) => ({ organisation: organisations[i % 4], number: "V" + (1001 + i), name: i % 5 ? everybody()[i]?.name : undefined, minutes: 35 + 47 * i, assignments: 1 + (i % 5) }));
    const wanted = query.get("organisation");
    if (wanted !== null) return people.filter((one) => one.organisation === wanted).map(({ organisation, ...one }) => one);
    const sum = (list, f) => list.reduce((all, one) => all + one[f], 0);
    return [...organisations].sort().map((organisation) => {
      const list = people.filter((one) => one.organisation === organisation);
      return { organisation, people: list.length, minutes: sum(list, "minutes"), assignments: sum(list, "assignments") };
    });
  }
  /** What the incident came to, from its own rows. */
  function report_of(incident) {
    const callouts = incident.needs.flatMap((need) => need.callouts), alerts = callouts.flatMap((one) => one.alerts), there = callouts.flatMap((one) => one.assignments);
    const by = (state) => alerts.filter((one) => one.state === state).length, reached = there.filter((one) => one.on_scene_at).length, seen = alerts.filter((one) => one.seen).length;
    const delay = (count, median_s, p90_s, most_s) => ({ count, median_s, p90_s, most_s });
    return {
      incident: { id: incident.id, case: incident.case, kind: incident.kind, state: incident.state, area: "新埭镇", exercise: incident.exercise, reported_at: incident.reported_at, as_of: iso(now()) },
      funnel: { people: new Set(alerts.map((one) => one.number)).size, alerted: alerts.length, handed_over: alerts.length, delivered: alerts.length - 1, seen, answered: by("accepted") + by("declined"), accepted: by("accepted"), set_out: there.length, on_scene: reached, declined: by("declined"), stood_down: by("stood_down"), no_answer: by("no_answer") },
      delays: { dispatcher: delay(1, 95, 95, 95), channel: delay(alerts.length - 1, 3, 6, 9), reply: delay(by("accepted") + by("declined"), 61, 148, 203), turnout: delay(there.length, 104, 190, 233), travel: delay(reached, 312, 640, 731), travel_excess: delay(reached, 14, 80, 96) },
      needs: incident.needs.map((need) => ({ id: need.id, state: need.state, wanted: need.lines.reduce((sum, line) => sum + line.count, 0), accepted: there.length, in_time: reached, waves: 1, alerted: alerts.length, alerted_at_first: alerts.length, expected_yes: alerts.length * 0.29, promised: 0.95 })),
      hours: { people: reached, minutes: reached * 42, credited: 0 },
      people: alerts.map((one, i) => { const mine = there.find((each) => each.alert === one.id); return { number: one.number, wave: 1, state: mine?.state ?? one.state, seconds: one.seconds, p_accept: 0.29, ...(mine ? { reply_s: 40 + 9 * i, turnout_s: 90 + 11 * i, travel_s: one.seconds + 20, minutes: mine.minutes } : {}) }; }),
      people_cut: 0,
      timeline: incident.events.map((event) => ({ at: event.at, kind: event.kind, number: event.person, code: event.code, count: event.number })),
      timeline_cut: 0,
    };
  }

  const CAN = { assigned: ["depart", "arrive", "withdraw", "no_show", "lost"], en_route: ["arrive", "withdraw", "no_show", "lost"], on_scene: ["work", "release", "withdraw", "lost"], working: ["release", "lost"], lost_contact: ["found"], reported: ["verify"], released: ["report"], disputed: ["report"] };
  function board_of(incident, need, callout) {
    const has = (...states) => callout.assignments.filter((a) => states.includes(a.state)).length;
    const accepted = callout.assignments.filter((a) => !["withdrawn", "no_show", "stood_down"].includes(a.state)).length;
    const there = has("on_scene", "working", "released", "reported", "verified", "disputed");
    const count = need.lines[0].count;
    const alerts = callout.alerts;
    const by = (state) => alerts.filter((a) => a.state === state).length, has_read = (a) => a.seen_at || (a.answered_at && !a.on_behalf);
    return {
      id: callout.id, need: need.id, incident: incident.id, state: callout.state, started_at: callout.started_at, deadline: need.by, waves: 1, left_out: callout.left_out, probability: Math.min(0.99, 0.55 + accepted * 0.13), target: need.target,
      target_reached: accepted >= count, next_wave_at: callout.state === "active" ? iso(callout.next_ms) : undefined,
      lines: need.lines.map((line) => ({ ...line, reserve: 1, accepted: Math.min(accepted, line.count + 1), on_scene: there })),
      funnel: { alerted: alerts.length, delivered: alerts.filter((a) => has_read(a) || a.channels[0].state === "delivered").length, read: alerts.filter(has_read).length, pending: by("pending"), accepted: by("accepted"), limited: by("limited"), late: by("late"), declined: by("declined"), no_answer: by("no_answer"), void: by("void"), stood_down: by("stood_down"), en_route: has("en_route"), on_scene: has("on_scene", "working") },
      assignments: callout.assignments.map((a) => ({ ...a, can: CAN[a.state] ?? [] })),
    };
  }

  function set_state(incident, one, state) {
    one.state = state;
    if (one[state + "_at"] === undefined) one[state + "_at"] = iso(now());
    if (state === "released") one.minutes = 42;
    tell(incident, "assignment." + state, { person: one.number, assignment: one.id, number: state === "verified" ? one.minutes_credited : undefined });
  }
  function accept(incident, callout, alert) {
    alert.state = "accepted";
    alert.answered_at = iso(now());
    callout.assignments.push({ id: id(), alert: alert.id, number: alert.number, name: alert.name, phone: "138 0000 " + alert.number.slice(1), state: "assigned", line: 0, eta_seconds: alert.seconds, assigned_at: iso(now()), sos: false, at_grid: alert.at_grid });
    tell(incident, "alert.accepted", { person: alert.number, alert: alert.id });
  }
  /** The script: a few accept, one declines, then they move, arrive, finish, report. */
  function script(incident, need, callout) {
    const goes = (one) => one.state !== "lost_contact";
    const later = (seconds, work) => setTimeout(() => (callout.state === "ended" ? 0 : work()), (seconds * 1000) / speed).unref();
    const count = need.lines[0].count;
    callout.alerts.forEach((alert, i) => {
      later(1 + i * 0.3, () => { alert.seen = i % 3 !== 2; if (alert.seen) alert.seen_at = iso(now()); alert.channels[0].state = alert.seen ? "read" : "delivered"; changed(incident, "message.delivered"); });
      if (i < count) {
        later(3 + i * 2, () => { alert.name = people.find((p) => p.number === alert.number).name; accept(incident, callout, alert); if (callout.assignments.length === count) { callout.state = need.state = "filled"; tell(incident, "callout.filled"); } });
        later(5 + i * 2, () => goes(callout.assignments[i]) && set_state(incident, callout.assignments[i], "en_route"));
        for (let k = 1; k <= 5; k++)
          later(6 + i * 2 + k, () => { const a = callout.assignments[i]; if (!goes(a)) return; a.position = { lat: a.at_grid.lat + ((need.at.lat - a.at_grid.lat) * k) / 5, lon: a.at_grid.lon + ((need.at.lon - a.at_grid.lon) * k) / 5 }; a.position_at = iso(now()); a.eta_seconds = Math.round(alert.seconds * (1 - k / 5)); changed(incident, "assignment.position"); });
        later(12 + i * 2, () => { if (!goes(callout.assignments[i])) return; set_state(incident, callout.assignments[i], "on_scene"); if (i === count - 1) { need.state = "met"; tell(incident, "need.met"); } });
      } else if (i === count) later(4, () => { alert.state = "declined"; alert.answered_at = iso(now()); tell(incident, "alert.declined", { person: alert.number }); });
    });
  }
  function stand_down(incident) {
    incident.state = "standing_down";
    tell(incident, "incident.standing_down");
    for (const need of incident.needs)
      for (const callout of need.callouts) {
        callout.state = "ended";
        for (const alert of callout.alerts) if (["pending", "limited", "late"].includes(alert.state)) alert.state = "stood_down";
        callout.assignments.forEach((one, i) => {
          if (one.state === "lost_contact") return; // still to be found
          const next = ["on_scene", "working"].includes(one.state) ? "released" : "stood_down";
          set_state(incident, one, next);
          if (next === "released") setTimeout(() => { if (one.state !== "released") return; one.outcome = "done"; one.report = ["排水完成，两位老人已转移。", "包扎一人，已送医。", "协助疏散。"][i % 3]; one.reported_by = one.number; set_state(incident, one, "reported"); }, (1500 + i * 700) / speed).unref();
        });
      }
  }

  const find_callout = (number) => {
    for (const incident of w.incidents) for (const need of incident.needs) for (const callout of need.callouts) if (callout.id === number) return [incident, need, callout];
    return [];
  };
  const find_assignment = (number) => {
    for (const incident of w.incidents) for (const need of incident.needs) for (const callout of need.callouts) for (const one of callout.assignments) if (one.id === number) return [incident, one, callout];
    return [];
  };
  const find_need = (number) => {
    for (const incident of w.incidents) for (const need of incident.needs) if (need.id === number) return [incident, need];
    return [];
  };
  const left_out = [{ ...people[0], number: "V2000", name: "钱晚" }, { ...people[0], number: "V2001", name: "孙静" }]; // whom no plan asks
  const everybody = () => [...people, ...w.imported];
  const same_telephone = ({ number, phone }) => everybody().filter((one) => phone && one.phone === phone && one.number !== number).slice(0, 1).map((one) => ({ field: "phone", text: "same_telephone", other: one.number }));
  const problem = (status, title, detail) => [status, { type: "about:blank", title, status, detail, instance: "req-" + id() }];

  const applicants = applicants_routes({ areas: AREAS, now, iso, id, problem, changed });
  const ROUTES = [
    ...applicants.routes,
    ...courses_routes({ areas: AREAS, now, iso, id, problem, changed, everybody }),
    ...desks_routes({ areas: AREAS, problem, changed }),
    ...readiness_routes({ areas: AREAS, now, iso, id, account: () => w.account, problem, changed }),
    ["POST", /^sessions$/, (_, body) => {
      if (body.password !== "secret") return problem(401, "Unauthorized", "");
      w.account = body.account;
      return [201, { account: body.account, roles: [{ role: ROLES[body.account] ?? "dispatcher", area: "root" }], csrf: "c" }];
    }],
    ["GET", /^sessions\/current$/, () => (w.account ? [200, { account: w.account, roles: [{ role: ROLES[w.account] ?? "dispatcher", area: "root" }], csrf: "c" }] : problem(401, "Unauthorized"))],
    ["DELETE", /^sessions\/current$/, () => { w.account = ""; return [204]; }],
    ["GET", /^instance$/, () => [200, { name: { zh: "平湖市", en: "Pinghu" }, synthetic: true, box: [120.9, 30.6, 121.18, 30.8], version: "mock", now: iso(now()), zone: "Asia/Shanghai", root_area: "root", channels: ["file"], demo: true, join: true, desk_next_s: 180 }]],
    ["GET", /^map\/roads$/, () => [200, lines_map()]],
    ["GET", /^map\/backdrop$/, () => [200, backdrop_map()]],
    ["GET", /^areas$/, () => [200, { items: AREAS }]],
    ["GET", /^skills$/, () => [200, { items: SKILLS }]],
    ["GET", /^sites$/, () => [200, { items: SITES }]],
    ["GET", /^circle$/, (_, __, query) => [200, circle_of(query)]],
    ["GET", /^coverage$/, (_, __, query) => [200, coverage_of(query, AREAS)]],
    ["GET", /^responses$/, () => [200, { items: [{ id: 1, area: { code: "root", name: "平湖市" }, hazard: "flood", level: "III", state: "running" }] }]],
    ["GET", /^warnings$/, () => [200, { items: [] }]],
    ["GET", /^closures$/, () => [200, { items: [], version: 0 }]],
    ["POST", /^people\/searches$/, (_, body) => [200, { items: [...everybody(), ...left_out].filter((one) => (one.number + one.name).includes(body.q) && (!body.area || one.area === body.area)) }]],
    ["POST", /^people$/, (_, body) => {
      if (everybody().some((one) => one.number === body.number)) return problem(409, "Conflict", "there is, or was, somebody of this number");
      const { applicant, ...person } = body;
      if (!applicants.take_on(applicant)) return applicants.gone();
      w.imported.push({ area: AREAS[1].code, mode: "foot", skills: [], certificates: [], not_counted: [], suspended: false, ...person });
      return [201, { number: body.number, warnings: same_telephone(body) }];
    }],
    ["GET", /^people\/imports\/newest$/, () => [200, { items: w.imported.length ? [{ id: 412, at: iso(now()), by: "train", added: w.imported.length, changed: 0, retired: 0 }] : [] }]],
    ["POST", /^people\/imports\/\d+\/undo$/, () => [200, { restored: 0, left: w.imported.splice(0).length, kept: 0 }]],
    ["POST", /^people\/imports$/, (_, text, query) => {
      const { people: rows, errors, warnings } = read_people(text);
      if (errors.length) return [422, { type: "about:blank", title: "Unprocessable Content", status: 422, detail: "the file is wrong; nothing was imported", errors, lines_wrong: new Set(errors.map((one) => one.line)).size, errors_total: errors.length }];
      const fresh = rows.filter((row) => !everybody().some((one) => one.number === row.number));
      const missing = everybody().filter((one) => !rows.some((row) => row.number === one.number)).length;
      if (query.get("dry_run") !== "true") w.imported.push(...fresh);
      const leaders = query.get("retire_missing") === "true" && missing ? [{ line: 0, column: 0, field: "teams", text: "teams whose leader has left: 1" }] : [];
      return [200, { added: fresh.length, changed: 0, same: rows.length - fresh.length, retired: query.get("retire_missing") === "true" ? missing : 0, names_compared: true, warnings: [...leaders, ...warnings] }];
    }],
    ["GET", /^organisations$/, () => [200, { items: [{ name: "蓝天救援队" }, { name: "Red Cross, town" }] }]],
    ["GET", /^people$/, (_, __, query) => [200, { items: everybody().filter((one) => (!query.get("organisation") || one.organisations?.includes(query.get("organisation"))) && (one.number + one.name).includes(query.get("q") ?? "") && (!query.get("area") || one.area === query.get("area")) && (!query.get("lapses_within") || one.not_counted.length)) }]],
    ["GET", /^hours$/, (_, __, query) => [200, { items: hours_of(query) }]],
    ["GET", /^services\/(.+)$/, ([number]) => (number.startsWith("8K2M") ? [200, { certificate: number, number: "V1003", name: people[2].name, from: "2026-01-01", to: "2026-11-30", issued_at: iso(now()), minutes: 755, assignments: 9, exercise_minutes: 120, exercise_assignments: 1, minutes_now: 695, exercise_minutes_now: 120 }] : problem(404, "Not Found", "no certificate of service with this number was issued here; compare it letter by letter"))],
    ["GET", /^people\/new\/number$/, () => [200, { number: "V" + (1001 + everybody().length) }]],
    ["GET", /^people\/V(\d+)$/, ([number]) => [200, people[number - 1001]]],
    ["GET", /^people\/W\d+$/, () => [200, w.imported.find((one) => one.number === "W0001")]],
    ["PATCH", /^people\/V(\d+)$/, ([number], body) => {
      if (body.duty && !/^((Mo|Tu|We|Th|Fr|Sa|Su)[-,]?)* ?\d\d:\d\d-\d\d:\d\d$/.test(body.duty)) {
        const [status, wrong] = problem(422, "Unprocessable Content", "");
        return [status, { ...wrong, errors: [{ pointer: "/duty", detail: "a day is Mo, Tu, We, Th, Fr, Sa or Su: write it like 'Mo-Fr 18:00-22:00; Sa-Su 08:00-20:00'" }] }];
      }
      const certificates = body.certificates?.map((one) => ({ code: one.split(":")[0], until: one.split(":")[1] }));
      Object.assign(people[number - 1001], body, certificates && { certificates, not_counted: [] });
      return [200, { ...people[number - 1001], ...("phone" in body ? { warnings: same_telephone(people[number - 1001]) } : {}) }];
    }],
    ["GET", /^mailbox$/, () => [200, { items: w.messages }]],
    ["GET", /^incidents$/, (_, __, query) => [200, { items: w.incidents.filter((one) => (query.get("state") === "closed") === (one.state === "closed" || one.state === "cancelled")).map(outline).reverse() }]],
    ["POST", /^incidents$/, (_, body) => {
      const one = { id: id(), case: "P260714-" + String(w.incidents.length + 1).padStart(4, "0"), kind: body.kind, title: body.title, exercise: Boolean(body.exercise), state: "reported", at: body.at, reported_at: iso(now()), needs: [], events: [], requester: body.requester };
      w.incidents.push(one);
      tell(one, "incident.reported");
      const similar = w.incidents.filter((other) => other !== one && other.kind === one.kind && !["closed", "cancelled", "merged"].includes(other.state)).map((other) => ({ id: other.id, case: other.case }));
      return [201, { id: one.id, case: one.case, area: { code: "xindai", name: "新埭镇" }, state: one.state, similar }];
    }],
    ["GET", /^incidents\/(\d+)$/, ([n]) => { const one = w.incidents.find((each) => each.id === n); return one ? [200, full(one)] : problem(404, "Not Found", "no such incident"); }],
    ["GET", /^incidents\/(\d+)\/events$/, ([n], _, query) => [200, { items: w.incidents.find((each) => each.id === n).events.filter(({ kind }) => !query.get("spoken") || !(/^message\./.test(kind) || kind === "assignment.assigned")) }]],
    ["GET", /^handover$/, () => [200, { items: w.incidents.filter((one) => !OVER.has(one.state)).map((one) => ({ ...full(one), boards: one.needs.flatMap((need) => need.callouts.map((callout) => board_of(one, need, callout))), events: [...one.events].reverse() })).reverse() }]],
    ["POST", /^handover$/, (_, body) => {
      const open = w.incidents.filter((one) => !OVER.has(one.state) && body.incidents.some(({ id }) => id === one.id));
      for (const one of open) tell(one, "incident.taken_over");
      return [200, { taken: open.length }];
    }],
    ["POST", /^incidents\/(\d+)\/steps$/, ([n], body) => {
      const one = w.incidents.find((each) => each.id === n);
      if (!NEXT[one.state]?.includes(body.step)) return problem(409, "not possible in the present state", "the incident is " + one.state);
      if (body.step === "stand_down") stand_down(one);
      else {
        one.state = { confirm: "confirmed", review: "review", close: "closed", cancel: "cancelled", reopen: "active", merge: "merged" }[body.step];
        if (one.state === "closed") one.closed_at = iso(now());
        tell(one, "incident." + one.state);
      }
      return [200, { id: one.id, state: one.state }];
    }],
    ["POST", /^incidents\/(\d+)\/roll-calls$/, ([n]) => { const one = w.incidents.find((each) => each.id === n); one.roll_call_at = iso(now()); tell(one, "incident.roll_call"); return [201, { id: id() }]; }],
    ["POST", /^incidents\/(\d+)\/needs$/, ([n], body) => {
      const one = w.incidents.find((each) => each.id === n);
      const need = { id: id(), state: "open", at: body.at, stated_at: iso(now()), by: body.by ?? iso(now() + body.within_minutes * 60000), lines: body.lines.map((line) => ({ ...line, reserve: 0, accepted: 0, on_scene: 0 })), reserve: body.reserve, target: body.target, place: body.place, contact: body.contact, warning: body.warning, callouts: [] };
      one.needs.push(need);
      tell(one, "need.stated", { need: need.id });
      return [201, { id: need.id, state: need.state }];
    }],
    ["POST", /^incidents\/(\d+)\/plan$/, ([n], body) => [200, joint_of(w.incidents.find((each) => each.id === n), body)]],
    ["GET", /^incidents\/(\d+)\/report$/, ([n]) => { const one = w.incidents.find((each) => each.id === n); return one ? [200, report_of(one)] : problem(404, "Not Found", "no such incident"); }],
    ["GET", /^model$/, () => [200, { actual: account_of([[0.1, 812, 0.153, 0.14], [0.2, 2240, 0.251, 0.262], [0.3, 960, 0.338, 0.335], [0.4, 211, 0.44, 0.36], [0.5, 19, 0.53, 0.63]]), exercise: account_of([[0.2, 96, 0.25, 0.29], [0.3, 64, 0.34, 0.52]]) }]],
    ["POST", /^drills$/, (_, body) => [200, drill_of(body)]],
    ["POST", /^needs\/(\d+)\/plan$/, ([n], body) => [200, plan_of(find_need(n)[1], body)]],
    ["POST", /^needs\/(\d+)\/steps$/, ([n], body) => { const [incident, need] = find_need(n); need.state = body.step === "reopen" ? "open" : "cancelled"; tell(incident, "need." + need.state); return [200, { id: n, state: need.state }]; }],
    ["POST", /^needs\/(\d+)\/notes$/, ([n], body) => { const [incident, need] = find_need(n); Object.assign(need, body); tell(incident, "need.notes", { need: n, number: 0 }); return [200, { id: n, state: need.state }]; }],
    ["POST", /^needs\/(\d+)\/callouts$/, ([n], body) => {
      const [incident, need] = find_need(n);
      Object.assign(need, { target: body.target ?? need.target, reserve: body.reserve ?? need.reserve, by: body.within_minutes ? iso(now() + body.within_minutes * 60000) : need.by });
      const plan = plan_of(need, body);
      const callout = { id: id(), state: "active", started_at: iso(now()), next_ms: now() + 102000, left_out: (body.exclude ?? []).length, assignments: [], alerts: [] };
      callout.alerts = plan.waves.flatMap((wave, i) => wave.people.map((one) => ({ ...one, id: id(), state: "pending", wave: i + 1, alerted_at: iso(now()), channels: [{ channel: "file", state: "handed_over" }] })));
      callout.plan = { wave: 1, at: iso(now()), inputs: {}, candidates: callout.alerts.map((a) => ({ number: a.number, line: 0, seconds: a.seconds, p_accept: a.p_accept, p_in_time: a.p_in_time, decision: "alerted" })), excluded: Object.fromEntries(Object.entries(plan.excluded).map(([reason, n]) => [reason, Array.from({ length: n }, (_, i) => left_out[i]?.number ?? "V" + (2000 + i))])) };
      need.callouts.push(callout);
      incident.state = "active";
      tell(incident, "callout.started");
      tell(incident, "wave.sent", { number: plan.waves[0].people.length });
      for (const alert of callout.alerts) w.messages.unshift({ id: id(), to: alert.number, subject: "新埭镇需要急救，您能来吗？", link: "/r/" + alert.number, at: iso(now()), exercise: incident.exercise });
      script(incident, need, callout);
      return [201, { id: callout.id, state: callout.state }];
    }],
    ["GET", /^callouts\/(\d+)$/, ([n]) => [200, board_of(...find_callout(n))]],
    ["GET", /^callouts\/(\d+)\/alerts$/, ([n]) => [200, { items: find_callout(n)[2].alerts, position: 1, whole: true }]],
    ["GET", /^callouts\/(\d+)\/plans$/, ([n]) => [200, { items: [find_callout(n)[2].plan] }]],
    ["POST", /^callouts\/(\d+)\/steps$/, ([n], body) => { const [incident, , callout] = find_callout(n); callout.state = body.step === "resume" ? "active" : "standing_down"; tell(incident, "callout." + callout.state); return [200, { id: n, state: callout.state }]; }],
    ["POST", /^alerts\/(\d+)\/replies$/, ([n], body) => {
      for (const incident of w.incidents) for (const need of incident.needs) for (const callout of need.callouts) for (const alert of callout.alerts)
        if (alert.id === n) { alert.on_behalf = true; if (body.answer === "accept") accept(incident, callout, alert); else { alert.state = "declined"; alert.answered_at = iso(now()); tell(incident, "alert.declined", { person: alert.number, reason: body.reason }); } return [200, { id: n, state: alert.state }]; }
      return problem(404, "Not Found");
    }],
    ["GET", /^assignments$/, () => [200, { items: [] }]],
    ["POST", /^assignments\/(\d+)\/steps$/, ([n], body) => {
      const [incident, one] = find_assignment(n);
      set_state(incident, one, { depart: "en_route", arrive: "on_scene", work: "working", release: "released", withdraw: "withdrawn", no_show: "no_show", lost: "lost_contact", found: "en_route", turned_back: "turned_back" }[body.step]);
      return [200, { id: n, state: one.state }];
    }],
    ["POST", /^assignments\/(\d+)\/reports$/, ([n], body) => { const [incident, one] = find_assignment(n); one.outcome = body.outcome; one.report = body.text; one.reported_by = w.account; set_state(incident, one, "reported"); return [200, { id: n, state: one.state }]; }],
    ["POST", /^assignments\/(\d+)\/verifications$/, ([n], body) => {
      const [incident, one] = find_assignment(n);
      if (one.reported_by === w.account) return problem(403, "not allowed", "somebody else has to check what you reported");
      if (body.ok) one.minutes_credited = body.minutes ?? one.minutes;
      set_state(incident, one, body.ok ? "verified" : "disputed");
      return [200, { id: n, state: one.state }];
    }],
    ["POST", /^assignments\/(\d+)\/alarms$/, ([n]) => { const [incident, one] = find_assignment(n); one.sos = false; tell(incident, "assignment.sos_acknowledged", { person: one.number, assignment: n, actor: w.account }); return [200, { id: n }]; }],
    // For the stories only: raises the alarm of the first assignment, or of that INDEX.
    ["POST", /^mock\/sos$/, (_, body) => { for (const incident of w.incidents) for (const need of incident.needs) for (const callout of need.callouts) { const one = callout.assignments[body.index ?? 0]; if (one) { one.sos = true; tell(incident, "assignment.sos", { person: one.number }); } } return [200, {}]; }],
  ];

  function api(request, response, url, body) {
    const path = url.pathname.slice("/api/v1/".length);
    w.account = /(?:^|; )session=(\w+)/.exec(request.headers.cookie ?? "")?.[1] ?? "";
    for (const [method, pattern, handler] of ROUTES) {
      const found = pattern.exec(path);
      if (!found || method !== request.method) continue;
      const [status, answer] = handler(found.slice(1).map((one) => (isNaN(one) ? one : Number(one))), body, url.searchParams, w.incidents);
      if (path.startsWith("people/")) response.setHeader("etag", '"1"');
      if (path.startsWith("sessions")) response.setHeader("set-cookie", "session=" + w.account + "; Path=/; HttpOnly; SameSite=Strict");
      response.writeHead(status, { "content-type": status >= 400 ? "application/problem+json" : "application/json" });
      return response.end(answer === undefined ? undefined : JSON.stringify(answer));
    }
    response.writeHead(404, { "content-type": "application/problem+json" });
    return response.end(JSON.stringify({ title: "Not Found", status: 404, detail: request.method + " " + path }));
  }
  /** The pages of the C renderer, if test_page and test_page_own have left them: /r/STATE, /s/STATE. */
  function volunteer(request, response, name) {
    if (request.method === "POST") return response.writeHead(303, { location: "/r/assigned" }).end();
    const language = (request.headers["accept-language"] ?? "zh").startsWith("en") ? "en" : "zh";
    try {
      const bytes = readFileSync(join(TOP, "build/pages", normalize(name.replace(/^V\d+$/, "pending") + "-" + language + ".html")));
      response.writeHead(200, { "content-type": TYPES.html, "content-security-policy": POLICY }).end(bytes);
    } catch {
      response.writeHead(404).end();
    }
  }
  function asset(response, pathname) {
    const file = pathname.startsWith("/assets/") ? normalize(pathname).slice(1) : "index.html";
    try {
      const bytes = readFileSync(join(ASSETS, file));
      response.writeHead(200, { "content-type": TYPES[file.split(".").pop()] ?? "application/octet-stream", "content-security-policy": POLICY });
      response.end(bytes);
    } catch {
      response.writeHead(404).end();
    }
  }
  const server = createServer((request, response) => {
    const url = new URL(request.url, "http://mock");
    if (["/readyz", "/healthz"].includes(url.pathname)) return response.writeHead(200).end("ok");
    if (url.pathname === "/api/v1/stream") {
      response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
      response.write(": hello\n\n");
      w.streams.add(response);
      return request.on("close", () => w.streams.delete(response));
    }
    if (url.pathname.endsWith("/report.pdf")) return response.writeHead(200, { "content-type": "application/pdf" }).end("%PDF-1.4\n");
    if (url.pathname.startsWith("/r/")) return volunteer(request, response, url.pathname.slice(3));
    if (!url.pathname.startsWith("/api/v1/")) return asset(response, url.pathname);
    let text = "";
    request.on("data", (chunk) => (text += chunk));
    return request.on("end", () => api(request, response, url, !text ? {} : request.headers["content-type"] === "text/csv" ? text : JSON.parse(text)));
  });
  await new Promise((done) => server.listen(port, "127.0.0.1", done));
  return { url: "http://127.0.0.1:" + server.address().port, stop: () => { server.closeAllConnections(); server.close(); } };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log((await start_mock(Number(process.argv[2] ?? 8090))).url);
