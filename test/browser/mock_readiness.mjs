// SPDX-License-Identifier: Apache-2.0
// The stand-in's readiness: an invented count of every village, summed upwards; findings
// with their steps; targets by year.
const INDICATORS = [ // code, weight, target at first, lead
  ["people.callable", 1, 0.9, "应急管理局"], ["people.certified", 1, 0.95, "红十字会"], ["reach.first-aid", 3, 0.9, "卫生健康局"], ["loop.answered", 1, 0.6],
  ["loop.in-time", 3, 0.95, "应急管理局"], ["loop.verified", 1, 0.95], ["drills.held", 2, 1, "应急管理局"], ["findings.solved", 2, 0.9, "安委办"],
];
const STEPS = { open: { start: "working", solve: "solved", drop: "dropped" }, working: { solve: "solved", drop: "dropped" }, solved: { check: "checked", reopen: "open" }, checked: { reopen: "open" }, dropped: { reopen: "open" } };
const FOLLOWED_UP = new Set(["open", "working", "solved"]);
const DAY_MS = 86400000;

/** [have, of] of a village (or, for drills, of a town), the same on every run. */
function counted(code, place, index) {
  const some = (index * 37 + place.length * 11) % 20;
  switch (code) {
    case "people.callable": return [52 + some, 60 + some];
    case "people.certified": return [9 + (some % 5), 14];
    case "reach.first-aid": return [some < 13 ? 1 : 0, 1];
    case "loop.answered": return [14 + (some % 7), 26];
    case "loop.in-time": return [some < 17 ? 1 : 0, 1];
    default: return [0, 0]; // nothing was verified so far, as in a county that has just begun
  }
}

export function readiness_routes({ areas, now, iso, id, account, problem, changed }) {
  const day = (days) => iso(now() + days * DAY_MS).slice(0, 10);
  const code_of = (query) => query.get("area") || areas[0].code;
  const below = (code) => areas.filter((one) => one.parent === code);
  const within = (code) => [code, ...below(code).flatMap((one) => within(one.code))];
  const name_of = (code) => ({ code, name: areas.find((one) => one.code === code).name });
  let targets = [];
  const findings = [];
  const note = (title, area, more) => findings.unshift({ id: id(), title, area, state: "open", made_by: "duty", made_at: iso(now() - 9 * DAY_MS), ...more });
  note("对讲机在河堤下没有信号", areas[1].code, { lead: "水利局", due: day(-12), indicator: "loop.in-time" });
  note("急救包过期未更换", areas[2].code, { lead: "红十字会", due: day(-3), state: "working" });
  note("冲锋舟操作证年底集中到期", areas[0].code, { lead: "应急管理局", due: day(40), indicator: "people.certified", state: "solved", note: "已与海事处约定培训两期。", solved_by: "lishu", solved_at: iso(now() - DAY_MS) });
  note("集合点门牌看不清", areas[1].code, { due: day(-30), state: "checked", note: "已换反光门牌。", solved_by: "lishu", solved_at: iso(now() - 5 * DAY_MS), checked_by: "duty", checked_at: iso(now() - 4 * DAY_MS) });

  const overdue = (one) => FOLLOWED_UP.has(one.state) && !!one.due && one.due < day(0);
  const can = (one) => Object.keys(STEPS[one.state]).filter((step) => step !== "check" || one.solved_by !== account());
  const shown = (one) => ({ ...one, area: name_of(one.area), due_counted: one.due ?? day(90), overdue: overdue(one), can: can(one) });

  function count(code, area) {
    const all = within(area), places = areas.filter((one) => all.includes(one.code));
    if (code === "findings.solved") {
      const due = findings.filter((one) => all.includes(one.area) && one.due && one.due < day(0) && one.state !== "dropped");
      return [due.filter((one) => one.state === "checked").length, due.length];
    }
    if (code === "drills.held") return places.filter((one) => one.level === "town").reduce(([have, of], one) => [have + (one.id % 3 ? 1 : 0), of + 1], [0, 0]);
    return places.filter((one) => one.level === "village").map((one) => counted(code, one.name, areas.indexOf(one))).reduce(([have, of], [h, o]) => [have + h, of + o], [0, 0]);
  }
  function indicator([code, weight, first, lead], area) {
    const set = targets.filter((one) => one.indicator === code && one.year <= 2026).sort((a, b) => b.year - a.year)[0];
    const target = set?.target ?? first, [have, of] = count(code, area);
    const worst = below(area).map((one) => ({ area: name_of(one.code), have: count(code, one.code)[0], of: count(code, one.code)[1] })).filter((one) => one.of && one.have / one.of < target).sort((a, b) => a.have / a.of - b.have / b.of).slice(0, 5);
    return { code, have, of, target, weight, lead: set ? set.lead : lead, findings: findings.filter((one) => one.indicator === code && FOLLOWED_UP.has(one.state) && within(area).includes(one.area)).length, worst, ...(of ? { share: have / of, score: Math.min(1, have / of / target) } : {}) };
  }
  /** Ninety days on which it rose to what it is now. */
  function history(index) {
    return Array.from({ length: 90 }, (_, i) => ({ day: iso(now() - (90 - i) * 86400000).slice(0, 10), index: Math.max(0, index - 18 + i / 5 + 2 * Math.sin(i / 6)) }));
  }
  function index_of(indicators) {
    const some = indicators.filter((one) => one.score !== undefined), weights = some.reduce((sum, one) => sum + one.weight, 0);
    return weights ? { index: (100 * some.reduce((sum, one) => sum + one.weight * one.score, 0)) / weights } : {};
  }
  function readiness(code) {
    const all = (area) => INDICATORS.map((one) => indicator(one, area));
    const named = (area) => ({ ...name_of(area), level: areas.find((one) => one.code === area).level });
    return { area: named(code), at: iso(now()), year: 2026, ...index_of(all(code)), indicators: all(code), areas: below(code).map((one) => ({ area: named(one.code), ...index_of(all(one.code)) })), targets, history: history(index_of(all(code)).index ?? 0) };
  }
  /** Of one village, month or kind, the same on every run; then summed upwards. */
  function year_row(index, of) {
    const part = (n) => ({ incidents: n, cancelled: index % 5 ? 0 : 1, needs: n, in_time: Math.max(0, n - 1), alerts: 14 * n, answered: 9 * n, accepted: 5 * n, came: 4 * n, people: 3 * n, minutes: 262 * n, ...(n ? { alert_s: 74 + index, scene_s: 611 + 7 * index } : {}) });
    return { ...of, actual: part(index % 3), exercise: part(index % 2), courses: index % 2, passed: 11 * (index % 2), noted: index % 4, checked: index % 3 };
  }
  function statistics(query) {
    const named = (one) => ({ code: one.code, name: one.name, level: one.level }), code = code_of(query);
    const on_record = (one) => ({ on_record: 60 * within(one.code).length, callable: 55 * within(one.code).length });
    const list = below(code).map((one, i) => year_row(i + 1, { area: named(one), ...(one.level === "village" ? {} : on_record(one)) }));
    const months = Array.from({ length: 11 }, (_, i) => year_row(i, { month: "2026-" + String(i + 1).padStart(2, "0") })), kinds = ["flood", "typhoon", "medical"].map((kind, i) => year_row(i + 1, { kind }));
    const area = areas.find((one) => one.code === code);
    return { from: query.get("from"), to: query.get("to"), area: named(area), people_day: day(0), total: year_row(17, on_record(area)), areas: list, own: year_row(0), months, kinds };
  }

  return [
    ["GET", /^statistics$/, (_, __, query) => [200, statistics(query)]],
    ["GET", /^readiness$/, (_, __, query) => (areas.some((one) => one.code === code_of(query)) ? [200, readiness(code_of(query))] : problem(404, "Not Found", "no such area"))],
    ["PUT", /^readiness\/targets$/, (_, body) => {
      const wrong = body.targets.findIndex((one) => !(one.target > 0 && one.target <= 1));
      if (wrong >= 0) return [422, { title: "Unprocessable Content", status: 422, errors: [{ pointer: "/targets/" + wrong, detail: "is a share above 0 and at most 1" }] }];
      targets = body.targets;
      return [204];
    }],
    ["GET", /^findings$/, (_, __, query) => {
      const all = query.get("area") ? within(query.get("area")) : null, state = query.get("state"), incident = Number(query.get("incident"));
      return [200, { items: findings.filter((one) => (!all || all.includes(one.area)) && (!state || one.state === state) && (!incident || one.incident?.id === incident)).map(shown) }];
    }],
    ["POST", /^findings$/, (_, body, __, incidents) => {
      const from = incidents.find((one) => one.id === body.incident);
      note(body.title, body.area, { lead: body.lead, due: body.due, indicator: body.indicator, made_by: account(), made_at: iso(now()), ...(from ? { incident: { id: from.id, case: from.case } } : {}) });
      changed({ id: 0 }, "finding.open");
      return [201, { id: findings[0].id, state: "open" }];
    }],
    ["POST", /^findings\/(\d+)\/steps$/, ([n], body) => {
      const one = findings.find((each) => each.id === n), next = STEPS[one?.state]?.[body.step];
      if (!next) return problem(409, "not possible in the present state", "the finding is " + one?.state);
      if (body.step === "check" && one.solved_by === account()) return problem(403, "not allowed", "somebody else has to check what you solved");
      Object.assign(one, { state: next }, body.reason && { note: body.reason });
      if (next === "solved") Object.assign(one, { solved_by: account(), solved_at: iso(now()) });
      if (next === "checked") Object.assign(one, { checked_by: account(), checked_at: iso(now()) });
      if (next === "open") for (const key of ["solved_by", "solved_at", "checked_by", "checked_at"]) delete one[key];
      changed({ id: 0 }, "finding." + next);
      return [200, { id: n, state: next }];
    }],
  ];
}
