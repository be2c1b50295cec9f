/* SPDX-License-Identifier: Apache-2.0 */
/* The county, its towns and its villages and communities as the National Bureau of
 * Statistics lists them (cut-off 2023-06-30): plain facts, the only real data of the
 * demo. A town's rows follow it. */
#include "demo/division.h"

#include "base/mem.h"

#include <string.h>

/* clang-format off */
static const struct division divisions[] = {
    {"330482000000", "平湖市", DIVISION_COUNTY},
    {"330482001000", "当湖街道", DIVISION_TOWN},
    {"330482001001", "水洞埭社区居委会", DIVISION_VILLAGE},
    {"330482001002", "洁芳社区居委会", DIVISION_VILLAGE},
    {"330482001004", "梅园社区居委会", DIVISION_VILLAGE},
    {"330482001005", "南河头社区居委会", DIVISION_VILLAGE},
    {"330482001010", "南市社区居委会", DIVISION_VILLAGE},
    {"330482001019", "沐阳社区居委会", DIVISION_VILLAGE},
    {"330482001020", "永丰社区居委会", DIVISION_VILLAGE},
    {"330482001021", "东湖社区居委会", DIVISION_VILLAGE},
    {"330482001022", "北河溇社区居委会", DIVISION_VILLAGE},
    {"330482001023", "启元社区居委会", DIVISION_VILLAGE},
    {"330482001026", "东方社区居委会", DIVISION_VILLAGE},
    {"330482001029", "梅兰苑社区居委会", DIVISION_VILLAGE},
    {"330482001030", "东升社区居委会", DIVISION_VILLAGE},
    {"330482001031", "百花社区居委会", DIVISION_VILLAGE},
    {"330482001032", "如意社区居委会", DIVISION_VILLAGE},
    {"330482001033", "滨湖社区居委会", DIVISION_VILLAGE},
    {"330482001034", "松枫社区居委会", DIVISION_VILLAGE},
    {"330482001035", "凤凰社区居委会", DIVISION_VILLAGE},
    {"330482001036", "三港新城社区居委会", DIVISION_VILLAGE},
    {"330482001201", "三北村村民委员会", DIVISION_VILLAGE},
    {"330482001204", "塘桥村村民委员会", DIVISION_VILLAGE},
    {"330482001206", "钱家村村民委员会", DIVISION_VILLAGE},
    {"330482001207", "大胜村村民委员会", DIVISION_VILLAGE},
    {"330482001211", "金家村村民委员会", DIVISION_VILLAGE},
    {"330482001212", "黄家浜村村民委员会", DIVISION_VILLAGE},
    {"330482001213", "通界村村民委员会", DIVISION_VILLAGE},
    {"330482001214", "虹霓村村民委员会", DIVISION_VILLAGE},
    {"330482002000", "钟埭街道", DIVISION_TOWN},
    {"330482002006", "钟南社区居委会", DIVISION_VILLAGE},
    {"330482002010", "花园社区居委会", DIVISION_VILLAGE},
    {"330482002011", "新群社区居委会", DIVISION_VILLAGE},
    {"330482002021", "钟埭社区居委会", DIVISION_VILLAGE},
    {"330482002023", "白马堰社区居委会", DIVISION_VILLAGE},
    {"330482002024", "西林寺社区居委会", DIVISION_VILLAGE},
    {"330482002025", "三友社区居委会", DIVISION_VILLAGE},
    {"330482002027", "福臻社区居委会", DIVISION_VILLAGE},
    {"330482002028", "永兴社区居委会", DIVISION_VILLAGE},
    {"330482002221", "钟埭村村民委员会", DIVISION_VILLAGE},
    {"330482002222", "沈家弄村村民委员会", DIVISION_VILLAGE},
    {"330482002224", "大力村村民委员会", DIVISION_VILLAGE},
    {"330482003000", "曹桥街道", DIVISION_TOWN},
    {"330482003001", "曹桥社区居委会", DIVISION_VILLAGE},
    {"330482003200", "曹桥村村民委员会", DIVISION_VILLAGE},
    {"330482003201", "孔家堰村村民委员会", DIVISION_VILLAGE},
    {"330482003202", "野马村村民委员会", DIVISION_VILLAGE},
    {"330482003203", "严家门村村民委员会", DIVISION_VILLAGE},
    {"330482003204", "章桥村村民委员会", DIVISION_VILLAGE},
    {"330482003205", "石龙村村民委员会", DIVISION_VILLAGE},
    {"330482003208", "马厩村村民委员会", DIVISION_VILLAGE},
    {"330482003209", "百寿村村民委员会", DIVISION_VILLAGE},
    {"330482003210", "九里亭村村民委员会", DIVISION_VILLAGE},
    {"330482101000", "乍浦镇", DIVISION_TOWN},
    {"330482101006", "长安桥社区居委会", DIVISION_VILLAGE},
    {"330482101019", "南大街社区居委会", DIVISION_VILLAGE},
    {"330482101020", "四牌楼社区居委会", DIVISION_VILLAGE},
    {"330482101021", "山湾社区居委会", DIVISION_VILLAGE},
    {"330482101023", "南湾社区居委会", DIVISION_VILLAGE},
    {"330482101024", "长丰社区居委会", DIVISION_VILLAGE},
    {"330482101025", "天妃社区居委会", DIVISION_VILLAGE},
    {"330482101026", "港龙社区居委会", DIVISION_VILLAGE},
    {"330482101027", "雅山社区居委会", DIVISION_VILLAGE},
    {"330482101028", "中山社区居委会", DIVISION_VILLAGE},
    {"330482101029", "龙湫社区居民委员会", DIVISION_VILLAGE},
    {"330482101202", "长安桥村村民委员会", DIVISION_VILLAGE},
    {"330482101203", "八字村村民委员会", DIVISION_VILLAGE},
    {"330482101204", "马家荡村村民委员会", DIVISION_VILLAGE},
    {"330482101206", "王店桥村村民委员会", DIVISION_VILLAGE},
    {"330482101207", "亭子桥村村民委员会", DIVISION_VILLAGE},
    {"330482101208", "建利村村民委员会", DIVISION_VILLAGE},
    {"330482101209", "染店桥村村民委员会", DIVISION_VILLAGE},
    {"330482101212", "先锋村村民委员会", DIVISION_VILLAGE},
    {"330482101213", "黄山村村民委员会", DIVISION_VILLAGE},
    {"330482102000", "新埭镇", DIVISION_TOWN},
    {"330482102006", "新埭社区居委会", DIVISION_VILLAGE},
    {"330482102007", "虹桥景苑社区居委会", DIVISION_VILLAGE},
    {"330482102200", "杨庄浜村村民委员会", DIVISION_VILLAGE},
    {"330482102211", "姚浜村村民委员会", DIVISION_VILLAGE},
    {"330482102212", "兴旺村村民委员会", DIVISION_VILLAGE},
    {"330482102218", "泖河村村民委员会", DIVISION_VILLAGE},
    {"330482102219", "旧埭村村民委员会", DIVISION_VILLAGE},
    {"330482102220", "鱼圻塘村村民委员会", DIVISION_VILLAGE},
    {"330482102221", "星光村村民委员会", DIVISION_VILLAGE},
    {"330482102222", "大齐塘村村民委员会", DIVISION_VILLAGE},
    {"330482102223", "牌楼村村民委员会", DIVISION_VILLAGE},
    {"330482103000", "新仓镇", DIVISION_TOWN},
    {"330482103006", "安桥社区居民委员会", DIVISION_VILLAGE},
    {"330482103007", "芦川社区居民委员会", DIVISION_VILLAGE},
    {"330482103008", "新庙社区居民委员会", DIVISION_VILLAGE},
    {"330482103216", "三叉河村村民委员会", DIVISION_VILLAGE},
    {"330482103217", "友联村村民委员会", DIVISION_VILLAGE},
    {"330482103218", "石路村村民委员会", DIVISION_VILLAGE},
    {"330482103219", "秦沙村村民委员会", DIVISION_VILLAGE},
    {"330482103220", "双红村村民委员会", DIVISION_VILLAGE},
    {"330482103221", "芦湾村村民委员会", DIVISION_VILLAGE},
    {"330482103222", "杉青港村村民委员会", DIVISION_VILLAGE},
    {"330482103223", "中华村村民委员会", DIVISION_VILLAGE},
    {"330482106000", "广陈镇", DIVISION_TOWN},
    {"330482106003", "广陈社区居委会", DIVISION_VILLAGE},
    {"330482106004", "前港社区居委会", DIVISION_VILLAGE},
    {"330482106200", "曹港村村民委员会", DIVISION_VILLAGE},
    {"330482106201", "民主村村民委员会", DIVISION_VILLAGE},
    {"330482106202", "前港村村民委员会", DIVISION_VILLAGE},
    {"330482106203", "三红村村民委员会", DIVISION_VILLAGE},
    {"330482106204", "高新村村民委员会", DIVISION_VILLAGE},
    {"330482106205", "港中村村民委员会", DIVISION_VILLAGE},
    {"330482106206", "龙兴村村民委员会", DIVISION_VILLAGE},
    {"330482106207", "三兴村村民委员会", DIVISION_VILLAGE},
    {"330482106208", "泗泾村村民委员会", DIVISION_VILLAGE},
    {"330482106209", "山塘村村民委员会", DIVISION_VILLAGE},
    {"330482106210", "龙萌村村民委员会", DIVISION_VILLAGE},
    {"330482107000", "林埭镇", DIVISION_TOWN},
    {"330482107003", "林埭社区居委会", DIVISION_VILLAGE},
    {"330482107200", "陈匠村村民委员会", DIVISION_VILLAGE},
    {"330482107201", "共和村村民委员会", DIVISION_VILLAGE},
    {"330482107202", "群丰村村民委员会", DIVISION_VILLAGE},
    {"330482107203", "保丰村村民委员会", DIVISION_VILLAGE},
    {"330482107204", "东方红村村民委员会", DIVISION_VILLAGE},
    {"330482107205", "新庄村村民委员会", DIVISION_VILLAGE},
    {"330482107207", "徐东村村民委员会", DIVISION_VILLAGE},
    {"330482107208", "徐家埭村村民委员会", DIVISION_VILLAGE},
    {"330482107209", "双庙村村民委员会", DIVISION_VILLAGE},
    {"330482107210", "祥中村村民委员会", DIVISION_VILLAGE},
    {"330482107211", "华丰村村民委员会", DIVISION_VILLAGE},
    {"330482107400", "徐埭社区居委会", DIVISION_VILLAGE},
    {"330482108000", "独山港镇", DIVISION_TOWN},
    {"330482108001", "虎啸社区居委会", DIVISION_VILLAGE},
    {"330482108004", "独山港社区居委会", DIVISION_VILLAGE},
    {"330482108005", "星华社区居委会", DIVISION_VILLAGE},
    {"330482108006", "全公亭社区居委会", DIVISION_VILLAGE},
    {"330482108007", "龙吟社区居委会", DIVISION_VILLAGE},
    {"330482108008", "周圩社区居委会", DIVISION_VILLAGE},
    {"330482108200", "小营头村村民委员会", DIVISION_VILLAGE},
    {"330482108203", "虎啸村村民委员会", DIVISION_VILLAGE},
    {"330482108205", "聚福村村民委员会", DIVISION_VILLAGE},
    {"330482108206", "渡船桥村村民委员会", DIVISION_VILLAGE},
    {"330482108207", "海塘村村民委员会", DIVISION_VILLAGE},
    {"330482108210", "赵家桥村村民委员会", DIVISION_VILLAGE},
    {"330482108215", "优胜村村民委员会", DIVISION_VILLAGE},
    {"330482108216", "前进村村民委员会", DIVISION_VILLAGE},
    {"330482108217", "衙前村村民委员会", DIVISION_VILLAGE},
    {"330482108218", "穗轮村村民委员会", DIVISION_VILLAGE},
    {"330482108219", "金沙村村民委员会", DIVISION_VILLAGE},
    {"330482108222", "周家圩村村民委员会", DIVISION_VILLAGE},
    {"330482108223", "韩家庙村村民委员会", DIVISION_VILLAGE},
};
/* clang-format on */

uint32_t division_count(void)
{
    return (uint32_t)COUNT_OF(divisions);
}

const struct division *division_at(uint32_t index)
{
    return index < COUNT_OF(divisions) ? &divisions[index] : NULL;
}

void division_parent_code(const struct division *division, char ret[DIVISION_CODE_SIZE])
{
    ret[0] = '\0';
    if (division->level == DIVISION_COUNTY)
        return;
    size_t kept = division->level == DIVISION_TOWN ? 6 : 9;
    memset(ret, '0', DIVISION_CODE_SIZE - 1);
    memcpy(ret, division->code, kept);
    ret[DIVISION_CODE_SIZE - 1] = '\0';
}

bool division_is_community(const struct division *division)
{
    return division->level == DIVISION_VILLAGE && strstr(division->name, "社区") != NULL;
}

void division_short_name(const struct division *division, char ret[DIVISION_NAME_SIZE])
{
    static const char *const tails[] = {"村民委员会", "居民委员会", "居委会"};
    size_t size = strlen(division->name);
    for (size_t i = 0; i < COUNT_OF(tails); i++) {
        size_t tail = strlen(tails[i]);
        if (size > tail && strcmp(division->name + size - tail, tails[i]) == 0) {
            size -= tail;
            break;
        }
    }
    if (size >= DIVISION_NAME_SIZE)
        size = DIVISION_NAME_SIZE - 1;
    memcpy(ret, division->name, size);
    ret[size] = '\0';
}
