// SPDX-License-Identifier: Apache-2.0
// The stand-in's courses: made, filled, held; who passed has the skills.
export function courses_routes({ areas, now, iso, id, problem, changed, everybody }) {
  const some = (from, to, state) => everybody().slice(from, to).map((one) => ({ number: one.number, name: one.name, phone: one.phone, state }));
  const courses = [
    { id: id(), title: "冲锋舟操作", area: areas[1].code, skills: ["boat", "first-aid"], starts: now() - 4 * 3600000, minutes: 180, seats: 6, state: "planned", people: some(20, 26, "signed_up") },
    { id: id(), title: "急救员初训", area: areas[1].code, skills: ["first-aid", "nurse"], starts: now() + 5 * 86400000, minutes: 180, place: "文化站 2 楼", seats: 30, state: "planned", people: some(0, 3, "signed_up") },
    { id: id(), title: "急救复训", area: areas[2].code, skills: ["first-aid"], starts: now() - 300 * 86400000, minutes: 120, place: "当湖街道办事处", seats: 30, state: "held", people: [...some(4, 16, "passed"), ...some(16, 19, "absent")] },
  ];
  const find = (n) => courses.find((one) => one.id === n);
  const count = (one, state) => one.people.filter((person) => person.state === state).length;
  const shown = ({ people, starts, ...one }) => {
    const can = one.state === "planned" ? ["people", ...(starts <= now() ? ["results"] : count({ people }, "signed_up") < one.seats ? ["invite"] : []), "move", "cancel"] : [];
    return { ...one, area: { code: one.area, name: areas.find((area) => area.code === one.area).name }, starts_at: iso(starts), signed_up: count({ people }, "signed_up"), waiting: count({ people }, "waiting"), passed: count({ people }, "passed"), can };
  };
  const placed = (people) => people.map((one) => (one.state === "waiting" ? { ...one, turn: people.filter((other) => other.state === "waiting").indexOf(one) + 1 } : one));
  const tell = (one, kind) => {
    for (const [i, person] of one.people.filter((other) => other.state === "signed_up").entries()) person.told = { kind, state: i === 1 ? "failed" : "delivered", channel: "sms", at: iso(now()) };
  };
  const others = (one) => everybody().filter(({ number, skills }) => !one.people.some((other) => other.number === number) && !one.skills.every((skill) => skills.includes(skill)));
  const ended = (one, state) => {
    one.state = state;
    if (state === "cancelled") tell(one, "course_cancelled");
    changed({ id: 0 }, "course." + state);
    return [200, { id: one.id, state }];
  };
  return [
    ["GET", /^courses$/, () => [200, { items: courses.map(shown) }]],
    ["GET", /^courses\/(\d+)$/, ([n]) => [200, { ...shown(find(n)), people: placed(find(n).people) }]],
    ["POST", /^courses$/, (_, { starts_at, ...body }) => {
      if (!(Date.parse(starts_at) > now())) return problem(422, "Unprocessable Content", "must lie ahead");
      courses.unshift({ id: id(), state: "planned", starts: Date.parse(starts_at), people: [], ...body });
      changed({ id: 0 }, "course.planned");
      return [201, { id: courses[0].id, state: "planned" }];
    }],
    ["POST", /^courses\/(\d+)\/people$/, ([n], body) => {
      const one = find(n), person = everybody().find((other) => other.number === body.number);
      one.people = [...one.people.filter((other) => other.number !== body.number), { number: person.number, name: person.name, phone: person.phone, state: body.state }];
      const next = count(one, "signed_up") < one.seats && one.people.find((other) => other.state === "waiting");
      if (next) Object.assign(next, { state: "signed_up", told: { kind: "course_seat", state: "queued", channel: "sms", at: iso(now()) } });
      return [200, { id: n, state: one.state }];
    }],
    ["GET", /^courses\/(\d+)\/invitations$/, ([n]) => {
      const one = find(n), could = others(one).length, invited = count(one, "invited");
      return [200, { could, renewing: Math.min(2, could), invited, came: 0, share: 0.1, proposed: Math.min(could, 10 * (one.seats - count(one, "signed_up")) - invited) }];
    }],
    ["POST", /^courses\/(\d+)\/invitations$/, ([n], body) => {
      const one = find(n), asked = others(one).slice(0, body.count);
      one.people.push(...asked.map(({ number, name, phone }) => ({ number, name, phone, state: "invited", told: { kind: "course_invited", state: "delivered", channel: "sms", at: iso(now()) } })));
      return [200, { invited: asked.length }];
    }],
    ["POST", /^courses\/(\d+)\/results$/, ([n], body) => {
      const one = find(n);
      for (const person of one.people.filter((other) => other.state === "signed_up")) person.state = body.passed.includes(person.number) ? "passed" : body.failed.includes(person.number) ? "failed" : "absent";
      for (const person of everybody()) if (body.passed.includes(person.number)) person.skills = [...new Set([...person.skills, ...one.skills])];
      return ended(one, "held");
    }],
    ["POST", /^courses\/(\d+)\/steps$/, ([n], { step, starts_at, ...other }) => {
      const one = find(n);
      if (step === "cancel") return ended(one, "cancelled");
      Object.assign(one, other, starts_at ? { starts: Date.parse(starts_at) } : {});
      tell(one, "course_moved");
      changed({ id: 0 }, "course.moved");
      return [200, { id: one.id, state: "planned" }];
    }],
  ];
}
