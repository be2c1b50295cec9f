// SPDX-License-Identifier: Apache-2.0
// The trainer: who passed a course today is called for that skill from now on; people come
// from a file, as Excel in China writes it.
import { readFileSync } from "node:fs";

import { axe } from "./axe.mjs";
import { sign_in, watch, without_map } from "./life.mjs";
import { AT_ANY_HOUR, called_out, maker } from "./made.mjs";

const ROW = "#side tbody tr:first-child";

/** Every skill is learned, every certificate passed today; the list and the form tell it afterwards. */
async function course(page, shot) {
  const number = await page.locator(ROW + " td").first().innerText();
  await page.click(ROW + " a.button");
  await page.waitForSelector(".skill-list");
  if (!(await page.locator("#side form button.primary").isDisabled())) throw new Error("there is nothing to save yet");
  for (const box of await page.locator(".skill-list input[type=checkbox]").all()) await box.check();
  const passed = await page.locator(".skill-list button").all();
  if (!passed.length) throw new Error("no skill demands a certificate");
  for (const one of passed) await one.click();
  await page.fill("#side input[name=duty]", "Mo-Fr 18:00-22:00");
  await page.fill("#side input[name=organisations]", "蓝天救援队；红十字会; ");
  await shot(page, "people", "change", 1440, "light", "zh");
  await axe(page, "people change");
  await page.click("#side form button.primary");
  await page.waitForSelector(ROW);
  const row = await page.locator(ROW).innerText();
  for (const one of [number, "周一-周五 18:00-22:00"]) if (!row.includes(one)) throw new Error("the list lacks " + one + ": " + row);
  await page.click(ROW + " a.button");
  await page.waitForSelector(".skill-list");
  if ((await page.inputValue("#side input[name=organisations]")) !== "蓝天救援队; 红十字会") throw new Error("the organisations are not kept");
  const boxes = page.locator(".skill-list input[type=checkbox]");
  if ((await page.locator(".skill-list input[type=checkbox]:checked").count()) !== (await boxes.count())) throw new Error("a skill is not kept");
  for (const day of await page.locator(".skill-list input[type=date]").all()) if ((await day.inputValue()) <= new Date().toISOString().slice(0, 10)) throw new Error("a certificate is not kept");
}

/** What somebody else has changed meanwhile is not overwritten, and the form says so. */
async function meanwhile(page) {
  await page.route("**/api/v1/people/*", (route) => (route.request().method() === "PATCH" ? route.fulfill({ status: 412, json: { title: "Precondition Failed", status: 412 } }) : route.continue()));
  await page.fill("#side input[name=duty]", "");
  await page.click("#side form button.primary");
  await page.waitForSelector("#side form .trouble");
  if (!(await page.locator("#side form .trouble").innerText()).includes("他人修改")) throw new Error("the form does not say why it was not saved");
  await page.unrouteAll({ behavior: "wait" });
  await page.click("#side form button.quiet");
  await page.waitForSelector(ROW);
}

/** An hour that cannot be read is told in words at its field, with an example; nothing is lost of what was entered; the example's words are taken. */
async function wrong_hours(page, shot) {
  const duty = page.locator("#side input[name=duty]"), save = "#side form button.primary";
  await page.click(ROW + " a.button");
  await duty.fill("tomorrow");
  await page.click(save);
  await page.waitForSelector("#side form .trouble");
  await says(page, "#fault-duty", "星期写作周一", "写法如：周一-周五 18:00-22:00; 周六 08:00-20:00");
  if (/Mo-Fr|\/duty|hours/.test(await page.innerText("#side form"))) throw new Error("the form speaks as the server does");
  if ((await duty.inputValue()) !== "tomorrow") throw new Error("what was entered is lost");
  if (!(await duty.evaluate((one) => one === document.activeElement && one.getAttribute("aria-describedby") === "fault-duty"))) throw new Error("the keyboard is not where it is wrong");
  await shot(page, "people", "wrong-hours", 1440, "light", "zh");
  await axe(page, "people wrong hours");
  await page.click(".language");
  await says(page, "#fault-duty", "A day is Mo, Tu, We, Th, Fr, Sa or Su. Write it like Mo-Fr 18:00-22:00");
  await shot(page, "people", "wrong-hours", 1440, "light", "en");
  await page.click(".language");
  await duty.fill("周一至周五 18：00－22：00");
  if (await page.locator("#fault-duty").count()) throw new Error("what is not there any more is still called wrong");
  await page.click(save);
  await says(page, ROW, "周一-周五 18:00-22:00");
}

/** The telephone of somebody else is stored, and said afterwards, with the way to them and the cure. */
async function same_telephone(page, shot) {
  await page.click(ROW + " a.button");
  await page.fill("#side input[name=phone]", "10000777001");
  await page.click("#side form button.primary");
  await says(page, ".saved-warning", "可能是同一个人：", "W0001", "muster merge-people W0001");
  await says(page, ".headline", "已保存");
  await shot(page, "people", "same-telephone", 1440, "light", "zh");
  await axe(page, "people same telephone");
  await page.click(".saved-warning a");
  await page.waitForFunction(() => document.querySelector("#person-title")?.textContent.includes("W0001"));
  await page.click("#side form button.quiet");
  await page.waitForSelector(ROW);
}

/** So is the name of somebody who lives next door. */
async function same_name(page, { target, shot }) {
  const make = await maker(page, target);
  for (const [number, name] of [["W0002", "同名的人"], ["W0003", "别名的人"]]) await make("people", { number, name, home: { lat: 30.7, lon: 121.02 } });
  await page.goto(target.url + "/people/W0003");
  await page.fill("#side input[name=name]", "同名的人");
  await page.click("#side form button.primary");
  await says(page, ".saved-warning", "50 米内住着同名的人，可能是同一个人：", "W0002", "muster merge-people W0002 W0003");
  await shot(page, "people", "same-name", 1440, "light", "zh");
  await axe(page, "people same name");
  await page.click("#side button.primary");
  await page.waitForSelector(ROW);
}

/** A person's own quiet hours, and back to the usual ones. */
async function quiet_hours(page) {
  const save = async () => {
    await page.click("#side form button.primary");
    await page.waitForSelector(ROW);
    await page.click(ROW + " a.button");
    await page.waitForSelector("#side [name=quiet_kind]");
  };
  await page.click(ROW + " a.button");
  await page.selectOption("#side [name=quiet_kind]", "own");
  await page.fill("#side input[name=quiet]", "每天 23:00到07:00");
  await save();
  if ((await page.inputValue("#side input[name=quiet]")) !== "23:00-07:00") throw new Error("the quiet hours are not kept");
  await page.selectOption("#side [name=quiet_kind]", "usual");
  await save();
  if (await page.locator("#side input[name=quiet]").count()) throw new Error("the quiet hours are not as usual again");
}

/** On a telephone, as the volunteer: nothing before the digits; a pause, and its end. */
async function own_page(page, { browser, target, shot }) {
  const link = new URL(await page.inputValue("#side input.own-page"));
  const number = /[A-Z]+[0-9]+/.exec(await page.locator("#person-title").innerText())[0];
  const phone = await page.evaluate(async (one) => (await (await fetch("/api/v1/people/" + one)).json()).phone, number);
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, locale: "zh-CN" });
  const telephone = await context.newPage();
  await telephone.goto(target.url + link.pathname);
  if ((await telephone.innerText("body")).includes(number)) throw new Error("the page tells whose it is before the digits");
  await shot(telephone, "own", "digits", 390, "light", "zh");
  await telephone.fill("[name=digits]", phone.slice(-4));
  await telephone.click("button.primary");
  await telephone.waitForSelector(".pauses");
  await axe(telephone, "own page");
  await shot(telephone, "own", "page", 390, "light", "zh");
  await telephone.click(".pauses button[value='7']");
  await telephone.waitForSelector("button[name=pause_days][value='0']");
  if (!(await telephone.innerText("body")).includes("暂停到")) throw new Error("the page does not say that it is paused");
  await telephone.click("button[value='0']");
  await telephone.waitForSelector(".pauses");
  await telephone.selectOption("select[name=mode]", "car");
  await telephone.click("button.primary");
  await telephone.waitForSelector(".notice");
  if ((await telephone.inputValue("select[name=mode]")) !== "car") throw new Error("the mode is not kept");
  await a_lost_telephone(page, { telephone, link, digits: phone.slice(-4), shot, target });
  await who_leaves(page, telephone, shot);
  await context.close();
}

/** Who wishes to leave: the own page closes, the certificate stays. */
async function who_leaves(page, telephone, shot) {
  await page.click("text=本人要退出志愿者");
  await says(page, "dialog[open]", "时长和记录都保留");
  await page.click("dialog button.primary");
  await says(page, "#side p[role=status]", "此人已退出");
  await page.waitForSelector(".service-form button");
  if (await page.locator("#side input.own-page, #side input[name=phone]").count()) throw new Error("who has left can be changed");
  await shot(page, "people", "left", 1440, "light", "zh");
  await axe(page, "who has left");
  if ((await telephone.reload()).status() !== 404) throw new Error("who has left has a page");
  const number = new URL(page.url()).pathname.split("/").pop();
  await page.click("text=返回");
  await page.fill("#side input[type=search]", number);
  await says(page, "#side .empty", "没有");
  await page.check("#side input[name=left]");
  await says(page, ".people-table .person-state", "已退出");
  await shot(page, "people", "found-among-left", 1440, "light", "zh");
  await page.click(".people-table a.button");
  await page.click("#side button.take-back");
  await page.waitForSelector("#side input.own-page");
  await says(page, "#side .saved-warning", "手机号与此人的相同", "W0001"); // the number is that of somebody else, too
  await shot(page, "people", "back-same-telephone", 1440, "light", "zh");
  await axe(page, "who is back");
  if ((await telephone.reload()).status() !== 200) throw new Error("who is back has no page");
}

/** The link that was lost opens nothing any more, on the device that knew it neither; the new one asks again. */
async function a_lost_telephone(page, { telephone, link, digits, shot, target }) {
  await page.click(".end-link button");
  await shot(page, "people", "end-link", 1440, "light", "zh");
  await axe(page, "end link");
  await page.click("dialog button[type=submit], dialog button.primary");
  await says(page, ".end-link [role=status]", "旧链接已失效");
  await page.waitForFunction((old) => !document.querySelector("input.own-page").value.endsWith(old), link.pathname);
  if ((await telephone.reload()).status() !== 404) throw new Error("the lost telephone still shows the page");
  await telephone.goto(target.url + new URL(await page.inputValue("#side input.own-page")).pathname);
  await telephone.fill("[name=digits]", digits);
  await telephone.click("button.primary");
  await telephone.waitForSelector(".pauses");
}

/** The server suggests a number; one that is somebody's is told in words, and nothing is lost. */
async function a_number(page, shot) {
  const field = "#side input[name=number]", save = "#side form button.primary";
  await page.waitForFunction((one) => document.querySelector(one).value, field);
  const [, form, digits] = /^(.*?)([0-9]+)$/.exec(await page.inputValue(field));
  const last = form + String(digits - 1).padStart(digits.length, "0");
  await page.fill(field, last);
  await page.click(save);
  await page.waitForSelector("#side form .trouble");
  if (!(await page.innerText("#side form .trouble")).includes("已有人用")) throw new Error("the form does not say that " + last + " is somebody's");
  if ((await page.inputValue(field)) !== last) throw new Error("what was entered is lost");
  await shot(page, "people", "taken", 1440, "light", "zh");
  await page.fill(field, "W0001");
}

/** Somebody walks in: the place of the home comes from the map, the list has them at once. */
async function a_new_person(page, { target, shot }) {
  const [one, other] = await Promise.all([".new-person", ".import-people"].map((button) => page.locator(button).boundingBox()));
  if (other && other.x - one.x - one.width > 16) throw new Error("the buttons of the list stand apart");
  await page.click(".new-person");
  await page.waitForSelector("#side input[name=number]");
  const save = page.locator("#side form button.primary");
  await page.fill("#side input[name=name]", "新来的人");
  await page.fill("#side input[name=phone]", "10000777001");
  await page.fill("#side input[name=birth]", "2015-05-31");
  if (!(await save.isDisabled())) throw new Error("nobody can be added without a home");
  const map = await page.locator(".map canvas").first().boundingBox();
  await page.mouse.click(map.x + map.width / 2, map.y + map.height / 2);
  await page.waitForFunction(() => document.querySelector("#side").innerText.includes("新住处"));
  await shot(page, "people", "new", 1440, "light", "zh");
  await axe(page, "people new");
  await page.setViewportSize({ width: 1024, height: 768 });
  const narrow = await page.$$eval("#side .fields input, #side .fields select", (all) => all.filter((one) => one.offsetWidth < 160).map((one) => one.name + " " + one.offsetWidth));
  if (narrow.length) throw new Error("too narrow to be read at 1,024 px: " + narrow);
  await page.setViewportSize({ width: 1440, height: 900 });
  await a_number(page, shot);
  await save.click();
  await page.waitForSelector(ROW);
  if (target.mock) return;
  await page.fill("#side input[type=search]", "W0001");
  await page.waitForFunction(() => document.querySelectorAll("#side tbody tr").length === 1);
  if (!(await page.locator(ROW).innerText()).includes("新来的人")) throw new Error("the new person is not found");
  await page.click(ROW + " a.button");
  await page.waitForSelector("#side input[name=name]");
  if ((await page.inputValue("#side input[name=phone]")) !== "10000777001") throw new Error("the telephone number is not kept");
  if ((await page.inputValue("#side input[name=birth]")) !== "2015-05-31") throw new Error("the birth is not kept: a minor would be called");
  if ((await page.innerText("#side")).includes("新住处")) throw new Error("a home is shown again");
  await page.fill("#side input[name=name]", "改了名的人");
  await page.click("#side form button.primary");
  await page.waitForSelector(ROW);
  if ((await page.inputValue("#side input[type=search]")) !== "W0001") throw new Error("what was looked for is forgotten");
  if (!(await page.locator(ROW).innerText()).includes("改了名的人")) throw new Error("the name is not changed");
  await page.fill("#side input[type=search]", "");
  await page.waitForFunction(() => document.querySelectorAll("#side tbody tr").length > 1);
}
/** A link to somebody who is not there any more says so in one language, and leads back. */
async function nobody(page, target) {
  await page.goto(target.url + "/people/NOBODY");
  await page.waitForSelector("#side .trouble");
  if (await page.locator("#side .trouble [lang=en], #side .trouble button").count()) throw new Error("who is not there is told of in English, or is to be tried again: " + (await page.innerText("#side .trouble")));
  await page.click("#side a.button[href='/people']");
  await page.waitForSelector(ROW);
}

export async function change_a_person({ browser, target, shot }) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "zh-CN" });
  const page = await context.newPage();
  const wrong = watch(page, target);
  await sign_in(page, target, target.mock ? "train" : target.account);
  await page.click(".ways a[href='/people']");
  await page.waitForSelector(ROW);
  await a_new_person(page, { target, shot });
  await course(page, shot);
  await meanwhile(page);
  await wrong_hours(page, shot);
  await same_telephone(page, shot);
  if (!target.mock) await same_name(page, { target, shot });
  await quiet_hours(page);
  if (!target.mock) await own_page(page, { browser, target, shot });
  await nobody(page, target);
  await context.close();
  if (wrong.length) throw new Error(wrong.join("\n"));
}

// ---- importing
const ZHANG_SAN = "\xd5\xc5\xc8\xfd", LI_SI = "\xc0\xee\xcb\xc4"; // in GBK
const HEAD = "number,name,lat,lon,phone,skills\r\n";
/** Two new people near what is known already, as bytes of GBK. */
export const FILES = {
  good: Buffer.from(HEAD + `Z0001,${ZHANG_SAN},30.701,121.021,10000234567,first-aid\r\nZ0002,${LI_SI},30.702,121.022,,juggling\r\n`, "latin1"),
  wrong: Buffer.from(HEAD + `Z0001,${ZHANG_SAN},30.701,121.021,10000234567,first-aid\r\nZ0002,${LI_SI},95,121.022,later,\r\n`, "latin1"),
};
export async function to_import(page) {
  await page.click(".ways a[href='/people']");
  await page.waitForSelector(ROW);
  await page.click(".import-people");
  await page.waitForSelector(".drop button");
}
export function choose_file(page, buffer, name = "people.csv") {
  return page.setInputFiles(".drop input", { name, mimeType: "text/csv", buffer });
}
const button_text = (page) => page.locator(".import button.primary").innerText();
async function says(page, where, ...wanted) {
  await page.waitForSelector(where);
  const text = await page.locator(where).first().innerText();
  for (const one of wanted) if (!text.includes(one)) throw new Error(where + " lacks " + one + ": " + text);
}

/** The template is a file of the importer, but for its example row, which is not taken for a person. */
async function the_template(page) {
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("a[download]")]);
  const bytes = readFileSync(await download.path());
  const text = bytes.toString("utf8");
  if (!text.startsWith("\ufeffnumber,name,lat,lon,")) throw new Error("the template's header is " + text.slice(0, 40));
  await choose_file(page, bytes);
  await says(page, ".import .trouble", "EXAMPLE");
  await choose_file(page, Buffer.from(text.replace("EXAMPLE", "T0001")));
  await page.waitForSelector(".import .headline, .import .trouble h2");
  await says(page, ".import .headline", "新增 1 人");
}

async function unfit_files(page) {
  await choose_file(page, Buffer.from("PK\x03\x04rest"), "people.xlsx");
  await says(page, ".import .trouble", "CSV UTF-8");
  await choose_file(page, Buffer.alloc(4 * 1024 * 1024 + 1, "x"));
  await says(page, ".import .trouble", "4 MB");
  await choose_file(page, FILES.wrong);
  await says(page, ".import .trouble h2", "1 行");
  await says(page, ".import .trouble table", "第 3 行", "phone", "不是电话号码：later", "lat", "超出范围：95,121.022");
}

/** A look first; the button says in numbers what it does; the list has them afterwards. */
async function a_good_file(page, shot) {
  await choose_file(page, FILES.good);
  await says(page, ".import .headline", "2 人", "新增 2 人");
  await says(page, ".file-warnings", "第 3 行", "juggling");
  if ((await button_text(page)) !== "导入 2 人：新增 2 人") throw new Error("the button says " + (await button_text(page)));
  await page.check(".file-missing input >> nth=1");
  if (!/^导入 2 人：新增 2 人，退出 [\d,]+ 人$/.test(await button_text(page))) throw new Error("who leaves is not in the button: " + (await button_text(page)));
  await page.click(".import button.primary");
  await says(page, ".file-warnings", "队长已退出的队伍");
  await says(page, "dialog[open]", "登记在册", "人退出", "7 天内");
  await shot(page, "people", "import-most", 1440, "light", "zh");
  await page.click("dialog button[type=button]");
  await page.check(".file-missing input >> nth=0");
  await shot(page, "people", "import-look", 1440, "light", "zh");
  await axe(page, "people import");
  await page.click(".import button.primary");
  await says(page, ".import .headline[role=status]", "已导入 2 人", "新增 2 人");
  await page.click(".import button.primary");
  await page.waitForSelector(ROW);
  await page.fill("#side input[type=search]", "Z0002");
  await page.waitForFunction(() => document.querySelectorAll("#side tbody tr").length === 1);
  await says(page, ROW, "Z0002", "李四");
}

/** The same file again changes nothing, and says so before it is sent. */
async function the_same_again(page) {
  await page.click(".import-people");
  await choose_file(page, FILES.good);
  await page.waitForSelector(".import .headline");
  if (!(await page.locator(".import button.primary").isDisabled()) || !(await button_text(page)).includes("没有要导入的")) throw new Error("the same file again: " + (await button_text(page)));
  await page.click(".import .row button.quiet");
  await page.waitForSelector(ROW);
}

/** The wrong file: one press, and who was new has left. */
async function take_back(page, shot) {
  await page.click(".import-people");
  await says(page, ".newest-import", "上次导入", "新增 2 人");
  await page.click(".newest-import button");
  await says(page, "dialog[open]", "新增的 2 人退出");
  await shot(page, "people", "import-undo", 1440, "light", "zh");
  await axe(page, "people import undo");
  await page.click("dialog button.primary");
  await says(page, ".taken-back", "2 人退出");
  await page.click(".import .row button.quiet");
  await page.fill("#side input[type=search]", "Z0002");
  await page.waitForFunction(() => !document.querySelector("#side tbody tr"));
}

export async function import_people({ browser, target, shot }) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "zh-CN", acceptDownloads: true });
  const page = await context.newPage();
  const wrong = watch(page, target);
  await sign_in(page, target, target.mock ? "train" : target.account);
  await to_import(page);
  await the_template(page);
  await unfit_files(page);
  await a_good_file(page, shot);
  await the_same_again(page);
  await take_back(page, shot);
  await context.close();
  if (wrong.length) throw new Error(wrong.join("\n"));
}

/** "Why does nobody ask me?": what stands against it now, and how often it was and may be, in one place, for a dispatcher too, who
 * changes nothing there. */
export async function why_not_asked({ browser, target, shot }) {
  if (target.mock) return;
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: "zh-CN" });
  const page = await context.newPage();
  await without_map(page);
  await sign_in(page, target);
  const make = await maker(page, target), duty = { account: "telephone", password: "who asks is answered" };
  const { callout } = await called_out(make, { within_minutes: 40 }, AT_ANY_HOUR);
  await make("accounts", { ...duty, roles: [{ role: "dispatcher" }] });
  const { items } = await (await page.request.get(target.url + "/api/v1/callouts/" + callout + "/alerts")).json();
  const other = await (await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: "zh-CN" })).newPage();
  await without_map(other);
  await sign_in(other, { ...target, ...duty });
  await other.goto(target.url + "/people");
  await other.fill("#side input[type=search]", items[0].number);
  await other.click(`#side a[aria-label="查看 ${items[0].number}"]`);
  await says(other, ".asking", "现在不会提醒：正在被提醒", "7 天内提醒过 1 次", "还可以提醒 2 次");
  if (await other.locator("#side input[name=phone]").count()) throw new Error("who may not change a person is given the form");
  await shot(other, "people", "asking", 1280, "light", "zh");
  await axe(other, "why somebody is not asked");
  const { asking } = await (await other.request.get(target.url + "/api/v1/people/" + items[0].number)).json();
  if (asking.reason !== "committed" || asking.alerted_at.length !== 1) throw new Error(JSON.stringify(asking));
  await other.context().close();
  await context.close();
}
