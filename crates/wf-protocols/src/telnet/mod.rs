//! Telnet (RFC 854): options, terminals, banners, and who logs in with a readable password.

mod login;
mod pdu;

#[cfg(test)]
mod tests;

use crate::hints;
use login::Login;
use pdu::Unit;
use wf_model::observation::Transport;
use wf_wire::decode::{Anomaly, AnomalyKind, Context, Decoder, Direction, Probe, ProtocolInfo, Sink, Step, Verdict};

/// Name in observations.
const NAME: &str = "telnet";
const PORT: u16 = 23;
/// Text shown of one message, in bytes.
const TEXT_MAX: usize = 200;

/// The registry's entry.
pub static INFO: ProtocolInfo = ProtocolInfo {
    name: NAME,
    title: "Telnet",
    standard: "RFC 854, RFC 855, RFC 1091, RFC 1572",
    tcp: &[PORT],
    udp: &[],
    ethertypes: &[],
    industrial: false,
    encrypted: false,
    messages: &[NAME],
    anomalies: &[
        AnomalyKind { name: "telnet_bad_command", meaning: "What follows \"interpret as command\" is no command." },
        AnomalyKind {
            name: "telnet_long_subnegotiation",
            meaning: "A subnegotiation does not end within the length that is read.",
        },
        AnomalyKind {
            name: "telnet_login_bypass",
            meaning: "A user name begins with an option of the login program, as in attacks that skip the password.",
        },
    ],
    probe,
    new: || Box::new(Telnet::default()),
};

fn probe(p: &Probe<'_>) -> Verdict {
    if p.transport != Transport::Tcp {
        return Verdict::No;
    }
    let own = p.src_port == PORT || p.dst_port == PORT;
    match pdu::negotiations(p.bytes) {
        2.. if p.from_start || own => Verdict::Sure,
        1 if own => Verdict::Likely,
        _ if p.src_port == PORT && pdu::is_prose(p.bytes) => Verdict::Likely,
        _ => Verdict::No,
    }
}

#[derive(Default)]
struct Telnet {
    login: Login,
}

impl Decoder for Telnet {
    fn stream(&mut self, ctx: &Context<'_>, bytes: &[u8], out: &mut dyn Sink) -> Step {
        self.login.overdue(ctx, out);
        let Some((unit, len)) = Unit::read(bytes) else {
            if bytes.len() < pdu::SUBNEGOTIATION_MAX {
                return Step::Need(bytes.len() + 1);
            }
            let detail = format!("over {} bytes", pdu::SUBNEGOTIATION_MAX).into();
            out.anomaly(ctx, NAME, Anomaly { kind: "telnet_long_subnegotiation", detail });
            return Step::Resync;
        };
        // A secret is being typed, or repeated: how long it is is all that is said.
        let hidden = match unit {
            Unit::Data(data) => self.login.hides(ctx.direction, data),
            _ => false,
        };
        message(ctx, &unit, hidden, out);
        match unit {
            Unit::Data(data) => self.login.data(ctx, data, out),
            Unit::Subnegotiation { option: pdu::NEW_ENVIRON, body } => {
                if let Some(user) = pdu::environment_user(body) {
                    self.login.named(ctx, &hints::clean(user), out);
                }
            }
            Unit::Command(code) if code < pdu::LOWEST_COMMAND => {
                out.anomaly(ctx, NAME, Anomaly { kind: "telnet_bad_command", detail: code.to_string().into() });
            }
            _ => {}
        }
        Step::Consumed(len)
    }

    fn gap(&mut self, direction: Direction, _len: u64) {
        self.login.lose(direction);
    }

    fn finish(&mut self, ctx: &Context<'_>, out: &mut dyn Sink) {
        self.login.finish(ctx, out);
    }
}

fn message(ctx: &Context<'_>, unit: &Unit<'_>, hidden: bool, out: &mut dyn Sink) {
    let Some(mut m) = out.message(ctx, NAME) else { return };
    match *unit {
        Unit::Data(data) => {
            m.num("data_bytes", data.len() as u64);
            if ctx.direction == Direction::ToClient && !hidden {
                m.text("text", hints::bounded(&String::from_utf8_lossy(data), TEXT_MAX));
            }
        }
        Unit::Option { verb, option } => {
            m.text("command", pdu::verb(verb)).num("option", option).text("option_name", pdu::option(option));
        }
        Unit::Subnegotiation { option, body } => {
            m.text("command", "subnegotiation").num("option", option).text("option_name", pdu::option(option));
            match (option, body) {
                // RFC 1091, RFC 1079, RFC 1096: IS and a text.
                (24 | 32 | 35, [0, text @ ..]) => {
                    m.text("value", &hints::clean(text));
                }
                // RFC 1073: width and height.
                (31, &[w1, w0, h1, h0]) => {
                    m.num("width", u16::from_be_bytes([w1, w0])).num("height", u16::from_be_bytes([h1, h0]));
                }
                _ => {}
            }
        }
        Unit::Command(code) => {
            m.text("command", pdu::command(code));
        }
    }
}
