//! Which protocol a flow speaks: asked of the probes, first those whose port it is. A port alone decides nothing, and a
//! wrong guess is taken back.

use wf_model::observation::Transport;
use wf_wire::decode::{Probe, ProtocolInfo, Verdict};

/// Protocols in one registry: their places fit a set of bits.
pub const PROTOCOLS_MAX: usize = 128;

/// What the probes say.
pub enum Answer {
    /// This protocol; and whether the bytes came from the client, where that is known.
    Found(&'static ProtocolInfo, Option<bool>),
    /// More bytes may tell.
    More,
    /// None of them.
    None,
}

/// Asks the probes about the first bytes of one direction. `refused` are protocols that have let go of this flow; `all`: more
/// will not come, so one that would wait for them on its own port has it.
pub fn ask(registry: &'static [&'static ProtocolInfo], probe: &Probe<'_>, refused: u128, all: bool) -> Answer {
    let ports = |info: &ProtocolInfo| match probe.transport {
        Transport::Tcp => info.tcp,
        Transport::Udp => info.udp,
        Transport::Ip | Transport::Link => &[],
    };
    let own = |info: &ProtocolInfo| ports(info).iter().any(|port| *port == probe.dst_port || *port == probe.src_port);
    let known = registry.iter().enumerate().take(PROTOCOLS_MAX);
    let owners = known.clone().filter(|(_, info)| own(info)).fold(0u128, |owners, (at, _)| owners | 1 << at);
    let mut more = false;
    for (by_port, asked) in [(true, owners & !refused), (false, !owners & !refused)] {
        if asked == 0 {
            continue;
        }
        for (at, info) in known.clone() {
            if asked & (1 << at) == 0 {
                continue;
            }
            match (info.probe)(probe) {
                Verdict::Sure => return Answer::Found(info, None),
                Verdict::SureClient => return Answer::Found(info, Some(true)),
                Verdict::SureServer => return Answer::Found(info, Some(false)),
                Verdict::Likely if by_port => return Answer::Found(info, None),
                Verdict::More if by_port && all => return Answer::Found(info, None),
                Verdict::More => more = true,
                Verdict::Likely | Verdict::No => {}
            }
        }
    }
    if more { Answer::More } else { Answer::None }
}
