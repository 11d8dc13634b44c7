//! SMB 1, 2 and 3 over TCP and over NetBIOS sessions: who logs on where, which shares and files are used and how, and the
//! remote procedure calls in named pipes.

mod fields1;
mod fields2;
mod files;
mod login;
mod names;

mod netbios;
mod session1;
mod session2;
mod smb1;
mod smb2;
#[cfg(test)]
mod tests;

use crate::dcerpc;
pub(crate) use names::is_program;
use netbios::Frame;
use wf_model::observation::Transport;
use wf_wire::decode::{AnomalyKind, Probe, ProtocolInfo, Verdict, heavy};
use wf_wire::{Anomaly, Context, Decoder, Direction, Reader, Sink, Step};

/// Name in observations.
const NAME: &str = "smb";
/// Names of messages.
const SMB1: &str = "smb1";
const SMB2: &str = "smb2";
/// An encrypted or compressed message's header.
const TRANSFORM: &str = "smb2_transform";
/// What the session service says without a message.
const SESSION: &str = "netbios_session";
const PORTS: &[u16] = &[445, 139];
/// Bytes looked at of one message; of what moves a file's contents, and of lists.
const LOOK_MAX: usize = 1 << 16;
const MOVED_MAX: usize = 8192;
const HEAD_MAX: usize = 160;
/// So many damaged places in a row and the flow is given up.
const DAMAGE_MAX: u32 = 32;

/// The registry's entry.
pub static INFO: ProtocolInfo = ProtocolInfo {
    name: NAME,
    title: "SMB",
    standard: "MS-SMB2, MS-CIFS, MS-SMB, MS-FSCC, MS-NLMP; RFC 1001 and 1002 (session service), RFC 4178, RFC 4120",
    tcp: PORTS,
    udp: &[],
    ethertypes: &[],
    industrial: false,
    encrypted: false,
    messages: &[SMB2, SMB1, TRANSFORM, SESSION, dcerpc::NAME],
    anomalies: ANOMALIES,
    probe,
    new: || Box::new(Smb::default()),
};

const fn kind(name: &'static str, meaning: &'static str) -> AnomalyKind {
    AnomalyKind { name, meaning }
}

static ANOMALIES: &[AnomalyKind] = &[
    kind("bad_header", "Where a message should begin, something else does."),
    kind("bad_structure", "A header's structure size is not 64."),
    kind("bad_chain", "The next message of a chain begins outside of what was announced, or within the one before."),
    kind("response_without_request", "An answer whose request nobody sent."),
    kind("smb1_in_use", "Version 1 is spoken, which is obsolete and has been exploited by worms."),
    kind("smb1_session_setup_transaction", "A subcommand of version 1 that no client uses, but a known backdoor does."),
    dcerpc::BAD_HEADER,
];

/// One connection.
#[derive(Default)]
struct Smb {
    two: session2::Session,
    one: session1::Session,
    /// Bytes left of the message at hand, each way.
    left: [usize; 2],
    good: bool,
    damage: u32,
}

fn raise(ctx: &Context<'_>, out: &mut dyn Sink, kind: &'static str, detail: String) {
    out.anomaly(ctx, NAME, Anomaly { kind, detail: detail.into() });
}

/// What a message begins with.
fn is_magic(bytes: &[u8]) -> bool {
    matches!(bytes, [0xfc..=0xff, b'S', b'M', b'B', ..])
}

/// How much of a message of version 2 is wanted.
fn wanted2(head: &smb2::Head, len: usize) -> usize {
    match (head.command, head.is_answer()) {
        (smb2::WRITE, false) | (smb2::READ, true) if len > MOVED_MAX => HEAD_MAX,
        (smb2::QUERY_DIRECTORY | smb2::QUERY_INFO | smb2::CHANGE_NOTIFY, true) => len.min(HEAD_MAX),
        _ => len.min(LOOK_MAX),
    }
}

impl Smb {
    fn left(&mut self, direction: Direction) -> &mut usize {
        let [client, server] = &mut self.left;
        match direction {
            Direction::ToServer => client,
            Direction::ToClient => server,
        }
    }

    fn damaged(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> Step {
        *self.left(ctx.direction) = 0;
        if !self.good {
            // Picked up in the middle of a file: a header will come.
            self.damage += 1;
            return if ctx.from_start || self.damage > DAMAGE_MAX { Step::NotMine } else { Step::Resync };
        }
        if self.damage == 0 {
            raise(ctx, out, "bad_header", bytes.iter().take(8).map(|byte| format!("{byte:02x}")).collect());
        }
        self.damage += 1;
        if self.damage > DAMAGE_MAX { Step::Done } else { Step::Resync }
    }

    /// One message of `len` bytes that begins `skip` bytes in.
    fn message(&mut self, ctx: &Context<'_>, bytes: &[u8], skip: usize, len: usize, out: &mut dyn Sink) -> Step {
        let have = bytes.get(skip..).unwrap_or_default();
        let Some([version, ..]) = have.first_chunk::<4>() else { return Step::Need(skip + 4) };
        if !is_magic(have) {
            return self.damaged(ctx, bytes, out);
        }
        let header = match version {
            0xfe => smb2::HEADER,
            0xff => smb1::HEADER,
            0xfd => 52,
            _ => 16,
        };
        if len < header {
            return self.damaged(ctx, bytes, out);
        }
        if have.len() < header {
            return Step::Need(skip + header);
        }
        let step = match version {
            0xfe => self.version2(ctx, have, len, out),
            0xff => self.version1(ctx, have, len, out),
            _ => {
                if let Some(mut m) = out.message(ctx, TRANSFORM) {
                    transform(&mut m, have);
                }
                Ok(len)
            }
        };
        match step {
            Ok(taken) => {
                (self.good, self.damage) = (true, 0);
                *self.left(ctx.direction) = len - taken;
                Step::Consumed(skip + taken)
            }
            Err(need) => Step::Need(skip + need),
        }
    }

    /// How many bytes were dealt with, or how many are needed.
    fn version2(&mut self, ctx: &Context<'_>, have: &[u8], len: usize, out: &mut dyn Sink) -> Result<usize, usize> {
        let Some(head) = smb2::Head::read(have) else { return Err(smb2::HEADER) };
        let next = usize::try_from(head.next).unwrap_or(usize::MAX);
        let sound = next == 0 || (smb2::HEADER..len).contains(&next);
        let own = if sound && next > 0 { next } else { len };
        let wanted = wanted2(&head, own);
        let Some(whole) = have.get(..wanted) else { return Err(wanted) };
        if !sound {
            raise(ctx, out, "bad_chain", format!("at {next} of {len} bytes"));
        }
        if usize::from(head.structure) != smb2::HEADER {
            raise(ctx, out, "bad_structure", head.structure.to_string());
        }
        if let Some(mut m) = out.message(ctx, SMB2) {
            fields2::write(&mut m, &head, whole, &self.two);
        }
        if head.is_answer() {
            self.two.response(ctx, &head, whole, out);
        } else {
            self.two.request(ctx, &head, whole, out);
        }
        Ok(own)
    }

    fn version1(&mut self, ctx: &Context<'_>, have: &[u8], len: usize, out: &mut dyn Sink) -> Result<usize, usize> {
        let moves =
            matches!((have.get(4), have.get(9)), (Some(&smb1::WRITE), Some(0..=0x7f)) | (Some(&smb1::READ), Some(0x80..)));
        let wanted = if moves && len > MOVED_MAX { HEAD_MAX } else { len.min(LOOK_MAX) };
        let Some(whole) = have.get(..wanted) else { return Err(wanted) };
        let Some(message) = smb1::Message::read(whole) else { return Ok(len) };
        if let Some(mut m) = out.message(ctx, SMB1) {
            fields1::write(&mut m, &message, &self.one);
        }
        if message.is_answer() {
            self.one.response(ctx, &message, out);
        } else {
            self.one.request(ctx, &message, whole, out);
        }
        Ok(len)
    }
}

/// An encrypted message (MS-SMB2 2.2.41) or a compressed one (2.2.42).
fn transform(m: &mut wf_wire::MessageWriter<'_>, bytes: &[u8]) {
    let mut r = Reader::new(bytes);
    if r.u8().is_ok_and(|version| version == 0xfd) {
        m.text("kind", "encrypted");
        if r.skip(35).is_ok() {
            m.opt("original_size", r.u32_le().ok());
        }
        if let (Ok(()), Ok(session)) = (r.skip(4), r.u64_le()) {
            m.show("session_id", format_args!("0x{session:016x}"));
        }
        return;
    }
    m.text("kind", "compressed");
    if r.skip(3).is_ok() {
        m.opt("original_size", r.u32_le().ok()).opt("algorithm", r.u16_le().ok());
    }
}

impl Decoder for Smb {
    fn stream(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> Step {
        let left = *self.left(ctx.direction);
        if left > 0 {
            // Padding behind the last message of a chain, or a chain that ends too early.
            if bytes.len() < left.min(4) {
                return Step::Need(left.min(4));
            }
            if left >= smb1::HEADER && is_magic(bytes) {
                return self.message(ctx, bytes, 0, left, out);
            }
            *self.left(ctx.direction) = 0;
            return Step::Consumed(left);
        }
        if bytes.len() < netbios::HEADER {
            return Step::Need(netbios::HEADER);
        }
        let Some(frame) = Frame::read(bytes) else { return self.damaged(ctx, bytes, out) };
        if frame.kind == netbios::MESSAGE && frame.len > 0 {
            return self.message(ctx, bytes, netbios::HEADER, frame.len, out);
        }
        let whole = netbios::HEADER + frame.len;
        let Some(body) = bytes.get(netbios::HEADER..whole) else { return Step::Need(whole) };
        if !self.good && frame.is_request() && netbios::names(body).is_none() {
            return Step::NotMine;
        }
        (self.good, self.damage) = (true, 0);
        netbios::told(ctx, frame, body, out);
        Step::Consumed(whole)
    }

    fn cut(&mut self, ctx: &Context<'_>, bytes: &[u8], _: usize, out: &mut dyn Sink) -> Option<usize> {
        let left = *self.left(ctx.direction);
        let (skip, len) = if left > 0 { (0, left) } else { (netbios::HEADER, Frame::read(bytes)?.len) };
        let have = bytes.get(skip..).unwrap_or_default();
        if have.first() == Some(&0xff)
            && is_magic(have)
            && let Some(message) = smb1::Message::read(have)
        {
            if let Some(mut m) = out.message(ctx, SMB1) {
                fields1::write(&mut m, &message, &self.one);
            }
            message.chain().for_each(|next| self.one.secrets(ctx, &next, out));
        }
        if have.first() == Some(&0xfe)
            && is_magic(have)
            && let Some(mut m) = out.message(ctx, SMB2)
        {
            match smb2::Head::read(have) {
                Some(head) => fields2::write(&mut m, &head, have, &self.two),
                None => fields2::front(&mut m, have),
            }
        }
        Some(skip + len)
    }

    fn gap(&mut self, direction: Direction, _: u64) {
        *self.left(direction) = 0;
        self.two.gap();
        self.one.gap();
    }

    fn resync(&mut self, _: Direction, bytes: &[u8]) -> Option<usize> {
        bytes.windows(8).position(|window| window.first() == Some(&0) && window.get(4..).is_some_and(is_magic))
    }

    fn finish(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        self.two.finish(ctx, out);
        self.one.finish(ctx, out);
    }

    fn weight(&self) -> usize {
        heavy(self.one.weight() + self.two.weight())
    }

    fn renew(&mut self) -> Option<Box<dyn Decoder>> {
        Some(Box::new(Self { one: self.one.going_on(), good: self.good, ..Self::default() }))
    }
}

fn probe(probe: &Probe<'_>) -> Verdict {
    if probe.transport != Transport::Tcp {
        return Verdict::No;
    }
    let bytes = probe.bytes;
    let by_port = PORTS.contains(&probe.src_port) || PORTS.contains(&probe.dst_port);
    // Picked up in the middle of a file: a header will follow.
    let otherwise = if by_port && !probe.from_start { Verdict::Likely } else { Verdict::No };
    let magic = bytes.get(netbios::HEADER..).unwrap_or_default();
    match bytes {
        [] => Verdict::More,
        [0, ..] if magic.len() < 4 => {
            let begins =
                magic.first().is_none_or(|first| *first >= 0xfc) && b"SMB".starts_with(magic.get(1..).unwrap_or_default());
            if begins { Verdict::More } else { otherwise }
        }
        [0, ..] if is_magic(magic) => {
            let answer = match magic.first() {
                Some(0xfe) => magic.get(16).map(|flags| flags & 1 != 0),
                Some(0xff) => magic.get(9).map(|flags| flags & 0x80 != 0),
                _ => return Verdict::Sure,
            };
            match answer {
                None => Verdict::More,
                Some(false) => Verdict::SureClient,
                Some(true) => Verdict::SureServer,
            }
        }
        [0x81, ..] => match Frame::read(bytes) {
            None if bytes.len() < netbios::HEADER => Verdict::More,
            Some(frame) if bytes.len() < netbios::HEADER + frame.len => Verdict::More,
            Some(_) if netbios::names(bytes.get(netbios::HEADER..).unwrap_or_default()).is_some() => Verdict::SureClient,
            _ => otherwise,
        },
        [0x82 | 0x85, 0, 0, 0, ..] if by_port => Verdict::Likely,
        _ => otherwise,
    }
}
