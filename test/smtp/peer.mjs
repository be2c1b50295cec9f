// SPDX-License-Identifier: Apache-2.0
// A real SMTP server (smtp-server of the Nodemailer project) on a free port of loopback that
// remembers what it was handed. `peer.behave` lets a test refuse, delay or drop.
import { SMTPServer } from "smtp-server";

export async function startPeer() {
    const mails = []; // {id, to, link, perhapsTwice, at}
    const waiting = [];
    const peer = { mails, behave: () => null, port: 0 };
    const server = new SMTPServer({
        authOptional: true,
        disabledCommands: ["STARTTLS", "AUTH"],
        logger: false,
        onData(stream, session, callback) {
            const parts = [];
            stream.on("data", (part) => parts.push(part));
            stream.on("end", () => {
                const mail = readMail(Buffer.concat(parts).toString("utf8"), session);
                const refusal = peer.behave(mail);
                if (refusal) {
                    const error = new Error(refusal.text);
                    error.responseCode = refusal.code;
                    callback(error);
                    return;
                }
                mails.push(mail);
                waiting.splice(0).forEach((wake) => wake());
                callback(null, "taken");
            });
        },
    });
    server.on("error", () => {}); // a client killed in the middle of a mail
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    peer.port = server.server.address().port;
    peer.close = () => new Promise((resolve) => server.close(resolve));
    peer.changed = () => new Promise((resolve) => waiting.push(resolve));
    return peer;
}

function readMail(source, session) {
    const split = source.indexOf("\r\n\r\n");
    const head = source.slice(0, split);
    const text = Buffer.from(source.slice(split + 4), "base64").toString("utf8");
    const header = (name) => new RegExp(`^${name}: (.*)$`, "mi").exec(head)?.[1]?.trim();
    return {
        id: header("X-Muster-Message"),
        messageId: header("Message-ID"),
        to: session.envelope.rcptTo[0].address,
        perhapsTwice: header("X-Muster-Perhaps-Twice") === "yes",
        exercise: header("X-Muster-Exercise") === "yes",
        link: /https?:\/\/\S+\/r\/\S+/.exec(text)?.[0],
        text,
        at: performance.now(),
    };
}
