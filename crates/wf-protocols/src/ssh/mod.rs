//! SSH (RFC 4253) up to the identification strings: both sides' software. What follows is encrypted soon after.

#[cfg(test)]
mod tests;

use crate::hints;
use wf_model::Attribute;
use wf_model::observation::Transport;
use wf_wire::decode::{
    About, Anomaly, AnomalyKind, Context, Decoder, Direction, Evidence, Probe, ProtocolInfo, Sink, Step, Verdict,
};

/// The registry's entry.
pub static INFO: ProtocolInfo = ProtocolInfo {
    name: "ssh",
    title: "SSH",
    standard: "RFC 4253",
    tcp: &[22],
    udp: &[],
    ethertypes: &[],
    industrial: false,
    encrypted: true,
    messages: &["ssh"],
    anomalies: &[
        AnomalyKind { name: "ssh_long_identification", meaning: "The identification string is longer than 255 bytes." },
        AnomalyKind { name: "ssh_bad_identification", meaning: "The identification string lacks its version or software part." },
        AnomalyKind { name: "ssh_version_1", meaning: "A side offers nothing but protocol version 1, which is broken." },
    ],
    probe,
    new: || Box::new(Ssh::default()),
};

/// Longest identification string with its line end (RFC 4253, 4.2), and longest line that a server may send before.
const LINE_MAX: usize = 255;
const EARLIER_MAX: usize = 1024;
/// Lines that a server may send before its identification.
const EARLIER_LINES_MAX: u8 = 32;
/// Looks at a side that has identified itself while the other stays silent (one-sided capture).
const PATIENCE: u8 = 8;

fn probe(p: &Probe<'_>) -> Verdict {
    if p.transport != Transport::Tcp {
        return Verdict::No;
    }
    let head = p.bytes.get(..p.bytes.len().min(4)).unwrap_or_default();
    if !b"SSH-".starts_with(head) {
        return Verdict::No;
    }
    match p.bytes.get(4) {
        None => Verdict::More,
        Some(b'1' | b'2') if p.src_port == 22 && p.dst_port != 22 => Verdict::SureServer,
        Some(b'1' | b'2') if p.dst_port == 22 && p.src_port != 22 => Verdict::SureClient,
        Some(b'1' | b'2') => Verdict::Sure,
        Some(_) => Verdict::No,
    }
}

#[derive(Default)]
struct Ssh {
    sides: [Side; 2],
}

#[derive(Default)]
struct Side {
    identified: bool,
    earlier_lines: u8,
    looks: u8,
}

impl Ssh {
    fn side(&mut self, direction: Direction) -> &mut Side {
        let [client, server] = &mut self.sides;
        match direction {
            Direction::ToServer => client,
            Direction::ToClient => server,
        }
    }

    fn all_identified(&self) -> bool {
        self.sides.iter().all(|s| s.identified)
    }
}

impl Decoder for Ssh {
    fn stream(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> Step {
        let done = self.all_identified();
        let side = self.side(ctx.direction);
        if side.identified {
            side.looks += 1;
            let enough = done || side.looks >= PATIENCE;
            return if enough { Step::Done } else { Step::Consumed(bytes.len()) };
        }
        let ours = bytes.starts_with(b"SSH-");
        let limit = if ours { LINE_MAX } else { EARLIER_MAX };
        let Some(end) = bytes.iter().take(limit).position(|b| *b == b'\n') else {
            return match (bytes.len() >= limit, ours) {
                (false, _) => Step::Need(bytes.len() + 1),
                (true, true) => {
                    out.anomaly(
                        ctx,
                        "ssh",
                        Anomaly { kind: "ssh_long_identification", detail: format!("over {LINE_MAX} bytes").into() },
                    );
                    Step::Done
                }
                (true, false) => Step::NotMine,
            };
        };
        if ours {
            side.identified = true;
            let line = bytes.get(..end).unwrap_or_default();
            identification(ctx, line.strip_suffix(b"\r").unwrap_or(line), out);
        } else if ctx.direction == Direction::ToClient && side.earlier_lines < EARLIER_LINES_MAX {
            side.earlier_lines += 1;
        } else {
            return Step::NotMine;
        }
        Step::Consumed(end + 1)
    }

    fn gap(&mut self, direction: Direction, _len: u64) {
        // The identification is the first thing said: after a gap it will not come any more.
        self.side(direction).identified = true;
    }
}

fn identification(ctx: &Context<'_>, line: &[u8], out: &mut dyn Sink) {
    let text = String::from_utf8_lossy(line);
    let mut parts = text.splitn(3, '-').skip(1);
    let (version, software) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default().trim());
    if let Some(mut m) = out.message(ctx, "ssh") {
        m.text("banner", &text).text("version", version).text("software", software);
    }
    if version.is_empty() || software.is_empty() {
        out.anomaly(ctx, "ssh", Anomaly { kind: "ssh_bad_identification", detail: hints::bounded(&text, 80).to_owned().into() });
        return;
    }
    if version.starts_with("1.") && version != "1.99" {
        out.anomaly(ctx, "ssh", Anomaly { kind: "ssh_version_1", detail: version.to_owned().into() });
    }
    let mut say = |attribute, value: &str, confidence| {
        out.evidence(ctx, "ssh", Evidence { about: About::Sender, attribute, value, source: "banner", confidence });
    };
    say(Attribute::Software, hints::bounded(software, 120), 80);
    if let Some(os) = hints::os_in(software) {
        say(Attribute::Os, os, 70);
    }
    if software.starts_with("Cisco-") {
        say(Attribute::Vendor, "Cisco", 60);
    }
}
