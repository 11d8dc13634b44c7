//! FTP's control connection (RFC 959, RFC 2228, RFC 3659): who logs in, which files go where, what is renamed and deleted.

mod line;
mod session;

#[cfg(test)]
mod tests;

use crate::tls;
use line::{Command, Reply};
use session::Session;
use wf_model::observation::Transport;
use wf_wire::decode::{Anomaly, AnomalyKind, Context, Decoder, Direction, Probe, ProtocolInfo, Sink, Step, Verdict, heavy};

/// Name in observations.
const NAME: &str = "ftp";
const PORT: u16 = 21;
/// Longest line that is read.
const LINE_MAX: usize = 4096;
/// So many lines in a row that are neither command nor reply and the flow is given up.
const DAMAGE_MAX: u32 = 8;

/// The registry's entry.
pub static INFO: ProtocolInfo = ProtocolInfo {
    name: NAME,
    title: "FTP",
    standard: "RFC 959, RFC 2228, RFC 2428, RFC 3659, RFC 4217",
    tcp: &[PORT],
    udp: &[],
    ethertypes: &[],
    industrial: false,
    encrypted: false,
    messages: &[NAME],
    anomalies: &[
        AnomalyKind { name: "ftp_long_line", meaning: "A line is longer than any command or reply." },
        AnomalyKind { name: "ftp_bad_command", meaning: "A client's line is no command." },
        AnomalyKind { name: "ftp_bad_reply", meaning: "A server's line has no reply code." },
        AnomalyKind { name: "ftp_bad_address", meaning: "The address of a data connection cannot be read." },
        AnomalyKind {
            name: "ftp_foreign_address",
            meaning: "A client has the server open a data connection to a third machine, as in a bounce scan.",
        },
        AnomalyKind { name: "ftp_unasked_reply", meaning: "A reply came to no command, on a connection seen from its start." },
    ],
    probe,
    new: || Box::new(Ftp::default()),
};

fn probe(p: &Probe<'_>) -> Verdict {
    if p.transport != Transport::Tcp {
        return Verdict::No;
    }
    let Some(end) = p.bytes.iter().take(LINE_MAX).position(|b| *b == b'\n') else {
        let perhaps = p.bytes.len() < LINE_MAX && (p.dst_port == PORT || line::may_greet(p.bytes));
        return if perhaps && line::is_text(p.bytes) { Verdict::More } else { Verdict::No };
    };
    let line = p.bytes.get(..end).unwrap_or_default();
    if p.src_port == PORT || (p.dst_port != PORT && line::may_greet(line)) {
        return match Reply::read(line) {
            // Mail servers greet with the same code.
            Some(reply) if reply.names_mail() => Verdict::No,
            Some(reply) if reply.code == 220 && reply.names_ftp() => Verdict::SureServer,
            Some(_) if p.src_port == PORT => Verdict::Likely,
            _ => Verdict::No,
        };
    }
    if p.dst_port == PORT && Command::read(line).is_some_and(|c| c.is_known()) { Verdict::Likely } else { Verdict::No }
}

#[derive(Default)]
struct Ftp {
    session: Session,
    /// The code of a reply of many lines that goes on, and lines of it so far.
    going_on: Option<u16>,
    /// The connection turned to TLS (RFC 4217, 4).
    inner: Option<Box<dyn Decoder>>,
    /// A line was understood.
    touched: bool,
    damage: u32,
}

impl Ftp {
    fn damaged(&mut self, ctx: &Context<'_>, line: &[u8], kind: &'static str, out: &mut dyn Sink) -> bool {
        self.damage += 1;
        if self.damage > DAMAGE_MAX || (!self.touched && ctx.from_start) {
            return false;
        }
        // What stands there may be part of a secret: only its length is said.
        out.anomaly(ctx, NAME, Anomaly { kind, detail: format!("{} bytes", line.len()).into() });
        true
    }

    fn command(&mut self, ctx: &Context<'_>, line: &[u8], out: &mut dyn Sink) -> bool {
        let Some(command) = Command::read(line) else { return self.damaged(ctx, line, "ftp_bad_command", out) };
        (self.damage, self.touched) = (0, true);
        self.session.command(ctx, &command, out);
        true
    }

    fn reply(&mut self, ctx: &Context<'_>, line: &[u8], out: &mut dyn Sink) -> bool {
        let reply = Reply::read(line);
        if let Some(code) = self.going_on {
            // RFC 959, 4.2: it ends with the same code and a blank.
            if reply.as_ref().is_some_and(|r| r.code == code && !r.goes_on) {
                self.going_on = None;
                self.session.last_line(ctx, out);
            }
            return true;
        }
        let Some(reply) = reply else { return self.damaged(ctx, line, "ftp_bad_reply", out) };
        (self.damage, self.touched) = (0, true);
        if self.session.reply(ctx, &reply, out) {
            self.inner = Some((tls::INFO.new)());
        }
        self.going_on = reply.goes_on.then_some(reply.code);
        if !reply.goes_on {
            self.session.last_line(ctx, out);
        }
        true
    }
}

impl Decoder for Ftp {
    fn stream(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> Step {
        if let Some(inner) = &mut self.inner {
            return match inner.stream(ctx, bytes, out) {
                Step::NotMine => Step::Done,
                step => step,
            };
        }
        let Some(end) = bytes.iter().take(LINE_MAX).position(|b| *b == b'\n') else {
            if bytes.len() < LINE_MAX {
                return Step::Need(bytes.len() + 1);
            }
            if !self.damaged(ctx, bytes, "ftp_long_line", out) {
                return Step::NotMine;
            }
            return Step::Resync;
        };
        let line = line::trimmed(bytes.get(..end).unwrap_or_default());
        let mine = match ctx.direction {
            _ if line.is_empty() => true,
            Direction::ToServer => self.command(ctx, line, out),
            Direction::ToClient => self.reply(ctx, line, out),
        };
        self.session.overdue(ctx, out);
        if mine { Step::Consumed(end + 1) } else { Step::NotMine }
    }

    fn gap(&mut self, direction: Direction, len: u64) {
        if let Some(inner) = &mut self.inner {
            inner.gap(direction, len);
        }
        self.session.lose();
        if direction == Direction::ToClient {
            self.going_on = None;
        }
    }

    fn resync(&mut self, direction: Direction, bytes: &[u8]) -> Option<usize> {
        if let Some(inner) = &mut self.inner {
            return inner.resync(direction, bytes);
        }
        bytes.iter().position(|b| *b == b'\n').map(|at| at + 1).filter(|at| *at < bytes.len())
    }

    fn finish(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        if let Some(inner) = &mut self.inner {
            inner.finish(ctx, out);
        }
        self.session.finish(ctx, out);
    }

    fn weight(&self) -> usize {
        heavy(self.inner.as_ref().map_or_else(|| self.session.weight(), |inner| inner.weight()))
    }

    fn renew(&mut self) -> Option<Box<dyn Decoder>> {
        Some(Box::new(Self { inner: self.inner.take(), touched: self.touched, ..Self::default() }))
    }
}
