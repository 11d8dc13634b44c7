//! Names of well-known objects, vendors by their enterprise number, and object identifiers put into words late.

use crate::ber::{self, Arcs};
use ahash::RandomState;
use std::fmt::{self, Write};
use wf_wire::{Coded, Target};

/// Octets of the identifiers that the decoder itself looks at.
pub mod oid {
    /// `system`: 1.3.6.1.2.1.1.
    pub const SYSTEM: &[u8] = &[0x2b, 6, 1, 2, 1, 1];
    /// `entPhysicalEntry`: 1.3.6.1.2.1.47.1.1.1.1.
    pub const PHYSICAL: &[u8] = &[0x2b, 6, 1, 2, 1, 47, 1, 1, 1, 1];
    /// `ifPhysAddress`: 1.3.6.1.2.1.2.2.1.6.
    pub const INTERFACE_MAC: &[u8] = &[0x2b, 6, 1, 2, 1, 2, 2, 1, 6];
    /// `ipAdEntAddr`: 1.3.6.1.2.1.4.20.1.1.
    pub const OWN_ADDRESS: &[u8] = &[0x2b, 6, 1, 2, 1, 4, 20, 1, 1];
    /// `upsIdent`: 1.3.6.1.2.1.33.1.1.
    pub const UPS: &[u8] = &[0x2b, 6, 1, 2, 1, 33, 1, 1];
    /// `prtGeneralEntry`: 1.3.6.1.2.1.43.5.1.1.
    pub const PRINTER: &[u8] = &[0x2b, 6, 1, 2, 1, 43, 5, 1, 1];
    /// `enterprises`: 1.3.6.1.4.1.
    pub const ENTERPRISES: &[u8] = &[0x2b, 6, 1, 4, 1];
    /// `usmStats`: 1.3.6.1.6.3.15.1.1.
    pub const USM_STATS: &[u8] = &[0x2b, 6, 1, 6, 3, 15, 1, 1];
    /// `snmpTrapOID.0`: 1.3.6.1.6.3.1.1.4.1.0.
    pub const TRAP: &[u8] = &[0x2b, 6, 1, 6, 3, 1, 1, 4, 1, 0];
}

/// Objects by the numbers of their identifiers, the longer behind the shorter.
const OBJECTS: &[(&str, &str)] = &[
    ("1.3.6.1.2.1.1.1", "sysDescr"),
    ("1.3.6.1.2.1.1.2", "sysObjectID"),
    ("1.3.6.1.2.1.1.3", "sysUpTime"),
    ("1.3.6.1.2.1.1.4", "sysContact"),
    ("1.3.6.1.2.1.1.5", "sysName"),
    ("1.3.6.1.2.1.1.6", "sysLocation"),
    ("1.3.6.1.2.1.1.7", "sysServices"),
    ("1.3.6.1.2.1.2.1", "ifNumber"),
    ("1.3.6.1.2.1.2.2.1.1", "ifIndex"),
    ("1.3.6.1.2.1.2.2.1.2", "ifDescr"),
    ("1.3.6.1.2.1.2.2.1.3", "ifType"),
    ("1.3.6.1.2.1.2.2.1.4", "ifMtu"),
    ("1.3.6.1.2.1.2.2.1.5", "ifSpeed"),
    ("1.3.6.1.2.1.2.2.1.6", "ifPhysAddress"),
    ("1.3.6.1.2.1.2.2.1.7", "ifAdminStatus"),
    ("1.3.6.1.2.1.2.2.1.8", "ifOperStatus"),
    ("1.3.6.1.2.1.2.2.1.9", "ifLastChange"),
    ("1.3.6.1.2.1.2.2.1.10", "ifInOctets"),
    ("1.3.6.1.2.1.2.2.1.11", "ifInUcastPkts"),
    ("1.3.6.1.2.1.2.2.1.12", "ifInNUcastPkts"),
    ("1.3.6.1.2.1.2.2.1.13", "ifInDiscards"),
    ("1.3.6.1.2.1.2.2.1.14", "ifInErrors"),
    ("1.3.6.1.2.1.2.2.1.16", "ifOutOctets"),
    ("1.3.6.1.2.1.2.2.1.17", "ifOutUcastPkts"),
    ("1.3.6.1.2.1.2.2.1.19", "ifOutDiscards"),
    ("1.3.6.1.2.1.2.2.1.20", "ifOutErrors"),
    ("1.3.6.1.2.1.4.1", "ipForwarding"),
    ("1.3.6.1.2.1.4.20.1.1", "ipAdEntAddr"),
    ("1.3.6.1.2.1.4.20.1.2", "ipAdEntIfIndex"),
    ("1.3.6.1.2.1.4.20.1.3", "ipAdEntNetMask"),
    ("1.3.6.1.2.1.4.21.1", "ipRouteEntry"),
    ("1.3.6.1.2.1.4.22.1.2", "ipNetToMediaPhysAddress"),
    ("1.3.6.1.2.1.17.1.1", "dot1dBaseBridgeAddress"),
    ("1.3.6.1.2.1.17.4.3.1.2", "dot1dTpFdbPort"),
    ("1.3.6.1.2.1.25.1.1", "hrSystemUptime"),
    ("1.3.6.1.2.1.25.2.3.1", "hrStorageEntry"),
    ("1.3.6.1.2.1.25.3.2.1.3", "hrDeviceDescr"),
    ("1.3.6.1.2.1.25.3.3.1.2", "hrProcessorLoad"),
    ("1.3.6.1.2.1.31.1.1.1.1", "ifName"),
    ("1.3.6.1.2.1.31.1.1.1.6", "ifHCInOctets"),
    ("1.3.6.1.2.1.31.1.1.1.10", "ifHCOutOctets"),
    ("1.3.6.1.2.1.31.1.1.1.15", "ifHighSpeed"),
    ("1.3.6.1.2.1.31.1.1.1.18", "ifAlias"),
    ("1.3.6.1.2.1.33.1.1.1", "upsIdentManufacturer"),
    ("1.3.6.1.2.1.33.1.1.2", "upsIdentModel"),
    ("1.3.6.1.2.1.33.1.1.3", "upsIdentUPSSoftwareVersion"),
    ("1.3.6.1.2.1.33.1.1.4", "upsIdentAgentSoftwareVersion"),
    ("1.3.6.1.2.1.33.1.1.5", "upsIdentName"),
    ("1.3.6.1.2.1.33.1.2.1", "upsBatteryStatus"),
    ("1.3.6.1.2.1.33.1.2.4", "upsEstimatedChargeRemaining"),
    ("1.3.6.1.2.1.33.1.8.2", "upsShutdownAfterDelay"),
    ("1.3.6.1.2.1.43.5.1.1.16", "prtGeneralPrinterName"),
    ("1.3.6.1.2.1.43.5.1.1.17", "prtGeneralSerialNumber"),
    ("1.3.6.1.2.1.47.1.1.1.1.2", "entPhysicalDescr"),
    ("1.3.6.1.2.1.47.1.1.1.1.3", "entPhysicalVendorType"),
    ("1.3.6.1.2.1.47.1.1.1.1.5", "entPhysicalClass"),
    ("1.3.6.1.2.1.47.1.1.1.1.7", "entPhysicalName"),
    ("1.3.6.1.2.1.47.1.1.1.1.8", "entPhysicalHardwareRev"),
    ("1.3.6.1.2.1.47.1.1.1.1.9", "entPhysicalFirmwareRev"),
    ("1.3.6.1.2.1.47.1.1.1.1.10", "entPhysicalSoftwareRev"),
    ("1.3.6.1.2.1.47.1.1.1.1.11", "entPhysicalSerialNum"),
    ("1.3.6.1.2.1.47.1.1.1.1.12", "entPhysicalMfgName"),
    ("1.3.6.1.2.1.47.1.1.1.1.13", "entPhysicalModelName"),
    ("1.3.6.1.2.1.99.1.1.1.4", "entPhySensorValue"),
    ("1.0.8802.1.1.2.1.3.3", "lldpLocSysName"),
    ("1.0.8802.1.1.2.1.3.4", "lldpLocSysDesc"),
    ("1.0.8802.1.1.2.1.4.1.1.9", "lldpRemSysName"),
    ("1.3.6.1.6.3.1.1.4.1", "snmpTrapOID"),
    ("1.3.6.1.6.3.1.1.5.1", "coldStart"),
    ("1.3.6.1.6.3.1.1.5.2", "warmStart"),
    ("1.3.6.1.6.3.1.1.5.3", "linkDown"),
    ("1.3.6.1.6.3.1.1.5.4", "linkUp"),
    ("1.3.6.1.6.3.1.1.5.5", "authenticationFailure"),
    ("1.3.6.1.6.3.15.1.1", "usmStats"),
];

/// Vendors by the enterprise number that IANA gave them, where devices of plants and their networks say it of themselves.
const VENDORS: &[(u32, &str)] = &[
    (2, "IBM"),
    (9, "Cisco"),
    (11, "Hewlett-Packard"),
    (63, "Apple"),
    (95, "Rockwell Automation"),
    (171, "D-Link"),
    (193, "Ericsson"),
    (248, "Hirschmann"),
    (253, "Xerox"),
    (318, "APC"),
    (343, "Intel"),
    (367, "Ricoh"),
    (476, "Vertiv"),
    (534, "Eaton"),
    (641, "Lexmark"),
    (674, "Dell"),
    (890, "Zyxel"),
    (1248, "Epson"),
    (1347, "Kyocera"),
    (1588, "Brocade"),
    (1602, "Canon"),
    (1916, "Extreme Networks"),
    (1991, "Brocade"),
    (2011, "Huawei"),
    (2435, "Brother"),
    (2606, "Rittal"),
    (2636, "Juniper"),
    (3375, "F5"),
    (3833, "Schneider Electric"),
    (4196, "Siemens"),
    (4329, "Siemens"),
    (4346, "Phoenix Contact"),
    (4526, "Netgear"),
    (4881, "Ruijie"),
    (6486, "Alcatel-Lucent Enterprise"),
    (6527, "Nokia"),
    (6876, "VMware"),
    (8691, "Moxa"),
    (11863, "TP-Link"),
    (12356, "Fortinet"),
    (13576, "WAGO"),
    (14823, "Aruba"),
    (14988, "MikroTik"),
    (15004, "RuggedCom"),
    (16177, "Westermo"),
    (25053, "Ruckus"),
    (25461, "Palo Alto Networks"),
    (25506, "H3C"),
    (30065, "Arista"),
    (41112, "Ubiquiti"),
];

/// The vendor of an enterprise number. Numbers of software that runs on anything (Net-SNMP, Microsoft) are none.
pub fn vendor(enterprise: u32) -> Option<&'static str> {
    let at = VENDORS.binary_search_by_key(&enterprise, |(number, _)| *number).ok()?;
    VENDORS.get(at).map(|(_, name)| *name)
}

/// The enterprise number in an identifier below `enterprises`.
pub fn enterprise(octets: &[u8]) -> Option<u32> {
    octets.strip_prefix(oid::ENTERPRISES)?;
    Arcs::new(octets).nth(6)
}

/// An object identifier for people: `sysName.0`, `1.3.6.1.4.1.248.14.1`.
pub struct Oid<'a>(pub &'a [u8]);

impl fmt::Display for Oid<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers = ber::Oid(self.0).to_string();
        let is_below = |prefix: &str| numbers.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        match OBJECTS.iter().rev().find(|(prefix, _)| is_below(prefix)) {
            Some((prefix, name)) => write!(f, "{name}{}", numbers.get(prefix.len()..).unwrap_or("")),
            None => f.write_str(&numbers),
        }
    }
}

/// Octets of an identifier that a coded target holds.
const PACKED_MAX: usize = 30;

/// An object identifier as a target, and how many more there are beside it. The few that are too long for four numbers are put
/// into words.
pub fn target<'s>(octets: &[u8], more: usize, words: &'s mut String) -> Target<'s> {
    if octets.len() <= PACKED_MAX {
        return Target::Coded(coded(octets, more));
    }
    words.clear();
    let _ = write!(words, "{}{}", Oid(octets), More(more));
    Target::Text(words)
}

/// What names a block of values that begins with this identifier; never shown.
pub fn block(first: &[u8]) -> Coded {
    if first.len() <= PACKED_MAX {
        return coded(first, 0);
    }
    let hash = RandomState::with_seeds(1, 2, 3, 4).hash_one(first);
    Coded { numbers: [u64::MAX, hash, 0, 0], show }
}

fn coded(octets: &[u8], more: usize) -> Coded {
    let mut packed = [0u8; 32];
    packed[0] = u8::try_from(octets.len()).unwrap_or(u8::MAX);
    packed[1] = u8::try_from(more).unwrap_or(u8::MAX);
    packed.iter_mut().skip(2).zip(octets).for_each(|(to, from)| *to = *from);
    let mut numbers = [0u64; 4];
    numbers.iter_mut().zip(packed.as_chunks().0).for_each(|(number, eight)| *number = u64::from_be_bytes(*eight));
    Coded { numbers, show }
}

fn show(numbers: &[u64; 4], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut packed = [0u8; 32];
    packed.as_chunks_mut().0.iter_mut().zip(numbers).for_each(|(eight, number)| *eight = number.to_be_bytes());
    let [len, more, octets @ ..] = &packed;
    let octets = octets.get(..usize::from(*len)).unwrap_or(octets);
    write!(f, "{}{}", Oid(octets), More(usize::from(*more)))
}

/// ` and 3 more`, or nothing.
struct More(usize);

impl fmt::Display for More {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 > 0 { write!(f, " and {} more", self.0) } else { Ok(()) }
    }
}
