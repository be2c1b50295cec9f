/* SPDX-License-Identifier: Apache-2.0 */
/* The words of the PDF: code, English, Chinese. A code that is not here stands as it is.
 * What the code of an event means with this kind alone has both: KIND.CODE. */
#ifndef MUSTER_REPORT_WORDS_H
#define MUSTER_REPORT_WORDS_H

#define REPORT_WORD_LIST(X)                                                              \
    X("title", "After-action report", "行动后报告")                                      \
    X("exercise", "Exercise: not a real incident", "演练：并非真实事件")                 \
    X("as_of", "As of", "截至")                                                          \
    X("colon", ": ", "：")                                                               \
    X("bracket", " (", "（")                                                             \
    X("bracket_behind", ")", "）")                                                       \
    X("comma", ", ", "，")                                                               \
    X("page", "Page", "第")                                                              \
    X("page_behind", "", " 页")                                                          \
    X("funnel", "Who was reached, who came", "谁被联系到，谁来了")                       \
    X("alerted", "Alerted", "已提醒")                                                    \
    X("of_people", "people were alerted, some more than once; below, each alert counts", \
      "人接到提醒；有人不止一次，下面按次计")                                            \
    X("handed_over", "Handed over to the channel", "已交给渠道")                         \
    X("delivered", "Delivered", "已送达")                                                \
    X("seen", "Read", "已读")                                                            \
    X("answered", "Answered", "已答复")                                                  \
    X("accepted", "Accepted", "已接受")                                                  \
    X("set_out", "Set out", "已出发")                                                    \
    X("on_scene", "On scene", "已到场")                                                  \
    X("others", "Besides", "其余")                                                       \
    X("declined", "declined", "去不了")                                                  \
    X("no_answer", "no answer", "没有回复")                                              \
    X("late", "said yes too late", "答应时已满")                                         \
    X("stood_down", "stood down", "不用来了")                                            \
    X("void", "alert void", "提醒作废")                                                  \
    X("withdrawn", "withdrew", "退出")                                                   \
    X("no_show", "did not come", "没有到")                                               \
    X("turned_back", "turned back", "已折返")                                            \
    X("delays", "Where the time went (min:s)", "时间用在哪里（分：秒）")                 \
    X("dispatcher", "Dispatcher: report to first alert", "值班员：报告到首次提醒")       \
    X("channel", "Channel: alert to handed over", "渠道：提醒到送出")                    \
    X("reply", "Reply: handed over to answer", "答复：送出到答复")                       \
    X("turnout", "Turnout: yes to leaving", "准备：接受到出发")                          \
    X("travel", "Travel: leaving to arrival", "路程：出发到到场")                        \
    X("travel_excess", "Later than the planned travel", "比预计路程晚")                  \
    X("step", "Step", "环节")                                                            \
    X("minutes_col", "Minutes", "分钟")                                                  \
    X("count", "Cases", "次数")                                                          \
    X("median", "Median", "中位数")                                                      \
    X("p90", "9 in 10 within", "九成不超过")                                             \
    X("most", "Longest", "最长")                                                         \
    X("needs", "Promised and reached", "承诺与达到")                                     \
    X("need", "Need", "需求")                                                            \
    X("wanted", "Wanted", "所需")                                                        \
    X("promised", "Promised", "承诺概率")                                                \
    X("first_wave", "First wave", "首波")                                                \
    X("waves", "Waves", "波数")                                                          \
    X("expected_yes", "Yes expected", "预计接受")                                        \
    X("by", "By", "期限")                                                                \
    X("in_time", "In time", "准时")                                                      \
    X("state", "State", "状态")                                                          \
    X("hours", "Hours", "服务时长")                                                      \
    X("hours_people", "people worked", "人参加")                                         \
    X("minutes_before", "", "共 ")                                                       \
    X("minutes", "minutes in all", "分钟")                                               \
    X("credited_before", "", "已记入 ")                                                  \
    X("credited", "minutes credited", "分钟")                                            \
    X("people", "Who was asked and why", "问了谁，为什么")                               \
    X("number", "Number", "编号")                                                        \
    X("wave", "Wave", "波")                                                              \
    X("way", "Way", "路程")                                                              \
    X("chance", "Chance of a yes", "接受概率")                                           \
    X("reply_col", "Reply", "答复")                                                      \
    X("turnout_col", "Turnout", "准备")                                                  \
    X("travel_col", "Travel", "路上")                                                    \
    X("cut", "more not listed", "未列出")                                                \
    X("timeline", "Timeline", "时间线")                                                  \
    X("reported", "reported", "已上报")                                                  \
    X("confirmed", "confirmed", "已确认")                                                \
    X("active", "active", "处置中")                                                      \
    X("standing_down", "standing down", "收队中")                                        \
    X("review", "in review", "复核中")                                                   \
    X("closed", "closed", "已结案")                                                      \
    X("cancelled", "cancelled", "已取消")                                                \
    X("merged", "merged", "已并入")                                                      \
    X("open", "open", "缺人")                                                            \
    X("filled", "filled", "人手已够")                                                    \
    X("met", "met", "已到齐")                                                            \
    X("short", "short", "到时仍缺")                                                      \
    X("pending", "pending", "等回复")                                                    \
    X("limited", "later, if needed", "缺人再叫")                                         \
    X("assigned", "assigned", "已接受")                                                  \
    X("en_route", "on the way", "途中")                                                  \
    X("working", "working", "干活中")                                                    \
    X("released", "released", "已离场")                                                  \
    X("verified", "checked", "已核实")                                                   \
    X("disputed", "disputed", "有疑问")                                                  \
    X("lost_contact", "contact lost", "失联")                                            \
    X("flood", "Flood", "洪涝")                                                          \
    X("typhoon", "Typhoon", "台风")                                                      \
    X("fire", "Fire", "火灾")                                                            \
    X("rain-snow", "Snow and ice", "雨雪冰冻")                                           \
    X("earthquake", "Earthquake", "地震")                                                \
    X("landslide", "Landslide", "山体滑坡")                                              \
    X("accident", "Accident", "事故")                                                    \
    X("chemical", "Chemicals", "危化品事故")                                             \
    X("epidemic", "Epidemic", "疫情")                                                    \
    X("missing-person", "Missing person", "人员走失")                                    \
    X("medical", "Medical", "突发伤病")                                                  \
    X("household", "Household visit", "入户帮扶")                                        \
    X("evacuation", "Evacuation", "转移安置")                                            \
    X("public-event", "Public event", "大型活动")                                        \
    X("campaign", "Campaign", "志愿行动")                                                \
    X("other", "Other", "其他")                                                          \
    X("incident.reported", "Reported", "上报")                                           \
    X("incident.confirmed", "Confirmed", "确认属实")                                     \
    X("incident.active", "Response begins", "开始处置")                                  \
    X("incident.standing_down", "Stand-down begins", "收队")                             \
    X("incident.review", "Review begins", "进入复核")                                    \
    X("incident.closed", "Closed", "结案")                                               \
    X("incident.cancelled", "Cancelled", "取消")                                         \
    X("incident.reopened", "Re-opened", "重新打开")                                      \
    X("incident.merged", "Merged into another", "并入另一事件")                          \
    X("incident.roll_call", "Roll call, people asked", "点名，人数")                     \
    X("incident.moved", "Place corrected", "更正地点")                                   \
    X("incident.taken_over", "Taken over", "接班")                                       \
    X("incident.rebased", "Clock jumped or server was down",                             \
      "时钟跳变或服务中断，计时已顺延")                                                  \
    X("need.stated", "Need stated, people", "提出需求，人数")                            \
    X("need.filled", "Need filled", "需求人手已够")                                      \
    X("need.met", "Need met", "需要的人都到了")                                          \
    X("need.short", "Deadline passed, people short", "到时限仍缺人")                     \
    X("need.open", "Need open again", "需求重新缺人")                                    \
    X("need.cancelled", "Need cancelled", "需求取消")                                    \
    X("need.escalated", "Need escalated", "报上级支援")                                  \
    X("incident.desk_told", "Desk told", "已通知值班室")                                 \
    X("desk_sos", "somebody calls for help", "有人求助")                                 \
    X("desk_escalated", "short of people", "人手不足")                                   \
    X("desk_reported", "nobody has confirmed", "无人确认")                               \
    X("need.notes", "Told to those who come, people sent a message",                     \
      "告诉来的人，发消息人数")                                                          \
    X("callout.started", "Call-out started", "开始召集")                                 \
    X("callout.filled", "Call-out filled", "人手已够")                                   \
    X("callout.active", "Call-out goes on", "继续叫人")                                  \
    X("callout.standing_down", "Call-out stands down", "收队")                           \
    X("callout.ended", "Call-out ended", "召集结束")                                     \
    X("wave.sent", "Wave sent, people", "发出一波，人数")                                \
    X("wave.cut", "Rest of a wave not sent, people", "本波余下未发出，人数")             \
    X("alert.accepted", "Yes", "接受")                                                   \
    X("assignment.on_scene", "Arrived", "到场")                                          \
    X("assignment.withdrawn", "Withdrew", "去不了了")                                    \
    X("assignment.no_show", "Did not come", "没有到")                                    \
    X("assignment.overdue", "Overdue, called", "该到未到，已去电")                       \
    X("assignment.lost_contact", "Contact lost", "失联")                                 \
    X("assignment.found", "Found", "联系上了")                                           \
    X("assignment.sos", "Alarm", "呼救")                                                 \
    X("assignment.sos_acknowledged", "Alarm acknowledged", "呼救有人处理")               \
    X("seat_empty", "a seat is empty", "有空缺")                                         \
    X("detour", "a way has changed", "路有变化")                                         \
    X("reopened", "re-opened", "重新打开")                                               \
    X("not_filled", "not filled", "未满")                                                \
    X("need.escalated.late", "people come too late", "赶不上的人数")                     \
    X("reached", "target reached", "达到目标")

#endif
