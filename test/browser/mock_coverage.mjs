// SPDX-License-Identifier: Apache-2.0
// The stand-in's sites, and what they cover together: villages in a spiral around their town,
// ways as the crow flies, new sites chosen one after the other. No site has a part of a town's name:
// forms.mjs looks for towns by theirs.
export const SITES = [
  ["S01", "muster", "泖河村广场", 30.702, 121.018], ["S02", "shelter", "平湖二中", 30.71, 121.03, 300], ["S03", "aed", "泖河桥 AED", 30.696, 121.01],
  ["S04", "muster", "城东体育馆", 30.688, 121.064, 900], ["S05", "shelter", "东湖小学", 30.681, 121.052, 450], ["S06", "depot", "城北物资库", 30.703, 121.07],
].map(([code, kind, name, lat, lon, capacity]) => ({ code, kind, name, at: { lat, lon }, ...(capacity ? { capacity } : {}) }));
const METRES_A_SECOND = { foot: 1.1, bike: 3, car: 5 };
const HOUSEHOLDS = 60; // of a village, and up to twice as many

function villages_of(areas) {
  return areas.filter((one) => one.level === "village").map((one) => {
    const town = areas.find((each) => each.code === one.parent), k = Number(/\d+$/.exec(one.code)[0]), far = 0.009 * Math.sqrt(k);
    return { code: one.code, name: one.name, town: town.code, households: HOUSEHOLDS + ((k * 37) % HOUSEHOLDS), at: { lat: town.at.lat + far * Math.sin(2.4 * k), lon: town.at.lon + far * 1.16 * Math.cos(2.4 * k) } };
  });
}
const sum = (villages) => ({ villages: villages.length, households: villages.reduce((all, one) => all + one.households, 0) });
const share = (villages, covered, what) => ({ total: sum(villages)[what], covered: sum(covered)[what] });

/** The best place for each new site in turn, as long as it adds a village. */
function propose(count, open, within) {
  const proposed = [];
  for (let left = open; proposed.length < count; ) {
    const best = open.map((one) => ({ one, gain: left.filter((other) => within(one.at, other.at)) })).sort((a, b) => b.gain.length - a.gain.length)[0];
    if (!best?.gain.length) break;
    proposed.push({ code: best.one.code, name: best.one.name, at: best.one.at, ...sum(best.gain) });
    left = left.filter((one) => !best.gain.includes(one));
  }
  return proposed;
}

export function coverage_of(query, areas) {
  const kinds = query.get("kind")?.split(",") ?? [...new Set(SITES.map((one) => one.kind))], minutes = Number(query.get("minutes")), count = Number(query.get("propose") ?? 0);
  const area = areas.find((one) => one.code === (query.get("area") ?? "root"));
  const away = (a, b) => Math.round(60 + Math.hypot((a.lat - b.lat) * 111000, (a.lon - b.lon) * 95000) / METRES_A_SECOND[query.get("mode")]);
  const within = (a, b) => away(a, b) <= 60 * minutes;
  const sites = SITES.filter((one) => kinds.includes(one.kind)), villages = villages_of(areas).filter((one) => area.level === "city" || one.town === area.code);
  const places = villages.map((one) => ({ ...one, near: sites.map((site) => ({ site: site.code, seconds: away(site.at, one.at) })).sort((a, b) => a.seconds - b.seconds)[0] }));
  const covered = places.filter((one) => one.near?.seconds <= 60 * minutes), open = places.filter((one) => !covered.includes(one)), proposed = propose(count, open, within);
  const after = proposed.reduce((all, one) => ({ villages: all.villages + one.villages, households: all.households + one.households }), sum(covered));
  const proof = count < 3 ? { optimal: true } : { optimal: false, bound: { villages: Math.min(villages.length, after.villages + 1) } };
  const row = ({ code, name, at }, more) => ({ code, name, at, ...more });
  return {
    mode: query.get("mode"), direction: query.get("direction"), minutes, kinds, area: { code: area.code, name: area.name }, closures_version: 0,
    villages: share(villages, covered, "villages"), households: share(villages, covered, "households"),
    sites: sites.map((site) => ({ ...site, ...sum(villages.filter((one) => within(site.at, one.at))) })),
    places: [...open.map((one) => row(one, {})), ...covered.sort((a, b) => b.near.seconds - a.near.seconds).map((one) => row(one, one.near))],
    proposed, after, ...proof,
  };
}
