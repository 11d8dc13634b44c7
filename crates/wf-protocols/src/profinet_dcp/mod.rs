//! PROFINET DCP: who is there (identify, hello), what is it (get), and change of name, address and factory state (set).

mod blocks;
mod fields;
mod names;
mod operations;
#[cfg(test)]
mod tests;

use blocks::{Blocks, Header};
pub(crate) use names::vendor;
use operations::Session;
use std::borrow::Cow;
use wf_wire::decode::{AnomalyKind, Probe, ProtocolInfo, Verdict, heavy};
use wf_wire::{Anomaly, Context, Decoder, Reader, Sink};

/// Name in messages and observations.
const NAME: &str = "profinet_dcp";

/// The registry's entry.
pub static INFO: ProtocolInfo = ProtocolInfo {
    name: NAME,
    title: "PROFINET DCP",
    standard: "IEC 61158-6-10:2019 (PROFINET), clause 4.3",
    tcp: &[],
    udp: &[],
    ethertypes: &[0x8892],
    industrial: true,
    encrypted: false,
    messages: &[NAME],
    anomalies: ANOMALIES,
    probe,
    new: || Box::new(Dcp::default()),
};

const fn kind(name: &'static str, meaning: &'static str) -> AnomalyKind {
    AnomalyKind { name, meaning }
}

static ANOMALIES: &[AnomalyKind] = &[
    kind("truncated_header", "A frame ends within the DCP header."),
    kind("bad_length", "The header promises more octets of blocks than the frame has."),
    kind("truncated_block", "A block is longer than what is left of its frame."),
    kind("unknown_service", "A service or a service type that the standard does not have."),
    kind("service_mismatch", "A service under a frame identifier that is meant for another."),
    kind(
        "bad_station_name",
        "A name of station that breaks the naming rules (lower case letters, digits, hyphen and dot, 240 at most).",
    ),
    kind("response_without_request", "An answer whose transaction nobody opened."),
];

/// One segment.
#[derive(Default)]
struct Dcp {
    session: Session,
}

fn complain(ctx: &Context<'_>, out: &mut dyn Sink, kind: &'static str, detail: String) {
    out.anomaly(ctx, NAME, Anomaly { kind, detail: detail.into() });
}

impl Decoder for Dcp {
    fn datagram(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> bool {
        let mut reader = Reader::new(bytes);
        let frame_id = bytes.first_chunk().map_or(0, |id| u16::from_be_bytes(*id));
        if !(names::FRAME_HELLO..=names::FRAME_IDENTIFY_RESPONSE).contains(&frame_id) {
            return false;
        }
        let Ok(header) = Header::read(&mut reader) else {
            complain(ctx, out, "truncated_header", format!("{} octets", bytes.len()));
            return true;
        };
        let there = usize::from(header.length).min(reader.left());
        let body = reader.take(there).unwrap_or(&[]);
        if let Some(mut writer) = out.message(ctx, NAME) {
            fields::write(&mut writer, &header, body);
        }
        check(ctx, &header, body, out);
        self.session.frame(ctx, &header, body, out);
        true
    }

    fn finish(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        self.session.finish(ctx, out);
    }

    fn weight(&self) -> usize {
        heavy(self.session.weight())
    }
}

/// What is wrong with a frame.
fn check(ctx: &Context<'_>, header: &Header, body: &[u8], out: &mut dyn Sink) {
    if body.len() < usize::from(header.length) {
        complain(ctx, out, "bad_length", format!("{} promised, {} there", header.length, body.len()));
    }
    if !header.is_known() {
        complain(ctx, out, "unknown_service", format!("{} type {}", header.service_id, header.service_type));
    }
    let due = match header.frame_id {
        names::FRAME_HELLO => header.service_id == names::HELLO,
        names::FRAME_GET_SET => matches!(header.service_id, names::GET | names::SET),
        names::FRAME_IDENTIFY_REQUEST => header.service_id == names::IDENTIFY && header.service_type == 0,
        _ => header.service_id == names::IDENTIFY && header.service_type != 0,
    };
    if header.is_known() && !due {
        let (service, id) = (names::service(header.service_id), header.frame_id);
        complain(ctx, out, "service_mismatch", format!("{service} type {} under 0x{id:04x}", header.service_type));
    }
    let mut blocks = Blocks::new(header, body);
    let sets_name = header.service_id == names::SET && header.is_request();
    for block in blocks.by_ref() {
        if sets_name && (block.option, block.suboption) == (2, 2) && !is_station_name(block.value) {
            complain(ctx, out, "bad_station_name", text(block.value).into_owned());
        }
    }
    if blocks.broken {
        complain(ctx, out, "truncated_block", format!("{} octets of blocks", body.len()));
    }
}

/// Naming rules of IEC 61158-6-10 (after RFC 5890); the empty name takes a name away.
fn is_station_name(value: &[u8]) -> bool {
    let label =
        |label: &[u8]| !label.is_empty() && label.len() <= 63 && label.first() != Some(&b'-') && label.last() != Some(&b'-');
    let allowed = |octet: &u8| octet.is_ascii_lowercase() || octet.is_ascii_digit() || matches!(octet, b'-' | b'.');
    value.is_empty() || (value.len() <= 240 && value.iter().all(allowed) && value.split(|octet| *octet == b'.').all(label))
}

/// Roles that the flags name, with the product's word where there is one; the weightier first.
fn roles(flags: u8) -> impl Iterator<Item = (&'static str, Option<&'static str>)> {
    let all = [
        (2u8, "io_controller", Some("controller")),
        (8, "io_supervisor", Some("engineering_station")),
        (1, "io_device", Some("remote_io")),
        (4, "io_multidevice", Some("remote_io")),
    ];
    all.into_iter().filter(move |(flag, _, _)| flags & flag != 0).map(|(_, name, role)| (name, role))
}

/// Text as a device gives it: trimmed of blanks and NULs.
fn text(value: &[u8]) -> Cow<'_, str> {
    let blank = |c: char| c == '\0' || c.is_whitespace();
    match String::from_utf8_lossy(value) {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim_matches(blank)),
        Cow::Owned(text) => Cow::Owned(text.trim_matches(blank).to_owned()),
    }
}

fn probe(probe: &Probe<'_>) -> Verdict {
    match probe.bytes.first_chunk().map(|id| u16::from_be_bytes(*id)) {
        Some(names::FRAME_HELLO..=names::FRAME_IDENTIFY_RESPONSE) => Verdict::Sure,
        _ => Verdict::No,
    }
}
