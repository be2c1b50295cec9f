// SPDX-License-Identifier: Apache-2.0
// A real SMTP server (smtp-server of the Nodemailer project) on a free port of loopback that
// remembers what it was handed. `peer.behave` lets a test refuse a mail, `peer.behaveTo` a
// recipient before the mail is sent, `peer.delayMs` makes it slow, `peer.most` is how many
// mails it had under way at once,
// `peer.down` and `peer.up` take it away and bring it back on the same port; with `peer.tls` it
// then offers STARTTLS, with a certificate that nobody knows.
import { SMTPServer } from "smtp-server";

export async function startPeer() {
    const mails = []; // {id, to, link, perhapsTwice, secure, at}
    const tries = []; // {id, to, at}: refused ones too
    const peer = { mails, tries, underWay: new Set(), most: 0, behave: () => null, behaveTo: () => null, delayMs: 0, port: 0, tls: false };
    let server;
    function take(mail, callback) {
        const refusal = refuse(peer.behave(mail));
        peer.underWay.delete(mail.id);
        if (refusal) {
            callback(refusal);
            return;
        }
        mails.push(mail);
        callback(null, "taken");
    }
    peer.up = async () => {
        server = new SMTPServer({
            authOptional: true,
            disabledCommands: peer.tls ? ["AUTH"] : ["STARTTLS", "AUTH"],
            logger: false,
            closeTimeout: 50,
            onRcptTo(address, session, callback) {
                callback(refuse(peer.behaveTo(address.address)));
            },
            onData(stream, session, callback) {
                const parts = [];
                stream.on("data", (part) => parts.push(part));
                stream.on("end", () => {
                    const mail = readMail(Buffer.concat(parts).toString("utf8"), session);
                    tries.push({ id: mail.id, to: mail.to, at: mail.at });
                    peer.underWay.add(mail.id);
                    peer.most = Math.max(peer.most, peer.underWay.size);
                    if (peer.delayMs > 0) setTimeout(take, peer.delayMs, mail, callback);
                    else take(mail, callback);
                });
            },
        });
        server.on("error", () => {}); // a client killed in the middle of a mail
        await new Promise((resolve) => server.listen(peer.port, "127.0.0.1", resolve));
        peer.port = server.server.address().port;
    };
    peer.down = peer.close = () => new Promise((resolve) => server.close(resolve));
    await peer.up();
    return peer;
}

function refuse(refusal) {
    return refusal && Object.assign(new Error(refusal.text), { responseCode: refusal.code });
}

/** RFC 2047 words of base64, as this project writes them. */
function decodeWords(text) {
    const words = [...text.matchAll(/=\?utf-8\?B\?([^?]*)\?=/gi)].map((match) => Buffer.from(match[1], "base64"));
    return Buffer.concat(words).toString("utf8");
}

function readMail(source, session) {
    const split = source.indexOf("\r\n\r\n");
    const head = source.slice(0, split).replace(/\r\n[ \t]+/g, " ");
    const text = Buffer.from(source.slice(split + 4), "base64").toString("utf8");
    const header = (name) => new RegExp(`^${name}: (.*)$`, "mi").exec(head)?.[1]?.trim();
    return {
        id: header("X-Muster-Message"),
        messageId: header("Message-ID"),
        subject: decodeWords(header("Subject") ?? ""),
        to: session.envelope.rcptTo[0].address,
        secure: session.secure,
        perhapsTwice: header("X-Muster-Perhaps-Twice") === "yes",
        exercise: header("X-Muster-Exercise") === "yes",
        link: /https?:\/\/\S+\/r\/\S+/.exec(text)?.[0],
        text,
        at: performance.now(),
    };
}
