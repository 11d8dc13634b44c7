//! DHCP options (RFC 2132 and those after it) with overload (RFC 2132, 9.3).

use crate::hints;
use std::net::Ipv4Addr;
use wf_model::Mac;
use wf_wire::{MessageWriter, Reader, Short};

/// The message type of an acknowledgement.
pub(super) const ACK: u8 = 5;
/// Options read of one message, addresses kept of one option, complaints kept.
const OPTIONS_MAX: usize = 256;
const ADDRESSES_MAX: usize = 16;
const DAMAGE_MAX: usize = 8;

/// The options, as far as they could be read. Of an option that occurs again, the first counts.
#[derive(Debug, Default)]
pub(super) struct Options<'a> {
    pub message_type: Option<u8>,
    pub host_name: Option<&'a [u8]>,
    pub domain_name: Option<&'a [u8]>,
    pub vendor_class: Option<&'a [u8]>,
    pub user_class: Option<&'a [u8]>,
    pub fqdn: Option<String>,
    pub requested: Option<Ipv4Addr>,
    pub server: Option<Ipv4Addr>,
    pub subnet_mask: Option<Ipv4Addr>,
    pub lease: Option<u32>,
    pub renewal: Option<u32>,
    pub rebinding: Option<u32>,
    pub parameters: Option<&'a [u8]>,
    pub client_id: Option<&'a [u8]>,
    pub client_mac: Option<Mac>,
    pub text: Option<&'a [u8]>,
    pub boot_file: Option<&'a [u8]>,
    pub tftp_server: Option<&'a [u8]>,
    pub routers: Vec<Ipv4Addr>,
    pub dns_servers: Vec<Ipv4Addr>,
    pub ntp_servers: Vec<Ipv4Addr>,
    pub max_size: Option<u16>,
    pub circuit_id: Option<&'a [u8]>,
    pub remote_id: Option<&'a [u8]>,
    /// Which fixed fields hold options too: 1 the boot file, 2 the server name.
    pub overload: u8,
    /// Codes in the order seen.
    pub codes: Vec<u8>,
    /// What was wrong: the anomaly's name and its detail.
    pub damage: Vec<(&'static str, String)>,
}

impl<'a> Options<'a> {
    /// Reads the options field, then the fixed fields that overload puts to use: file before server name.
    pub fn read(&mut self, field: &'a [u8], server_name: &'a [u8], boot_file: &'a [u8]) {
        self.read_field(field);
        if self.overload & 1 != 0 {
            self.read_field(boot_file);
        }
        if self.overload & 2 != 0 {
            self.read_field(server_name);
        }
    }

    fn read_field(&mut self, field: &'a [u8]) {
        let mut r = Reader::new(field);
        while let Ok(code) = r.u8() {
            match code {
                0 => continue,
                255 => return,
                _ if self.codes.len() >= OPTIONS_MAX => return,
                _ => {}
            }
            match r.u8().and_then(|len| r.sub(usize::from(len))) {
                Ok(value) => {
                    self.codes.push(code);
                    let len = value.left();
                    if self.option(code, value).is_err() {
                        self.complain("dhcp_bad_length", format!("option {code} of {len} bytes"));
                    }
                }
                Err(short) => return self.complain("dhcp_option_overrun", format!("option {code}: {short}")),
            }
        }
        self.complain("dhcp_no_end", format!("{} bytes of options", field.len()));
    }

    fn complain(&mut self, kind: &'static str, detail: String) {
        if self.damage.len() < DAMAGE_MAX {
            self.damage.push((kind, detail));
        }
    }

    fn option(&mut self, code: u8, mut r: Reader<'a>) -> Result<(), Short> {
        match code {
            1 => first(&mut self.subnet_mask, ip(&mut r)?),
            3 => addresses(&mut self.routers, r),
            6 => addresses(&mut self.dns_servers, r),
            12 => first(&mut self.host_name, r.take_rest()),
            15 => first(&mut self.domain_name, r.take_rest()),
            42 => addresses(&mut self.ntp_servers, r),
            50 => first(&mut self.requested, ip(&mut r)?),
            51 => first(&mut self.lease, r.u32()?),
            52 => self.overload |= r.u8()? & 3,
            53 => first(&mut self.message_type, r.u8()?),
            54 => first(&mut self.server, ip(&mut r)?),
            55 => first(&mut self.parameters, r.take_rest()),
            56 => first(&mut self.text, r.take_rest()),
            57 => first(&mut self.max_size, r.u16()?),
            58 => first(&mut self.renewal, r.u32()?),
            59 => first(&mut self.rebinding, r.u32()?),
            60 => first(&mut self.vendor_class, r.take_rest()),
            61 => self.client_id(r)?,
            66 => first(&mut self.tftp_server, r.take_rest()),
            67 => first(&mut self.boot_file, r.take_rest()),
            77 => first(&mut self.user_class, r.take_rest()),
            81 => self.fqdn(r)?,
            82 => self.relay_information(r)?,
            _ => {}
        }
        Ok(())
    }

    /// Client identifier (RFC 2132, 9.14): a hardware type, then the address or anything else.
    fn client_id(&mut self, mut r: Reader<'a>) -> Result<(), Short> {
        let whole = r.rest();
        if r.u8()? == 1 && r.left() == 6 {
            first(&mut self.client_mac, Mac(r.array()?));
        }
        first(&mut self.client_id, whole);
        Ok(())
    }

    /// Client FQDN (RFC 4702): flag E says that the name is in DNS wire form.
    fn fqdn(&mut self, mut r: Reader<'a>) -> Result<(), Short> {
        let flags = r.u8()?;
        r.skip(2)?;
        if flags & 4 == 0 {
            first(&mut self.fqdn, hints::clean(r.rest()).into_owned());
            return Ok(());
        }
        let mut name = String::new();
        while let Ok(len @ 1..=63) = r.u8() {
            if !name.is_empty() {
                name.push('.');
            }
            name.push_str(&hints::clean(r.take(usize::from(len))?));
        }
        first(&mut self.fqdn, name);
        Ok(())
    }

    /// Relay agent information (RFC 3046).
    fn relay_information(&mut self, mut r: Reader<'a>) -> Result<(), Short> {
        while let Ok(code) = r.u8() {
            let len = usize::from(r.u8()?);
            let value = r.take(len)?;
            match code {
                1 => first(&mut self.circuit_id, value),
                2 => first(&mut self.remote_id, value),
                _ => {}
            }
        }
        Ok(())
    }

    /// Writes what was read into a message.
    pub fn write(&self, m: &mut MessageWriter<'_>) {
        let texts = [
            ("host_name", self.host_name),
            ("domain_name", self.domain_name),
            ("vendor_class", self.vendor_class),
            ("user_class", self.user_class),
            ("error_text", self.text),
            ("tftp_server", self.tftp_server),
            ("boot_file_option", self.boot_file),
        ];
        for (name, text) in texts {
            if let Some(text) = text {
                m.text(name, &hints::up_to_nul(text));
            }
        }
        if let Some(fqdn) = &self.fqdn {
            m.text("client_fqdn", fqdn);
        }
        for (name, ip) in [("requested_ip", self.requested), ("server_id", self.server), ("subnet_mask", self.subnet_mask)] {
            if let Some(ip) = ip {
                m.show(name, ip);
            }
        }
        m.opt("lease_s", self.lease)
            .opt("renewal_s", self.renewal)
            .opt("rebinding_s", self.rebinding)
            .opt("max_size", self.max_size);
        for (name, ips) in [("routers", &self.routers), ("dns_servers", &self.dns_servers), ("ntp_servers", &self.ntp_servers)] {
            if !ips.is_empty() {
                m.texts(name, ips);
            }
        }
        for (name, bytes) in [("client_id", self.client_id), ("circuit_id", self.circuit_id), ("remote_id", self.remote_id)] {
            if let Some(bytes) = bytes {
                m.hex(name, bytes);
            }
        }
        if let Some(parameters) = self.parameters {
            m.nums("parameter_list", parameters.iter().copied());
        }
        m.nums("options", self.codes.iter().copied());
    }
}

fn first<T>(slot: &mut Option<T>, value: T) {
    if slot.is_none() {
        *slot = Some(value);
    }
}

fn ip(r: &mut Reader<'_>) -> Result<Ipv4Addr, Short> {
    r.array::<4>().map(Ipv4Addr::from)
}

fn addresses(list: &mut Vec<Ipv4Addr>, mut r: Reader<'_>) {
    while let Ok(ip) = ip(&mut r) {
        if list.len() >= ADDRESSES_MAX {
            return;
        }
        list.push(ip);
    }
}

/// Name of a message type (IANA bootp-dhcp-parameters).
pub(super) const fn type_name(kind: u8) -> Option<&'static str> {
    Some(match kind {
        1 => "discover",
        2 => "offer",
        3 => "request",
        4 => "decline",
        5 => "ack",
        6 => "nak",
        7 => "release",
        8 => "inform",
        9 => "forcerenew",
        10 => "leasequery",
        11 => "leaseunassigned",
        12 => "leaseunknown",
        13 => "leaseactive",
        14 => "bulkleasequery",
        15 => "leasequerydone",
        16 => "activeleasequery",
        17 => "leasequerystatus",
        18 => "tls",
        _ => return None,
    })
}
