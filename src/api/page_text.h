/* SPDX-License-Identifier: Apache-2.0 */
/* The words of the pages of page.h, one line each: X(NAME, Chinese, English). A list of
 * pairs cannot miss a language. {} stands for a value. Sentences are said by one person
 * to another: never a code, never blame. */
#ifndef MUSTER_API_PAGE_TEXT_H
#define MUSTER_API_PAGE_TEXT_H

#define PAGE_TEXT_LIST(X)                                                                                                           \
    X(TITLE, "应急志愿者", "Emergency volunteers")                                                                                  \
    X(LOOKS, "谁看过我的资料", "Who looked at my data")                                                                             \
    X(HISTORY, "系统记得我怎样回答", "What is remembered of my answers")                                                            \
    X(OFFLINE, "现在连不上，还没有送出。过一会儿请再按一次。",                                                                      \
      "No connection: nothing has been sent. Press again in a moment.")                                                             \
    X(SLOW, "信号不好，正在送出，请不要关闭。",                                                                                     \
      "The line is slow; still sending. Please keep this open.")                                                                    \
    X(UNANSWERED, "还没有收到答复。请再按一次，按几次都只算一次。",                                                                 \
      "No answer yet. Please press again: however often, it counts once.")                                                          \
    X(EXERCISE, "演练 · 这不是真实事件", "Exercise · this is not real")                                                             \
    X(REAL, "真实事件", "This is real")                                                                                             \
    X(NEEDS, "{}需要{}", "{}: {} needed")                                                                                           \
    X(ANYBODY, "人手", "people")                                                                                                    \
    X(MINUTES_AWAY, "离您约 {} 分钟", "About {} min from you")                                                                      \
    X(NO_WAY, "现在没有路能到。请先在安全的地方等一等，路通了再出发。",                                                             \
      "No road leads there just now. Please wait in a safe place, and set out when one "                                            \
      "is open again.")                                                                                                             \
    X(MISSING, "还缺 {} 人", "{} more needed")                                                                                      \
    X(BY, "{} 前", "by {}")                                                                                                         \
    X(BY_PAST, "已过 {}，仍然需要人", "{} has passed, people are still needed")                                                     \
    X(ACCEPT, "我能去", "I can go")                                                                                                 \
    X(ACCEPT_AGAIN, "我现在能去了", "I can go after all")                                                                           \
    X(LIMITED, "实在缺人再叫我", "Ask me only if you must")                                                                         \
    X(DECLINE, "去不了", "I cannot")                                                                                                \
    X(DECLINE_LATER, "之后我也去不了", "I cannot come later either")                                                                \
    X(DIGITS, "登记手机号的后四位", "Last four digits of your phone number")                                                        \
    X(DIGITS_WHY, "这个链接是在另一台手机上打开的，请确认是您本人。",                                                               \
      "This link was opened on another device. Please confirm that it is you.")                                                     \
    X(READY, "再叫我时多久能出发", "If called later, ready in")                                                                     \
    X(READY_MINUTES, "{} 分钟", "{} min")                                                                                           \
    X(COMING, "连您一共来几人", "How many come, you among them")                                                                    \
    X(NAMES, "和您同来的人的姓名", "Names of those who came with you")                                                              \
    X(TOGETHER, "连您一共 {} 人", "{} of you in all")                                                                               \
    X(FROM, "我从这里出发", "I come from")                                                                                          \
    X(FROM_USUAL, "平常的地方", "my usual place")                                                                                   \
    X(FROM_HERE, "我现在的位置", "where I am now")                                                                                  \
    X(FROM_HOME, "家", "home")                                                                                                      \
    X(FROM_WORK, "单位", "work")                                                                                                    \
    X(SHARE, "让值班员看到我的位置", "Let the dispatcher see where I am")                                                           \
    X(NEAR, "{}附近，准确位置请看导航", "Near {}; the navigation has the exact place")                                              \
    X(GO_TO, "请前往", "Please go to")                                                                                              \
    X(SHOW_WHERE, "看看去哪里", "Show me where to go")                                                                              \
    X(YOU_ARE_AT, "地点", "The place")                                                                                              \
    X(NAVIGATE, "打开导航", "Open navigation")                                                                                      \
    X(NAVIGATE_PHONE, "手机自带地图", "The phone's own map")                                                                        \
    X(NAVIGATE_AMAP, "高德地图", "Amap")                                                                                            \
    X(NAVIGATE_APPLE, "苹果地图", "Apple Maps")                                                                                     \
    X(NAVIGATE_OSM, "OpenStreetMap", "OpenStreetMap")                                                                               \
    X(CONTACT, "到场找", "Ask for")                                                                                                 \
    X(WARNING, "注意", "Warning")                                                                                                   \
    X(REQUESTER, "求助人", "Person who asked")                                                                                      \
    X(REQUESTER_ADDRESS, "求助人的地址", "Address of the person who asked")                                                         \
    X(CHECK_WORD, "进门暗号", "Word at the door")                                                                                   \
    X(CALL, "打电话", "Call")                                                                                                       \
    X(DEPART, "我已出发", "I am on my way")                                                                                         \
    X(ARRIVE, "我已到场", "I have arrived")                                                                                         \
    X(WORK, "开始干活", "I am starting")                                                                                            \
    X(RELEASE, "我做完了", "I am done")                                                                                             \
    X(TURNED_BACK, "我已折返", "I have turned back")                                                                                \
    X(HERE, "我在，一切平安", "I am here and all right")                                                                            \
    X(ROLL_CALL, "点名：请报个平安。", "Roll call: please tell us you are all right.")                                              \
    X(CANNOT, "我去不了了", "I can't come after all")                                                                               \
    X(CANNOT_SURE, "好的，我们会找别人。确定吗？",                                                                                  \
      "All right, we will ask somebody else. Are you sure?")                                                                        \
    X(CANNOT_YES, "确定，我去不了了", "Yes, I can't come")                                                                          \
    X(LEAVE, "我要提前离开", "I must leave early")                                                                                  \
    X(LEAVE_SURE,                                                                                                                   \
      "提前离开的，这次不记时长；事情做完了，请按“我做完了”。要离开，请先告诉现场的人。" \
      "确定吗？",                                                                                                                   \
      "If you leave early no hours are credited this time; if the work is done, press "                                             \
      "\"I am done\". Tell those who are there first. Are you sure?")                                                               \
    X(LEAVE_YES, "确定，我要离开", "Yes, I must leave")                                                                             \
    X(HELP, "需要帮助", "I need help")                                                                                              \
    X(HELP_SURE, "值班员会立刻看到红色警报，并给您打电话。",                                                                        \
      "A dispatcher will see a red alarm at once and call you.")                                                                    \
    X(HELP_YES, "呼救", "Send the alarm")                                                                                           \
    X(HELP_SENT,                                                                                                                    \
      "警报已送到值班员的屏幕，请保持电话畅通。有生命危险请马上拨 120 或 119。",                                                    \
      "Your alarm is on the dispatcher's screen; keep your phone free. If a life is in "                                            \
      "danger, call 120 or 119 now.")                                                                                               \
    X(HELP_SEEN, "值班员看到了您的警报，正在处理。请保持电话畅通。",                                                                \
      "A dispatcher has seen your alarm and is on it. Keep your phone free.")                                                       \
    X(REPORT_HOW, "事情怎么样了？", "How did it go?")                                                                               \
    X(REPORT_TEXT, "您看到、做了什么", "What you saw and did")                                                                      \
    X(REPORT_SEND, "交上去", "Send the report")                                                                                     \
    X(REPORT_YOURS, "您的记录", "Your report")                                                                                      \
    X(OUTCOME_done, "办好了", "Done")                                                                                               \
    X(OUTCOME_partly, "办了一部分", "Partly done")                                                                                  \
    X(OUTCOME_not_needed, "到了发现不需要", "It was not needed")                                                                    \
    X(OUTCOME_not_possible, "没能办成", "It was not possible")                                                                      \
    X(CREDITED, "已记 {} 分钟服务时长。", "{} min were credited to you.")                                                           \
    X(DUTY_PHONE, "值班电话 {}", "Duty room {}")                                                                                    \
    X(REFRESH, "看最新情况", "See how things stand")                                                                                \
    X(GONE_TITLE, "这个链接已经失效", "This link no longer works")                                                                  \
    X(GONE, "事情可能已经结束，或者链接没有复制完整。如需帮助请联系值班员。",                                                       \
      "It may be over, or the link was cut short. If you need help, call the "                                                      \
      "dispatcher.")                                                                                                                \
    X(NOTICE_DIGITS, "这四位数字对不上，请再看一下。",                                                                              \
      "Those four digits do not match; please look again.")                                                                         \
    X(NOTICE_DIGITS_SPENT, "没能确认是您本人，请直接打电话给值班员，他会替您回答。",                                                \
      "We could not confirm that it is you. Please call the dispatcher, who will "                                                  \
      "answer for you.")                                                                                                            \
    X(NOTICE_STALE, "情况刚刚变了，这是最新的。",                                                                                   \
      "Things have just changed; this is how they stand.")                                                                          \
    X(NOTICE_INVALID, "有一处没看懂，请检查后再交一次。",                                                                           \
      "Something was not understood; please check and send again.")                                                                 \
    X(NOTICE_TOO_MANY, "太快了，请等一会儿再试。",                                                                                  \
      "That was too fast; please wait a moment and try again.")                                                                     \
    X(NOTICE_NOT_KEPT,                                                                                                              \
      "没能记下您的回答，是我们这边出了问题。请过一分钟再按一次；"                                     \
      "急事请打电话给值班员。",                                                                                                     \
      "We could not keep your answer; the fault is ours. Please press again in a "                                                  \
      "minute, or call the dispatcher if it cannot wait.")                                                                          \
    X(OWN_TITLE, "我的资料", "My own page")                                                                                         \
    X(OWN_OPEN, "打开", "Open")                                                                                                     \
    X(OWN_DIGITS_WHY, "在这台手机上只问一次，确认是您本人。",                                                                       \
      "Asked once on this phone, to be sure that it is you.")                                                                       \
    X(OWN_NO_PHONE, "没有登记您的手机号，打不开这一页。请联系应急办登记。",                                                         \
      "No telephone number of yours is on file, so this page cannot be opened. Please "                                             \
      "give it to the office.")                                                                                                     \
    X(OWN_SPENT, "没能确认是您本人，请明天再试，或请应急办核对您的手机号。",                                                        \
      "We could not confirm that it is you. Please try again tomorrow, or ask the "                                                 \
      "office "                                                                                                                     \
      "to check your telephone number.")                                                                                            \
    X(OWN_NOT_KEPT, "没能保存，是我们这边出了问题。请过一分钟再试。",                                                               \
      "It could not be saved; the fault is ours. Please try again in a minute.")                                                    \
    X(OWN_SAVED, "已保存。", "Saved.")                                                                                              \
    X(OWN_CALLABLE, "需要时会叫您。谢谢您愿意来。",                                                                                 \
      "You will be called when you are needed. Thank you for being there.")                                                         \
    X(OWN_PAUSED, "暂停到 {}，在此之前不会打扰您。",                                                                                \
      "Paused until {}. Nobody will call you before.")                                                                              \
    X(OWN_SUSPENDED, "您的资格目前停用，请联系应急办。",                                                                            \
      "You are suspended at present; please talk to the office.")                                                                   \
    X(OWN_PAUSE, "这段时间不方便？暂停一下：", "Not a good time? Take a pause:")                                                    \
    X(OWN_PAUSE_DAY, "一天", "One day")                                                                                             \
    X(OWN_PAUSE_WEEK, "一周", "One week")                                                                                           \
    X(OWN_PAUSE_MONTH, "一个月", "One month")                                                                                       \
    X(OWN_RESUME, "我又可以来了", "I am available again")                                                                           \
    X(OWN_PUSH, "手机通知", "Notifications on this telephone")                                                                      \
    X(OWN_PUSH_WHY, "开启后，需要您时这台手机会马上弹出通知，不用一直开着网页。",                                                   \
      "When you are needed this telephone shows a notification at once, with no page "                                              \
      "open.")                                                                                                                      \
    X(OWN_PUSH_HERE, "这台手机已开启通知。", "This telephone shows notifications.")                                                 \
    X(OWN_PUSH_ELSEWHERE, "通知开在另一台手机或另一个浏览器上。",                                                                   \
      "Another telephone or browser shows your notifications.")                                                                     \
    X(OWN_PUSH_DENIED,                                                                                                              \
      "这个浏览器不允许本站弹出通知。请在浏览器设置里允许，再回到这里。",                                                           \
      "This browser does not allow notifications from here. Allow them in its "                                                     \
      "settings, then "                                                                                                             \
      "come back.")                                                                                                                 \
    X(OWN_PUSH_FAILED, "没能开启：手机连不上浏览器的通知服务。别的方式照常通知您。",                                                \
      "It did not work: the telephone cannot reach its notification service. You are "                                              \
      "told in "                                                                                                                    \
      "the other ways as before.")                                                                                                  \
    X(OWN_PUSH_ON, "在这台手机上通知我", "Notify me on this telephone")                                                             \
    X(OWN_PUSH_OFF, "不再弹出通知", "No more notifications")                                                                        \
    X(OWN_HOURS, "服务时长", "Hours credited")                                                                                      \
    X(OWN_EXERCISE_HOURS, "演练另记 {}", "and {} in exercises")                                                                     \
    X(OWN_NEWEST, "只列最近 {} 次，更早的也算在总数里。",                                                                           \
      "Only the newest {} are listed; earlier ones count in the sum, too.")                                                         \
    X(OWN_IN_EXERCISE, "演练", "exercise")                                                                                          \
    X(OWN_MINUTES, "{} 分钟", "{} min")                                                                                             \
    X(OWN_SKILLS, "我会的", "What I can do")                                                                                        \
    X(OWN_NO_SKILLS, "没有登记技能，也会在只缺人手时叫您。",                                                                        \
      "No skills on file; you are called where any hand helps.")                                                                    \
    X(OWN_UNTIL, "证书到 {}", "certificate until {}")                                                                               \
    X(OWN_NO_CERTIFICATE, "证书过期或未登记，暂不算",                                                                               \
      "certificate missing or over: not counted")                                                                                   \
    X(OWN_COURSES, "可以参加的培训", "Courses you can join")                                                                        \
    X(OWN_SEATS, "还有 {} 个名额", "seats left: {}")                                                                                \
    X(OWN_FULL, "名额已满", "no seats left")                                                                                        \
    X(OWN_COURSE_ON, "已经开始，您已报名。", "It has begun, and you have a seat.")                                                  \
    X(OWN_COURSE_OFF, "这次培训取消了，请不用来。",                                                                                 \
      "It was cancelled; please do not come.")                                                                                      \
    X(OWN_HAS_SEAT, "您已报名。合格后就会按新学的技能叫您。",                                                                       \
      "You have a seat. Once you have passed you are called for what you learned.")                                                 \
    X(OWN_WAITS,                                                                                                                    \
      "名额已满，您在候补名单上，排第 {} 位（证书已到期或快到期的人先轮到）。"                     \
      "轮到您会发消息；开课前 24 小时还没有收到，就是没有轮到。",                                                                   \
      "All seats are taken; you are number {} on the waiting list (who has to renew a "                                             \
      "certificate "                                                                                                                \
      "comes first). When a seat is yours, a message says so; if none has come by 24 "                                              \
      "hours before it "                                                                                                            \
      "begins, no seat became free.")                                                                                               \
    X(OWN_WAITS_ELSEWHERE,                                                                                                          \
      "您在候补名单上，但已经有另一次同样培训的名额，所以不会轮到您。想换到这一次，请先"    \
      "退掉那一次。",                                                                                                               \
      "You are on the waiting list, but you have a seat in another course that gives "                                              \
      "the same, so this one passes you over. To change, give that seat back first.")                                               \
    X(OWN_WAITS_SUSPENDED,                                                                                                          \
      "您在候补名单上，但您的资格目前停用，停用期间不会轮到您。请联系应急办。",                                                     \
      "You are on the waiting list, but you are suspended, and while you are no seat "                                              \
      "goes to you. Please call the office.")                                                                                       \
    X(OWN_WAITS_UNREACHED,                                                                                                          \
      "您在候补名单上，但我们没有办法给您发消息，所以不会自动轮到您。请打电话给应急办"       \
      "。",                                                                                                                         \
      "You are on the waiting list, but no message of ours reaches you, so no seat "                                                \
      "comes "                                                                                                                      \
      "to you by itself. Please call the office.")                                                                                  \
    X(OWN_WAIT, "我要候补", "Put me on the waiting list")                                                                           \
    X(OWN_WAIT_NO_MORE, "不候补了", "Take me off the waiting list")                                                                 \
    X(OWN_SIGN_UP, "我要参加", "I will come")                                                                                       \
    X(OWN_SIGN_OFF, "我来不了了", "I can't come after all")                                                                         \
    X(OWN_SETTINGS, "怎样叫我", "How to call me")                                                                                   \
    X(OWN_MODE, "我怎么来", "I come")                                                                                               \
    X(OWN_FOOT, "走路", "on foot")                                                                                                  \
    X(OWN_BIKE, "骑车", "by bike")                                                                                                  \
    X(OWN_CAR, "开车", "by car")                                                                                                    \
    X(OWN_DUTY, "什么时候可以叫我", "When I can be called")                                                                         \
    X(OWN_ALWAYS, "任何时候", "at any time")                                                                                        \
    X(OWN_EVENINGS, "工作日 18–22 点，周末 8–20 点", "weekdays 18-22, weekends 8-20")                                               \
    X(OWN_WEEKENDS, "只在周末 8–20 点", "weekends only, 8-20")                                                                      \
    X(OWN_DAYTIME, "工作日 8–18 点", "weekdays 8-18")                                                                               \
    X(OWN_QUIET, "夜里不要叫醒我", "Do not wake me")                                                                                \
    X(OWN_QUIET_USUAL, "22 点到 6 点", "22 to 6")                                                                                   \
    X(OWN_QUIET_LATE, "23 点到 7 点", "23 to 7")                                                                                    \
    X(OWN_QUIET_NONE, "夜里也可以叫", "I may be woken")                                                                             \
    X(OWN_AS_NOW, "不变（{}）", "as it is ({})")                                                                                    \
    X(OWN_SAVE, "保存", "Save")                                                                                                     \
    X(OWN_OFFICE,                                                                                                                   \
      "姓名、手机号、住址、技能和证书由应急办登记，有变化请告诉他们。想退出，"                   \
      "或者要我们删除您的资料，也请告诉他们。",                                                                                     \
      "Name, telephone, home, skills and certificates are kept by the office; tell "                                                \
      "them what has changed, or if you want to leave or have your data deleted.")                                                  \
    X(SERVICE_TITLE, "志愿服务证明", "Certificate of service")                                                                      \
    X(SERVICE_FROM, "从", "From")                                                                                                   \
    X(SERVICE_TO, "到", "To")                                                                                                       \
    X(SERVICE_OPEN, "打开证明", "Open the certificate")                                                                             \
    X(SERVICE_NAME, "姓名", "Name")                                                                                                 \
    X(SERVICE_NUMBER, "编号", "Number")                                                                                             \
    X(SERVICE_ORGANISATION, "所属组织", "Organisation")                                                                             \
    X(SERVICE_PERIOD, "服务时间", "Time of service")                                                                                \
    X(SERVICE_DAYS, "{} 至 {}", "{} to {}")                                                                                         \
    X(SERVICE_NONE,                                                                                                                 \
      "这段时间没有核实过的服务记录，不能出具证明。请换一段时间，或请应急办核实。",                                                 \
      "Nothing was verified in this time, so there is nothing to certify. Choose "                                                  \
      "another time, or ask the office to verify.")                                                                                 \
    X(SERVICE_ACTUAL, "应急志愿服务", "Emergency service")                                                                          \
    X(SERVICE_EXERCISES, "演练（另记）", "Exercises (counted apart)")                                                               \
    X(SERVICE_KIND, "服务内容", "Kind")                                                                                             \
    X(SERVICE_TIMES, "次数", "Times")                                                                                               \
    X(SERVICE_HOURS, "时长", "Hours")                                                                                               \
    X(SERVICE_SUM, "合计", "Sum")                                                                                                   \
    X(SERVICE_COUNTED, "时长从到场算到离开，经另一人核实；路上的时间不算。",                                                        \
      "From arrival to release, verified by somebody else; travel is not counted.")                                                 \
    X(SERVICE_ISSUED, "出具日期", "Issued on")                                                                                      \
    X(SERVICE_BY, "出具人", "Issued by")                                                                                            \
    X(SERVICE_BY_PERSON, "本人（个人页面）", "the person, on their own page")                                                       \
    X(SERVICE_CERTIFICATE, "证明编号", "Certificate")                                                                               \
    X(SERVICE_OFFICE, "出具单位", "Office")                                                                                         \
    X(SERVICE_CHECK, "核对真伪：把证明编号告诉出具单位。",                                                                          \
      "To check it, tell this number to the office.")                                                                               \
    X(SERVICE_CHECK_PHONE, "电话 {}。", "Telephone {}.")                                                                            \
    X(SERVICE_SIGNATURE, "经办人签字：", "Signature:")                                                                              \
    X(SERVICE_SEAL, "单位盖章：", "Seal:")                                                                                          \
    X(SERVICE_BACK, "返回我的资料", "Back to my page")                                                                              \
    X(SERVICE_PRINT, "打印", "Print")                                                                                               \
    X(JOIN_TITLE, "我想加入", "I want to join")                                                                                     \
    X(JOIN_LEAD,                                                                                                                    \
      "附近出事时，志愿者就近来帮忙。想加入的话请填一下，应"                                              \
      "急办会打电话给您。",                                                                                                         \
      "Volunteers help nearby when something happens. If you would like to be one, "                                                \
      "tell us here and the office will call you.")                                                                                 \
    X(JOIN_NAME, "您的姓名", "Your name")                                                                                           \
    X(JOIN_PHONE, "手机号", "Telephone number")                                                                                     \
    X(JOIN_WHERE, "您住在哪个区或县", "The county or district you live in")                                                         \
    X(JOIN_GO_ON, "继续", "Go on")                                                                                                  \
    X(JOIN_AREA, "您住在哪个村或社区", "The village or community you live in")                                                      \
    X(JOIN_TOWN, "您住在哪个乡镇或街道", "The town or subdistrict you live in")                                                     \
    X(JOIN_MODE, "需要时您怎么来", "How you would come")                                                                            \
    X(JOIN_CHOOSE, "请选择", "Please choose")                                                                                       \
    X(JOIN_REST, "{}，其他地方", "elsewhere in {}")                                                                                 \
    X(JOIN_ELSEWHERE, "以上都不是", "none of these")                                                                                \
    X(JOIN_SKILLS, "您会什么？不会也没关系", "What can you do? Nothing is fine too")                                                \
    X(JOIN_SKILLS_WHY, "有证书的，应急办会看您的证书。",                                                                            \
      "Where a certificate is needed, the office will look at yours.")                                                              \
    X(JOIN_CONSENT, "我同意应急办保存以上内容，并打电话联系我。",                                                                   \
      "The office may keep this and call me.")                                                                                      \
    X(JOIN_KEPT,                                                                                                                    \
      "以上内容加密保存，只有应急办能看到；没有加入的会全部"                                              \
      "删除，最长保存 90 天。",                                                                                                     \
      "It is kept encrypted, for the office alone; if nothing comes of it, all of "                                                 \
      "it is deleted, after 90 days at the latest.")                                                                                \
    X(JOIN_SEND, "提交", "Send")                                                                                                    \
    X(JOIN_WRONG_NAME, "请写上您的姓名，最多 31 个字。",                                                                            \
      "Please write your name, at most 60 letters.")                                                                                \
    X(JOIN_WRONG_PHONE, "请写上能打通的号码，只用数字和 + - 号。",                                                                  \
      "Please write a number that can be called: digits, + and - alone.")                                                           \
    X(JOIN_WRONG_AREA, "请在列表里选一个地方。", "Please choose a place from the list.")                                            \
    X(JOIN_WRONG_MODE, "请在列表里选一种。", "Please choose one from the list.")                                                    \
    X(JOIN_WRONG_SKILLS, "请只勾选列出来的。", "Please tick only what is listed.")                                                  \
    X(JOIN_WRONG_CONSENT, "没有您的同意，我们不能保存，也不能打给您。",                                                             \
      "Without your consent we may neither keep this nor call you.")                                                                \
    X(JOIN_STALE, "页面放得久了，请看一下，再提交一次。",                                                                           \
      "This page had been open for long. Please look again and send it once more.")                                                 \
    X(JOIN_FULL,                                                                                                                    \
      "想加入的人太多，暂时收不下了。请直接打电话给应急办"                                                 \
      "。",                                                                                                                         \
      "More people want to join than we can take in here. Please call the office.")                                                 \
    X(JOIN_NOT_KEPT,                                                                                                                \
      "没能保存，是我们这边出了问题。请过一分钟再试，或者打"                                              \
      "电话给应急办。",                                                                                                             \
      "It could not be saved; the fault is ours. Please try again in a minute, or "                                                 \
      "call the office.")                                                                                                           \
    X(JOIN_THANKS, "谢谢您愿意帮忙！", "Thank you for wanting to help!")                                                            \
    X(JOIN_NEXT,                                                                                                                    \
      "应急办看过后会打电话给您，请留意接听。在那之前您什"                                                 \
      "么都不用做，也不会有人叫您出去。",                                                                                           \
      "The office will look at it and call you. Until then there is nothing for "                                                   \
      "you to do, and nobody will call you out.")                                                                                   \
    X(JOIN_AGAIN, "有哪里填错了？用同一个手机号再填一次，以新的为准。",                                                             \
      "Something was wrong? Send it again with the same telephone number; the "                                                     \
      "newest counts.")                                                                                                             \
    X(JOIN_MIND, "改了主意也没关系，接到电话时说一声就行。",                                                                        \
      "If you change your mind, that is all right: just say so when they call.")                                                    \
    X(CASE_TITLE, "您的求助", "Your call for help")                                                                                 \
    X(CASE_NUMBER, "编号", "Number")                                                                                                \
    X(CASE_REPORTED, "{} 收到", "Received at {}")                                                                                   \
    X(CASE_ACCEPTED, "愿意来的人", "Will come")                                                                                     \
    X(CASE_EN_ROUTE, "在路上", "On the way")                                                                                        \
    X(CASE_ON_SCENE, "已到场", "Arrived")                                                                                           \
    X(CASE_FIRST, "第一位约 {} 分钟后到。", "The first is about {} min away.")                                                      \
    X(CASE_CHECK, "来人会说这个暗号，说对了再开门。",                                                                               \
      "They will say this word. Open only if it is right.")                                                                         \
    X(CASE_reported, "我们收到了，正在核实。", "We have it and are checking.")                                                      \
    X(CASE_confirmed, "已经核实，正在安排人。", "Confirmed. We are finding people.")                                                \
    X(CASE_active, "正在叫人来帮您。", "We are calling people to help you.")                                                        \
    X(CASE_coming, "有人答应来帮您了。", "Help is coming.")                                                                         \
    X(CASE_there, "帮您的人已经到了。", "Help has arrived.")                                                                        \
    X(CASE_standing_down, "正在收尾。如果还需要帮助，请再打电话。",                                                                 \
      "We are finishing. If you still need help, please call again.")                                                               \
    X(CASE_over, "这件事已经办完。如果又需要帮助，请再打电话。",                                                                    \
      "This is finished. If you need help again, please call again.")                                                               \
    X(CASE_off, "这次求助已取消。如果又需要帮助，请再打电话。",                                                                     \
      "This was called off. If you need help again, please call again.")

#define PAGE_KIND_LIST(X)                                                                \
    X("flood", "洪涝", "Flood")                                                          \
    X("typhoon", "台风", "Typhoon")                                                      \
    X("fire", "火灾", "Fire")                                                            \
    X("rain-snow", "雨雪冰冻", "Snow and ice")                                           \
    X("earthquake", "地震", "Earthquake")                                                \
    X("landslide", "山体滑坡", "Landslide")                                              \
    X("accident", "事故", "Accident")                                                    \
    X("chemical", "危化品事故", "Chemicals")                                             \
    X("epidemic", "疫情", "Epidemic")                                                    \
    X("missing-person", "人员走失", "Missing person")                                    \
    X("medical", "突发伤病", "Medical")                                                  \
    X("household", "入户帮扶", "Household visit")                                        \
    X("evacuation", "转移安置", "Evacuation")                                            \
    X("public-event", "大型活动", "Public event")                                        \
    X("campaign", "志愿行动", "Campaign")                                                \
    X("other", "其他", "Other")

/* What the page says first: X(assigned?, state, Chinese, English). */
#define PAGE_SENTENCE_LIST(X)                                                            \
    X(0, "pending", "您能来帮忙吗？", "Can you come and help?")                          \
    X(0, "no_answer", "如果您能来，现在回答还来得及。",                                  \
      "If you can come, it is not too late to say so.")                                  \
    X(0, "accepted", "谢谢您！正在为您安排。", "Thank you! We are arranging it.")        \
    X(0, "limited", "明白了。实在缺人的时候我们再叫您。",                                \
      "Understood. We will ask you only if we must.")                                    \
    X(0, "late", "谢谢，已记下。来的人已经够了，请安心休息。",                           \
      "Thank you, noted. Enough people are coming. Please rest.")                        \
    X(0, "declined", "没关系，谢谢您告诉我们。",                                         \
      "That is all right. Thank you for telling us.")                                    \
    X(0, "void", "这次不用您来了，谢谢。",                                               \
      "You are not needed for this one. Thank you.")                                     \
    X(0, "stood_down", "谢谢，人手已经够了，请安心休息。",                               \
      "Thank you. There are enough people now. Please rest.")                            \
    X(1, "assigned", "谢谢您！请出发，路上小心。",                                       \
      "Thank you! Please set off, and take care.")                                       \
    X(1, "en_route", "路上小心，到了告诉我们。",                                         \
      "Take care on the way. Tell us when you are there.")                               \
    X(1, "on_scene", "谢谢您赶到。请先保证自己安全。",                                   \
      "Thank you for coming. Keep yourself safe first.")                                 \
    X(1, "working", "辛苦了。做完告诉我们。",                                            \
      "Thank you for your work. Tell us when you are done.")                             \
    X(1, "released", "辛苦了，可以回去了。请留下几句话。",                               \
      "Thank you. You can go home. Please leave us a few words.")                        \
    X(1, "reported", "收到，谢谢。有人核对后会记入您的时长。",                           \
      "Received, thank you. Your hours are credited once somebody has checked.")         \
    X(1, "verified", "都核对好了，谢谢您。", "All checked. Thank you.")                  \
    X(1, "disputed", "有一处想跟您再确认，请补充几句。",                                 \
      "We would like to ask again about one thing. Please add a few words.")             \
    X(1, "withdrawn", "没关系，谢谢您告诉我们。",                                        \
      "That is all right. Thank you for telling us.")                                    \
    X(1, "stood_down", "谢谢，人手已经够了，请安心休息。",                               \
      "Thank you. There are enough people now. Please rest.")                            \
    X(1, PAGE_CALLED_OFF, "谢谢，这次不用您来了，请安心休息。",                          \
      "Thank you. You are not needed this time. Please rest.")                           \
    X(1, "turned_back", "谢谢您跑这一趟，请安心休息。",                                  \
      "Thank you for setting out. Please rest.")                                         \
    X(1, "no_show", "这次没能碰上。您还好吗？",                                          \
      "We did not meet this time. Are you all right?")                                   \
    X(1, PAGE_NOT_MET, "这次没能碰上。您还好吗？若您在现场，请告诉我们。",               \
      "We did not meet this time. Are you all right? If you are there, please tell us.") \
    X(1, PAGE_IN_NEED, "您的求助，我们还在跟进。",                                       \
      "We are still seeing to your call for help.")                                      \
    X(1, PAGE_WANTED_NOW, "人手还差，现在需要您。您能来吗？",                            \
      "We are still short of people and need you now. Can you come?")                    \
    X(1, PAGE_ELSEWHERE, "谢谢。另一处也需要您，请先顾那边。",                           \
      "Thank you. You are wanted elsewhere too; please see to that first.")              \
    X(1, PAGE_NO_NOTED, "没关系，谢谢您告诉我们。",                                      \
      "That is all right. Thank you for telling us.")                                    \
    X(1, PAGE_WANTED_AGAIN, "又需要人手了。您若能来，请告诉我们。",                      \
      "People are wanted again. If you can come, please tell us.")                       \
    X(1, PAGE_ASKED_ANEW, "又需要您了。请打开最新收到的那条消息回答。",                  \
      "You are wanted again. Please answer by the newest message you have had.")         \
    X(1, "lost_contact", "我们联系不上您。看到请报个平安。",                             \
      "We could not reach you. Please tell us you are all right.")

#endif
