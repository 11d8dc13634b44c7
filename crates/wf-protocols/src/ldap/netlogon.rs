//! What a domain controller answers to a ping over UDP (MS-ADTS 6.3.1.9 and 6.3.7).

use std::net::Ipv4Addr;
use wf_wire::{MessageWriter, Reader, Short};

/// Answers with names: of a logon, and one that knows the user not; the others have no names.
const WITH_NAMES: [u16; 2] = [23, 25];
/// Labels of a name, and jumps that its compression makes.
const LABELS_MAX: usize = 16;

/// What it says.
#[derive(Debug, Default)]
pub struct Netlogon {
    opcode: u16,
    flags: u32,
    pub forest: String,
    pub domain: String,
    pub host: String,
    pub netbios_domain: String,
    pub netbios_host: String,
    pub user: String,
    pub site: String,
    pub client_site: String,
    address: Option<Ipv4Addr>,
}

impl Netlogon {
    pub fn read(bytes: &[u8]) -> Result<Option<Self>, Short> {
        let mut r = Reader::new(bytes);
        let opcode = r.u16_le()?;
        if !WITH_NAMES.contains(&opcode) {
            return Ok(None);
        }
        r.skip(2)?;
        let flags = r.u32_le()?;
        r.skip(16)?;
        let mut said = Self { opcode, flags, ..Self::default() };
        said.forest = name(bytes, &mut r)?;
        said.domain = name(bytes, &mut r)?;
        said.host = name(bytes, &mut r)?;
        said.netbios_domain = name(bytes, &mut r)?;
        said.netbios_host = name(bytes, &mut r)?;
        said.user = name(bytes, &mut r)?;
        said.site = name(bytes, &mut r)?;
        said.client_site = name(bytes, &mut r)?;
        // Its address follows where it was asked for: size, family (2), port, IPv4.
        let mut ahead = r;
        if ahead.u8() == Ok(16) && ahead.u16_le() == Ok(2) && ahead.skip(2).is_ok() {
            said.address = ahead.array::<4>().ok().map(Ipv4Addr::from);
        }
        Ok(Some(said))
    }

    pub fn write(&self, m: &mut MessageWriter<'_>) {
        m.num("netlogon_type", self.opcode).show("netlogon_flags", format_args!("0x{:08x}", self.flags));
        let texts = [
            ("netlogon_forest", &self.forest),
            ("netlogon_domain", &self.domain),
            ("netlogon_hostname", &self.host),
            ("netlogon_nb_domain", &self.netbios_domain),
            ("netlogon_nb_hostname", &self.netbios_host),
            ("netlogon_user", &self.user),
            ("netlogon_site", &self.site),
            ("netlogon_client_site", &self.client_site),
        ];
        for (field, text) in texts.iter().filter(|(_, text)| !text.is_empty()) {
            m.text(field, text);
        }
        if let Some(address) = self.address {
            m.show("netlogon_address", address);
        }
    }
}

/// A name as in DNS (RFC 1035, 4.1.4), its jumps counted from the start of the answer.
fn name<'a>(whole: &'a [u8], r: &mut Reader<'a>) -> Result<String, Short> {
    let mut text = String::new();
    let mut jumped: Option<Reader<'a>> = None;
    for _ in 0..LABELS_MAX {
        let at = jumped.as_mut().unwrap_or(r);
        let len = at.u8()?;
        if len == 0 {
            break;
        }
        if len & 0xc0 == 0xc0 {
            let low = at.u8()?;
            let target = usize::from(u16::from_be_bytes([len & 0x3f, low]));
            jumped = Some(Reader::new(whole.get(target..).unwrap_or_default()));
            continue;
        }
        let label = at.take(usize::from(len))?;
        if !text.is_empty() {
            text.push('.');
        }
        text.push_str(&crate::hints::clean(label));
    }
    Ok(text)
}
