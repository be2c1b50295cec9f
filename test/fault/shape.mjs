// SPDX-License-Identifier: Apache-2.0
// Values of the schemas of an OpenAPI document: made of them, by chance, right or nearly right, and
// judged by them.

/** Whatever has the shape of a number, a text or a list and should not be taken for one. */
const absurd = [
    null, true, -1, 0, 1e308, -1e308, 9007199254740993, 0.1, "", " ", "\u0000", "a\u0001b", "\u202Eabc", "\r\nSet-Cookie: a=b", "' OR 1=1 --",
    "../../etc/passwd", "%00%s%n", "=1+1", "<script>", "x".repeat(70000), "字".repeat(300), "\uFEFF", "\uD800", [], {}, [[[[]]]], { a: { b: {} } },
    "9999-12-31T23:59:60Z", "0000-00-00", "2026-02-30T00:00:00+99:99", Array(2000).fill("x"), Array(9).fill({}),
];

/** What a form may lack, so that its page can say so, and is wanted all the same. */
const wanted = /^(required|must be true)/;

export class Shapes {
    /** DOCUMENT is the OpenAPI document, RANDOM gives 0..1, NAMED(name, schema, beside) a value for a member of that
     * name that the server knows, or undefined; BESIDE: the members that were made before it. */
    constructor(document, random, named) {
        Object.assign(this, { document, random, named });
    }
    among(list) {
        return list[Math.floor(this.random() * list.length)];
    }
    chance(share) {
        return this.random() < share;
    }
    declared(schema) {
        return schema.$ref ? schema.$ref.split("/").slice(1).reduce((at, key) => at[key], this.document) : schema;
    }
    number(schema) {
        const low = schema.minimum ?? schema.exclusiveMinimum ?? 0, high = schema.maximum ?? schema.exclusiveMaximum ?? 1000;
        const edge = this.chance(0.1) ? this.among([low, high]) : low + this.random() * (this.chance(0.8) ? Math.min(high - low, 60) : high - low);
        return schema.type === "integer" ? Math.round(edge) : edge;
    }
    text(schema) {
        if (schema.enum) return this.among(schema.enum);
        if (schema.format === "date-time") return new Date(Date.now() + (this.random() - 0.4) * 864e5).toISOString().replace(/\.\d+Z/, "+00:00");
        if (schema.examples?.length && this.chance(0.9)) return this.among(schema.examples);
        const size = this.chance(0.1) ? schema.maxLength ?? 20 : Math.max(schema.minLength ?? 0, 4);
        return this.chance(0.5) ? "a".repeat(Math.min(size, 5000)) : "河".repeat(Math.min(size, 3000));
    }
    /** A value that the schema takes. */
    make(given, name = "", beside = {}) {
        const schema = this.declared(given), named = this.named(name, schema, beside);
        if (named !== undefined && this.chance(0.85)) return named;
        if (schema.const !== undefined) return schema.const;
        if (schema.oneOf) return this.make(this.among(schema.oneOf), name, beside);
        const type = Array.isArray(schema.type) ? this.among(schema.type) : schema.type;
        if (type === "null") return null;
        if (type === "boolean") return /^must be true/.test(schema.description) || this.chance(0.5);
        if (type === "integer" || type === "number") return this.number({ ...schema, type });
        if (type === "array") {
            const most = Math.min(schema.maxItems ?? 3, 3), least = schema.minItems ?? 0;
            return Array.from({ length: Math.max(least, Math.floor(this.random() * (most + 1))) }, () => this.make(schema.items, name, beside));
        }
        if (type === "object" || schema.properties) {
            const made = {};
            for (const [key, of] of Object.entries(schema.properties ?? {}))
                if (schema.required?.includes(key) || key === "nonce" || wanted.test(of.description) || this.chance(0.3)) made[key] = this.make(of, key, made);
            return made;
        }
        return this.text(schema);
    }
    /** VALUE with one thing in it that is not as it should be. */
    spoil(value) {
        if (value === null || typeof value !== "object" || this.chance(0.05)) return this.among(absurd);
        const keys = Object.keys(value), copy = Array.isArray(value) ? [...value] : { ...value };
        if (keys.length === 0 || (this.chance(0.15) && !Array.isArray(value))) return { ...value, [this.among(["ghost", "__proto__x", "", "id"])]: this.among(absurd) };
        const key = this.among(keys);
        if (this.chance(0.2) && !Array.isArray(copy)) delete copy[key];
        else copy[key] = this.chance(0.5) ? this.spoil(copy[key]) : this.among(absurd);
        return copy;
    }
    /** What is not right in VALUE, as "/where is a what", or nothing. */
    *misfits(given, value, where = "") {
        const schema = this.declared(given);
        const kind = value === null ? "null" : Array.isArray(value) ? "array" : Number.isInteger(value) ? "integer" : typeof value;
        const types = [schema.type ?? []].flat();
        if (types.length && !types.includes(kind) && !(kind === "integer" && types.includes("number"))) yield `${where} is ${kind}, not ${types}`;
        else if (schema.oneOf && !schema.oneOf.some((each) => this.misfits(each, value).next().done)) yield `${where} is none of oneOf`;
        else if (schema.enum && !schema.enum.includes(value)) yield `${where} is ${JSON.stringify(value)}, not declared`;
        else if (schema.format === "date-time" && !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(value)) yield `${where} is no time`;
        else if (schema.format === "date" && !/^\d{4}-\d\d-\d\d$/.test(value)) yield `${where} is no day`;
        else if (value < schema.minimum || value > schema.maximum) yield `${where} is ${value}, out of range`;
        else if (kind === "array" && schema.items) for (const [i, each] of value.entries()) yield* this.misfits(schema.items, each, `${where}/${i}`);
        else if (kind === "object") yield* this.members(schema, value, where);
    }
    *members(schema, value, where) {
        for (const key of schema.required ?? []) if (!(key in value)) yield `${where}/${key} is missing`;
        if (!schema.properties) return;
        for (const [key, each] of Object.entries(value)) {
            if (schema.properties[key]) yield* this.misfits(schema.properties[key], each, `${where}/${key}`);
            else yield `${where}/${key} is not declared`;
        }
    }
}

/** JSON as no client should write it. */
export function rawBody(random, value) {
    const ways = [
        () => "", () => "{", () => `${JSON.stringify(value)}}`, () => `\uFEFF${JSON.stringify(value)}`, () => "[".repeat(5000), () => '{"a":'.repeat(2000),
        () => JSON.stringify(value).replace(/^\{("[^"]*":("[^"]*"|\d+|true|false))/, "{$1,$1"), () => JSON.stringify(value).replace(/:\d+/, ":1e999"),
        () => JSON.stringify(value).replace(/:"/, ':"\u0001'), () => Buffer.concat([Buffer.from('{"reason":"'), Buffer.from([0xff, 0xc0, 0x80]), Buffer.from('"}')]),
        () => JSON.stringify(value).replace(/:"/, ':"\\ud800'), () => "null", () => "[]", () => "3", () => "NaN", () => JSON.stringify(value).replaceAll(",", ",,"),
        () => `{"a":"${"y".repeat(200000)}"}`, () => `/* */${JSON.stringify(value)}`, () => JSON.stringify(value).replace(/:(\d+)/, ":0$1"), () => "a=1&b=%zz&a=2&%00=1",
    ];
    return ways[Math.floor(random() * ways.length)]();
}
