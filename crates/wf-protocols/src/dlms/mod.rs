//! DLMS/COSEM of meters: associations, attributes read and written, methods, notifications, in HDLC frames or the wrapper.

mod access;
mod acse;
mod apdu;
mod cut;
mod data;
mod fields;
mod link;
mod names;
mod protected;
mod session;
mod short;
#[cfg(test)]
mod tests;

use apdu::{Apdu, Content};
use link::{Found, Frame, WRAPPER};
use names::tag;
use session::Session;
use wf_model::observation::Transport;
use wf_wire::decode::{AnomalyKind, Credential, Probe, ProtocolInfo, Verdict, heavy};
use wf_wire::{Anomaly, Context, Decoder, Direction, Sink, Step};

/// Name in messages and observations.
const NAME: &str = "dlms";
const PORTS: &[u16] = &[4059, 4060, 4061];
/// Bytes put together of one APDU.
const APDU_MAX: usize = 1 << 16;
/// So many damaged places in a row and the flow is given up.
const DAMAGE_MAX: u32 = 16;
/// What stands before an APDU in an HDLC frame: a request's, an answer's.
const LLC: [[u8; 3]; 2] = [[0xe6, 0xe6, 0], [0xe6, 0xe7, 0]];

/// The registry's entry.
pub static INFO: ProtocolInfo = ProtocolInfo {
    name: NAME,
    title: "DLMS/COSEM",
    standard: "IEC 62056-5-3, 6-1, 6-2 (application layer, names, objects), IEC 62056-46 (HDLC), IEC 62056-47 (wrapper)",
    tcp: PORTS,
    udp: PORTS,
    ethertypes: &[],
    industrial: true,
    encrypted: false,
    messages: &[NAME],
    anomalies: ANOMALIES,
    probe,
    new: || Box::new(Dlms::default()),
};

const fn kind(name: &'static str, meaning: &'static str) -> AnomalyKind {
    AnomalyKind { name, meaning }
}

static ANOMALIES: &[AnomalyKind] = &[
    kind("bad_frame", "Neither a flag nor a wrapper's header stands where a frame should begin, or a frame has no end."),
    kind("bad_check", "A check of an HDLC frame does not hold."),
    kind("unknown_apdu", "A tag that the standard does not assign."),
    kind("truncated_apdu", "An APDU ends before what it says, or is not laid out as its kind."),
    kind("apdu_too_long", "An APDU in pieces grew beyond what is put together."),
    kind("association_rejected", "A meter refused an association."),
    kind("response_without_request", "An answer whose request nobody sent."),
];

/// One flow.
#[derive(Default)]
struct Dlms {
    session: Session,
    /// Pieces of an APDU, by direction.
    pieces: [Vec<u8>; 2],
    /// Bytes went missing: a piece may be the middle of an APDU. By direction.
    lost: [bool; 2],
    good: bool,
    damage: u32,
}

fn raise(ctx: &Context<'_>, out: &mut dyn Sink, kind: &'static str, detail: String) {
    out.anomaly(ctx, NAME, Anomaly { kind, detail: detail.into() });
}

/// A piece without what stands before an APDU.
fn without_llc(data: &[u8]) -> &[u8] {
    LLC.iter().find_map(|llc| data.strip_prefix(llc)).unwrap_or(data)
}

impl Dlms {
    fn frame(&mut self, ctx: &Context<'_>, frame: &Frame<'_>, out: &mut dyn Sink) {
        (self.good, self.damage) = (true, 0);
        // Set-up and acknowledgements carry parameters of the link alone.
        let carries = frame.control.is_none_or(|control| matches!(Frame::kind(control), "i" | "ui"));
        let way = ctx.direction.index();
        let (Some(pieces), Some(lost)) = (self.pieces.get_mut(way), self.lost.get_mut(way)) else { return };
        let begins = pieces.is_empty();
        // What stands before an APDU begins it beyond doubt (IEC 62056-46, 6.2).
        *lost &= !LLC.iter().any(|llc| frame.data.starts_with(llc));
        let carries = carries && !(*lost && frame.control.is_some());
        let data = if frame.control.is_some() && begins { without_llc(frame.data) } else { frame.data };
        let whole = carries && !frame.more && !data.is_empty() && frame.checked;
        let apdu = if begins || !whole {
            std::borrow::Cow::Borrowed(data)
        } else {
            pieces.extend_from_slice(data);
            std::borrow::Cow::Owned(std::mem::take(pieces))
        };
        if carries && frame.more && frame.checked {
            pieces.extend_from_slice(data);
            if pieces.len() > APDU_MAX {
                pieces.clear();
                raise(ctx, out, "apdu_too_long", format!("more than {APDU_MAX} bytes"));
            }
        }
        let ends = session::Ends::of(ctx, frame);
        let mut apdu = if whole { Apdu::read(&apdu) } else { None };
        let secrets = apdu.as_mut().map(|apdu| self.session.hide(ends, apdu)).unwrap_or_default();
        if let Some(mut m) = out.message(ctx, NAME) {
            fields::write_frame(&mut m, frame);
            if let Some(apdu) = &apdu {
                fields::write_apdu(&mut m, apdu);
            }
        }
        if !frame.checked {
            raise(ctx, out, "bad_check", Frame::kind(frame.control.unwrap_or(0)).to_owned());
        } else if let Some(apdu) = &apdu {
            faults(ctx, apdu, out);
            for (scheme, secret) in secrets {
                out.credential(ctx, NAME, Credential { scheme, user: None, secret });
            }
            self.session.apdu(ctx, ends, apdu, out);
        }
        self.session.expire(ctx, out);
    }
}

impl Dlms {
    /// A frame whose end the capture left out: its secrets are told as far as they are there.
    fn frame_cut(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> Option<usize> {
        let frame = Frame::cut(bytes).filter(|_| self.good)?;
        let mut whole = self.pieces.get(ctx.direction.index()).cloned().unwrap_or_default();
        let data = if frame.control.is_some() && whole.is_empty() { without_llc(frame.data) } else { frame.data };
        // Pieces before this one say what it is about.
        let apdu = if whole.is_empty() {
            data
        } else {
            whole.extend_from_slice(data);
            &whole
        };
        if let Some(mut m) = out.message(ctx, NAME) {
            fields::write_frame(&mut m, &frame);
            if let Some(code) = apdu.first() {
                m.num("tag", *code).text("name", names::apdu(*code).map_or("unknown_apdu", |(name, _)| name)).flag("cut", true);
            }
        }
        for (scheme, secret) in self.session.hide_cut(session::Ends::of(ctx, &frame), apdu) {
            // What came in earlier packets is theirs.
            let secret = secret.get(secret.len().saturating_sub(data.len())..).unwrap_or(secret);
            out.credential(ctx, NAME, Credential { scheme, user: None, secret });
        }
        Some(frame.len)
    }
}

/// What is wrong with an APDU by itself.
fn faults(ctx: &Context<'_>, apdu: &Apdu<'_>, out: &mut dyn Sink) {
    let Some((name, _)) = names::apdu(apdu.code) else {
        return raise(ctx, out, "unknown_apdu", format!("0x{:02x}", apdu.code));
    };
    match &apdu.content {
        Content::Damaged => raise(ctx, out, "truncated_apdu", name.to_owned()),
        Content::Association(association) if apdu.code == tag::AARE && association.result != Some(0) => {
            let why = association.outcome().trim_start_matches("error: ").to_owned();
            raise(ctx, out, "association_rejected", why);
        }
        _ => {}
    }
}

impl Decoder for Dlms {
    fn stream(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> Step {
        match Frame::read(bytes) {
            Found::Frame(frame) if self.good || frame.checked && is_plausible(&frame) => {
                self.frame(ctx, &frame, out);
                Step::Consumed(frame.len)
            }
            Found::Need(count) => Step::Need(count),
            Found::Idle => Step::Consumed(1),
            Found::Frame(_) | Found::No if !self.good => Step::NotMine,
            Found::Frame(_) | Found::No => {
                self.damage += 1;
                raise(ctx, out, "bad_frame", format!("{} bytes", bytes.len()));
                if self.damage > DAMAGE_MAX { Step::Done } else { Step::Resync }
            }
        }
    }

    fn datagram(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> bool {
        let mut rest = bytes;
        let mut mine = false;
        while let Found::Frame(frame) = Frame::read(rest) {
            if !(self.good || frame.checked && is_plausible(&frame)) {
                break;
            }
            mine = true;
            self.frame(ctx, &frame, out);
            rest = rest.get(frame.len..).unwrap_or(&[]);
        }
        if self.good && !mine {
            self.frame_cut(ctx, rest, out);
            self.damage += 1;
            raise(ctx, out, "bad_frame", format!("{} bytes", bytes.len()));
        }
        mine || self.good && self.damage <= DAMAGE_MAX
    }

    fn cut(&mut self, ctx: &Context<'_>, bytes: &[u8], _: usize, out: &mut dyn Sink) -> Option<usize> {
        self.frame_cut(ctx, bytes, out)
    }

    fn gap(&mut self, direction: Direction, _: u64) {
        self.pieces.get_mut(direction.index()).into_iter().for_each(Vec::clear);
        self.lost.get_mut(direction.index()).into_iter().for_each(|lost| *lost = true);
        self.session.gap();
    }

    fn resync(&mut self, _: Direction, bytes: &[u8]) -> Option<usize> {
        (0..bytes.len()).find(|at| {
            let found = bytes.get(*at..).map_or(Found::No, Frame::read);
            matches!(found, Found::Frame(frame) if frame.checked && is_plausible(&frame))
        })
    }

    fn finish(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        self.session.finish(ctx, out);
    }

    fn weight(&self) -> usize {
        heavy(self.session.weight() + self.pieces.iter().map(Vec::capacity).sum::<usize>())
    }
}

/// What the client sends and what the server does, by the frame or the APDU in it; `None`: either.
fn sent_by_client(frame: &Frame<'_>) -> Option<bool> {
    match frame.control.map(Frame::kind) {
        Some("snrm" | "disc") => return Some(true),
        Some("ua" | "dm" | "frmr") => return Some(false),
        _ => {}
    }
    let by_llc = LLC.iter().position(|llc| frame.data.starts_with(llc)).map(|at| at == 0);
    by_llc.or_else(|| names::apdu(*without_llc(frame.data).first()?)?.1)
}

/// A frame that hardly anything else looks like; in the wrapper by its APDU.
fn is_plausible(frame: &Frame<'_>) -> bool {
    match frame.control {
        Some(control) => Frame::kind(control) != "unknown",
        None => {
            let near = frame.source < 0x1000 && frame.destination < 0x1000;
            near && Apdu::read(frame.data).is_some_and(|apdu| names::apdu(apdu.code).is_some() && apdu.is_whole())
        }
    }
}

fn probe(probe: &Probe<'_>) -> Verdict {
    let is_tcp = probe.transport == Transport::Tcp;
    let [from, to] = [probe.src_port, probe.dst_port].map(|port| PORTS.contains(&port));
    let frame = match Frame::read(probe.bytes) {
        Found::Frame(frame) => frame,
        Found::Need(_) if is_tcp && (from || to || probe.bytes.first() == Some(&0x7e)) => return Verdict::More,
        _ => return Verdict::No,
    };
    let fits = frame.len == probe.bytes.len() || is_tcp || frame.control.is_some();
    if !frame.checked || !fits || !is_plausible(&frame) {
        return Verdict::No;
    }
    let associates = matches!(frame.data.first(), Some(&(tag::AARQ | tag::AARE)));
    if frame.control.is_none() && !(from || to) && !(associates && frame.len == probe.bytes.len() && frame.len > WRAPPER + 16) {
        return Verdict::No;
    }
    match (sent_by_client(&frame), to, from) {
        (Some(true), ..) => Verdict::SureClient,
        (Some(false), ..) => Verdict::SureServer,
        (None, true, false) => Verdict::SureClient,
        (None, false, true) => Verdict::SureServer,
        _ => Verdict::Sure,
    }
}
