/* SPDX-License-Identifier: Apache-2.0 */
/* An alert with everything in it, to be varied, and what a test of the reader needs. */
#ifndef MUSTER_TEST_INTAKE_DOCUMENT_H
#define MUSTER_TEST_INTAKE_DOCUMENT_H

#include "base/mem.h"
#include "base/status.h"
#include "intake/cap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ROOM (2 * CAP_SIZE_MAX)

#define POLYGONS                                                                         \
    "<polygon>30.58,121.05 30.58,121.15 30.65,121.15 30.65,121.05 30.58,121.05"          \
    "</polygon>\n"                                                                       \
    "<polygon>30.1,121 30.1,122 30.2,121\n\t30.1,121</polygon>"

static const char DOCUMENT[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<alert xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\">\n"
    "<identifier>33048241600000_20260725163000</identifier>\n"
    "<sender>qixiang@example.cn</sender>\n"
    "<sent>2026-07-25T16:30:00+08:00</sent>\n"
    "<status>Actual</status>\n"
    "<msgType>Update</msgType>\n"
    "<source>观测</source>\n"
    "<scope>Public</scope>\n"
    "<code>CMA</code>\n"
    "<note>第二次</note>\n"
    "<references>qixiang@example.cn,A1,2026-07-25T08:00:00+08:00\n"
    "  qixiang@example.cn,A2,2026-07-25T12:00:00+08:00</references>\n"
    "<incidents>T9</incidents>\n"
    "<info>\n"
    "<language>zh-CN</language>\n"
    "<category>Met</category>\n"
    "<category>Safety</category>\n"
    "<event>台风</event>\n"
    "<responseType>Prepare</responseType>\n"
    "<responseType>Avoid</responseType>\n"
    "<urgency>Expected</urgency>\n"
    "<severity>Severe</severity>\n"
    "<certainty>Likely</certainty>\n"
    "<audience>公众</audience>\n"
    "<eventCode><valueName>GB/T 35561</valueName><value>11B01</value></eventCode>\n"
    "<effective>2026-07-25T16:30:00+08:00</effective>\n"
    "<onset>2026-07-25T20:00:00+08:00</onset>\n"
    "<expires>2026-07-26T16:30:00+08:00</expires>\n"
    "<senderName>气象台</senderName>\n"
    "<headline>  气象台发布台风警报 </headline>\n"
    "<description>风力 &lt; 12 级 &amp; 阵风<![CDATA[ > 13 级]]></description>\n"
    "<instruction>请做好准备。</instruction>\n"
    "<web>http://example.cn/a?b=1&amp;c=2</web>\n"
    "<contact>值班室</contact>\n"
    "<parameter><valueName>wind</valueName><value>12</value></parameter>\n"
    "<parameter><valueName>rain</valueName><value></value></parameter>\n"
    "<resource><resourceDesc>图</resourceDesc><mimeType>image/png</mimeType>"
    "<uri>http://example.cn/p.png</uri></resource>\n"
    "<area>\n"
    "<areaDesc>乍浦镇</areaDesc>\n" POLYGONS "\n"
    "<circle>30.6,121.1 12.5</circle>\n"
    "<geocode><valueName>CPEAS Geographic Code</valueName>"
    "<value>330482101000</value></geocode>\n"
    "<altitude>0</altitude><ceiling>100.5</ceiling>\n"
    "</area>\n"
    "</info>\n"
    "</alert>\n";

/* The document with the first FIND in it made PUT, in memory that the next call takes. */
static inline const char *vary(const char *find, const char *put)
{
    static char text[ROOM];
    const char *at = strstr(DOCUMENT, find);
    if (at == NULL)
        fail_msg("not in the document: %s", find);
    const size_t size =
        (size_t)snprintf(text, sizeof text, "%.*s%s%s", (int)(at - DOCUMENT), DOCUMENT,
                         put, at + strlen(find));
    assert_true(size < sizeof text);
    return text;
}

/* PIECE, COUNT times. */
static inline const char *repeat(const char *piece, size_t count)
{
    static char text[ROOM];
    const size_t size = strlen(piece);
    assert_true(size * count < sizeof text);
    for (size_t i = 0; i < count; i++)
        memcpy(text + i * size, piece, size);
    text[size * count] = '\0';
    return text;
}

/* An alert that is read; cap_free. */
static inline struct cap_alert *read_alert(const char *text, size_t size)
{
    struct cap_alert *alert = NULL;
    struct diag diag = {0};
    if (cap_read(text, size, &alert, &diag) != ST_OK)
        fail_msg("%u:%u <%s> %s", diag.line, diag.column, diag.where, diag.text);
    return alert;
}

#endif
