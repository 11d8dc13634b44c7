//! NTLM messages (MS-NLMP 2.2.1), wherever a protocol carries them: who logs on, and what a server says of itself.

use crate::windows;
use wf_model::Attribute;
use wf_wire::decode::{About, Context, Evidence, Sink};
use wf_wire::{MessageWriter, Reader};

/// What every message begins with.
const SIGNATURE: &[u8; 8] = b"NTLMSSP\0";
/// Flags of MS-NLMP 2.2.2.5.
const UNICODE: u32 = 0x1;
const ANONYMOUS: u32 = 0x800;
const VERSION: u32 = 0x0200_0000;
/// Pairs of a target information that are read.
const PAIRS_MAX: usize = 16;

/// One message; fields that it lacks are empty.
#[derive(Clone, Copy)]
pub(crate) struct Ntlm<'a> {
    /// 1 negotiate, 2 challenge, 3 authenticate.
    pub kind: u32,
    flags: u32,
    domain: &'a [u8],
    user: &'a [u8],
    workstation: &'a [u8],
    target_info: &'a [u8],
    response_len: usize,
    version: Option<(u8, u8, u16)>,
}

/// A field by its descriptor: length, room, offset from the message's start.
fn field<'a>(whole: &'a [u8], r: &mut Reader<'a>) -> Option<&'a [u8]> {
    let (len, _, at) = (r.u16_le().ok()?, r.u16_le().ok()?, r.u32_le().ok()?);
    let at = usize::try_from(at).ok()?;
    Some(whole.get(at..at.checked_add(usize::from(len))?).unwrap_or_default())
}

impl<'a> Ntlm<'a> {
    /// Finds and reads the message in a token (bare, or within SPNEGO).
    pub fn find(token: &'a [u8]) -> Option<Self> {
        let at = token.windows(SIGNATURE.len()).position(|window| window == SIGNATURE)?;
        Self::read(token.get(at..)?)
    }

    fn read(whole: &'a [u8]) -> Option<Self> {
        let mut r = Reader::new(whole.get(SIGNATURE.len()..)?);
        let kind = r.u32_le().ok()?;
        let mut said =
            Self { kind, flags: 0, domain: &[], user: &[], workstation: &[], target_info: &[], response_len: 0, version: None };
        match kind {
            1 => {
                said.flags = r.u32_le().ok()?;
                if let (Some(domain), Some(workstation)) = (field(whole, &mut r), field(whole, &mut r)) {
                    (said.domain, said.workstation) = (domain, workstation);
                }
                // These two are always in the OEM character set.
                said.version = (said.flags & VERSION != 0).then(|| version(&mut r)).flatten();
                said.flags &= !UNICODE;
            }
            2 => {
                said.domain = field(whole, &mut r)?;
                said.flags = r.u32_le().ok()?;
                r.skip(16).ok()?;
                said.target_info = field(whole, &mut r).unwrap_or_default();
                said.version = (said.flags & VERSION != 0).then(|| version(&mut r)).flatten();
            }
            3 => {
                field(whole, &mut r)?;
                said.response_len = field(whole, &mut r)?.len();
                said.domain = field(whole, &mut r)?;
                said.user = field(whole, &mut r)?;
                said.workstation = field(whole, &mut r)?;
                field(whole, &mut r)?;
                said.flags = r.u32_le().ok()?;
                said.version = (said.flags & VERSION != 0).then(|| version(&mut r)).flatten();
            }
            _ => return None,
        }
        Some(said)
    }

    fn text(&self, bytes: &[u8]) -> String {
        windows::text(bytes, self.flags & UNICODE != 0)
    }

    /// Nobody logs on.
    pub fn is_anonymous(&self) -> bool {
        self.kind == 3 && (self.flags & ANONYMOUS != 0 || (self.user.is_empty() && self.response_len == 0))
    }

    /// `DOMAIN\user`, for an authenticate message.
    pub fn account(&self) -> Option<String> {
        if self.kind != 3 {
            return None;
        }
        if self.is_anonymous() {
            return Some("anonymous".to_owned());
        }
        let (domain, user) = (self.text(self.domain), self.text(self.user));
        Some(if domain.is_empty() { user } else { format!("{domain}\\{user}") })
    }

    /// The pairs of a challenge's target information (MS-NLMP 2.2.2.1): number and value.
    fn pairs(&self) -> impl Iterator<Item = (u16, &'a [u8])> {
        let mut r = Reader::new(self.target_info);
        std::iter::from_fn(move || {
            let (id, len) = (r.u16_le().ok()?, r.u16_le().ok()?);
            (id != 0).then(|| r.take(usize::from(len)).ok().map(|value| (id, value))).flatten()
        })
        .take(PAIRS_MAX)
    }

    /// Its fields, each name with `ntlm_` before it.
    pub fn write(&self, m: &mut MessageWriter<'_>) {
        let name = match self.kind {
            1 => "negotiate",
            2 => "challenge",
            _ => "authenticate",
        };
        m.text("ntlm", name);
        let texts = [("ntlm_user", self.user), ("ntlm_domain", self.domain), ("ntlm_workstation", self.workstation)];
        for (name, bytes) in texts.iter().filter(|(_, bytes)| !bytes.is_empty()) {
            m.text(name, &self.text(bytes));
        }
        for (id, value) in self.pairs() {
            if let Some(name) = pair_name(id) {
                m.text(name, &windows::utf16(value));
            }
        }
        if let Some((major, minor, build)) = self.version {
            m.show("ntlm_version", format_args!("{major}.{minor}.{build}"));
        }
        if self.kind == 3 {
            m.flag("ntlm_anonymous", self.is_anonymous());
            // A response of 24 bytes is version 1 (MS-NLMP 2.2.2.6), a longer one version 2.
            m.opt("ntlm_response", (self.response_len > 0).then_some(if self.response_len > 24 { 2u8 } else { 1 }));
        }
    }

    /// What it tells of its sender.
    pub fn evidence(&self, ctx: &Context<'_>, protocol: &'static str, out: &mut dyn Sink) {
        let mut say = |attribute, value: &str, confidence| {
            let value = value.trim();
            if !value.is_empty() {
                out.evidence(ctx, protocol, Evidence { about: About::Sender, attribute, value, source: "ntlm", confidence });
            }
        };
        if self.kind == 2 {
            for (id, value) in self.pairs() {
                match id {
                    1 => say(Attribute::Name, &windows::utf16(value), 80),
                    3 => say(Attribute::Name, &windows::utf16(value), 75),
                    _ => {}
                }
            }
        }
        // The workstation's name is the client's own word: tools write what they like.
        if self.kind != 2 && !self.is_anonymous() {
            let name = self.text(self.workstation);
            if name.len() > 1 {
                say(Attribute::Name, &name, 60);
            }
        }
        if let Some(system) = self.version.and_then(|(major, minor, build)| windows::system(major, minor, build)) {
            say(Attribute::Os, &system, if self.kind == 2 { 85 } else { 70 });
        }
    }
}

const fn pair_name(id: u16) -> Option<&'static str> {
    Some(match id {
        1 => "ntlm_computer",
        2 => "ntlm_computer_domain",
        3 => "ntlm_dns_computer",
        4 => "ntlm_dns_domain",
        5 => "ntlm_dns_tree",
        9 => "ntlm_target",
        _ => return None,
    })
}

/// Major, minor, build (MS-NLMP 2.2.2.10).
fn version(r: &mut Reader<'_>) -> Option<(u8, u8, u16)> {
    let (major, minor, build) = (r.u8().ok()?, r.u8().ok()?, r.u16_le().ok()?);
    (major != 0).then_some((major, minor, build))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// MS-NLMP 4.2.4.3: the specification's own challenge and authenticate messages.
    #[test]
    fn the_specification_s_example() {
        let challenge = crate::testing::hex(
            "4e544c4d53535000020000000c000c003800000033828ae20123456789abcdef00000000000000002400240044000000060070170000000f\
             53006500720076006500720002000c0044006f006d00610069006e0001000c0053006500720076006500720000000000",
        );
        let said = Ntlm::find(&challenge).unwrap();
        assert_eq!((said.kind, said.text(said.domain).as_str(), said.version), (2, "Server", Some((6, 0, 6000))));
        let pairs: Vec<_> = said.pairs().map(|(id, value)| (id, windows::utf16(value))).collect();
        assert_eq!(pairs, [(2, "Domain".to_owned()), (1, "Server".to_owned())]);
        let authenticate = crate::testing::hex(
            "4e544c4d5353500003000000180018006c00000018001800840000000c000c00480000000800080054000000100010005c000000\
             100010009c000000358280620501280a0000000f44006f006d00610069006e00550073006500720043004f004d0050005500540045005200\
             98def7b87f88aa5dafe2df779688a172def11c7d5ccdef1367c43011f30298a2ad35ece64f16331c44bdbed927841f94\
             518822b1b3f350c8958682ecbb3e3cb7",
        );
        let said = Ntlm::find(&authenticate).unwrap();
        assert_eq!(said.account().as_deref(), Some("Domain\\User"));
        assert_eq!(said.text(said.workstation), "COMPUTER");
        assert!(!said.is_anonymous());
    }

    #[test]
    fn anonymous_and_damaged() {
        let mut none = [b"NTLMSSP\0".as_slice(), &[3, 0, 0, 0], &[0; 48], &0x801u32.to_le_bytes()].concat();
        assert_eq!(Ntlm::find(&none).unwrap().account().as_deref(), Some("anonymous"));
        none.truncate(30);
        assert!(Ntlm::find(&none).is_none());
    }
}
