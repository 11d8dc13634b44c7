//! System state lists (SZL): what a controller says about itself.

use super::names;
use wf_model::Attribute;
use wf_wire::{MessageWriter, Reader, Short};

/// A partial list: identifier, index, and its records.
#[derive(Clone, Copy, Debug)]
pub struct Szl<'a> {
    /// Identifier.
    pub id: u16,
    /// Index.
    pub index: u16,
    /// Bytes of one record.
    pub record_len: usize,
    /// Records that the list says it has.
    pub count: u16,
    /// The records.
    pub records: &'a [u8],
}

impl<'a> Szl<'a> {
    /// Reads the data of an answer (all its parts).
    ///
    /// # Errors
    /// Fewer bytes than the head of a list has.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Short> {
        let mut r = Reader::new(bytes);
        let (id, index, record_len, count) = (r.u16()?, r.u16()?, usize::from(r.u16()?), r.u16()?);
        Ok(Self { id, index, record_len, count, records: r.take_rest() })
    }

    /// Whole records that are there, each with its index.
    pub fn entries(&self) -> impl Iterator<Item = (u16, &'a [u8])> + use<'a> {
        let whole = self.records.chunks_exact(self.record_len.max(2)).take(usize::from(self.count));
        whole.filter_map(|record| {
            let mut r = Reader::new(record);
            r.u16().ok().map(|index| (index, r.rest()))
        })
    }

    /// The list without its extract: `0x0111` is an extract of `0x0011`.
    pub const fn list(&self) -> u8 {
        (self.id & 0xff) as u8
    }

    /// Tells `say` every statement that the list makes about the device.
    pub fn identity(&self, mut say: impl FnMut(Attribute, &str)) {
        match self.list() {
            0x11 => self.entries().for_each(|(index, record)| module(index, record, &mut say)),
            0x1c => self.components(&mut say),
            _ => {}
        }
    }

    fn components(&self, say: &mut impl FnMut(Attribute, &str)) {
        let type_name = self.entries().find(|(index, _)| index & 0xff == 7).map(|(_, record)| text(record, 32));
        for (index, record) in self.entries() {
            let value = text(record, 32);
            if value.is_empty() && index & 0xff != 9 {
                continue;
            }
            match index & 0xff {
                1 => say(Attribute::Name, &value),
                2 if type_name.as_ref().is_some_and(|t| *t != value) => say(Attribute::Name, &value),
                3 | 11 => say(Attribute::Description, &value),
                5 => say(Attribute::Serial, &text(record, 24)),
                7 => say(Attribute::Model, &value),
                9 if record.starts_with(&[0, 42]) => say(Attribute::Vendor, "Siemens"),
                _ => {}
            }
        }
    }

    /// Writes what is known of the list.
    pub fn write(&self, m: &mut MessageWriter<'_>) {
        m.num("szl_id", self.id).num("szl_index", self.index).num("szl_records", self.count);
        match self.list() {
            0x11 => {
                m.objects("modules", self.entries(), |w, (index, record)| {
                    let order = text(record, 20);
                    w.num("index", index).text("order_number", &order);
                    if let Some(version) = version(record) {
                        w.text("version", &version);
                    }
                });
            }
            0x1c => {
                m.objects("components", self.entries(), |w, (index, record)| {
                    w.text("name", component(index)).text("value", &text(record, 32));
                });
            }
            0x24 => {
                let mode = self.records.get(3).map(|code| names::mode(*code));
                if let Some(mode) = mode {
                    m.text("mode", mode);
                }
            }
            _ => {
                if !self.records.is_empty() {
                    m.hex("szl_data", self.records.get(..256).unwrap_or(self.records));
                }
            }
        }
    }
}

/// Module identification (list 0x11): index 1 the module, 6 its hardware, 7 its firmware.
fn module(index: u16, record: &[u8], say: &mut impl FnMut(Attribute, &str)) {
    let order = text(record, 20);
    match index {
        1 | 6 if !order.is_empty() => {
            say(Attribute::OrderNumber, &order);
            if is_siemens(&order) {
                say(Attribute::Vendor, "Siemens");
            }
            if let Some(release) = hardware(record) {
                say(Attribute::Hardware, &release);
            }
        }
        7 => {
            if let Some(version) = version(record) {
                say(Attribute::Firmware, &version);
            }
        }
        _ => {}
    }
}

/// Order numbers that Siemens gives (MLFB).
fn is_siemens(order: &str) -> bool {
    ["6ES", "6GK", "6AV", "6AG", "6FC", "6SL", "6DL", "6NH", "6MD", "7KM"].iter().any(|prefix| order.starts_with(prefix))
}

/// `V3.2.6` where the record holds a version: the letter V and three numbers behind order number and module type.
fn version(record: &[u8]) -> Option<String> {
    match record.get(22..26) {
        Some([b'V', major, minor, patch]) => Some(format!("V{major}.{minor}.{patch}")),
        _ => None,
    }
}

fn hardware(record: &[u8]) -> Option<String> {
    match record.get(22..24) {
        Some([0, release @ 1..=99]) => Some(release.to_string()),
        _ => None,
    }
}

/// Printable text at the front of `bytes`, at most `len` characters, trimmed.
pub fn text(bytes: &[u8], len: usize) -> String {
    let bytes = bytes.get(..len).unwrap_or(bytes);
    let end = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
    let shown = bytes.get(..end).unwrap_or(bytes);
    shown.iter().map(|b| char::from(*b)).filter(|c| !c.is_control()).collect::<String>().trim().to_owned()
}

const fn component(index: u16) -> &'static str {
    match index & 0xff {
        1 => "system_name",
        2 => "module_name",
        3 => "plant_designation",
        4 => "copyright",
        5 => "serial_number",
        6 => "reserved_by_os",
        7 => "module_type",
        8 => "memory_card_serial",
        9 => "manufacturer_and_profile",
        10 => "oem",
        11 => "location",
        _ => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statements(id: u16, record_len: u16, records: &[Vec<u8>]) -> Vec<String> {
        let mut bytes: Vec<u8> = [id, 0, record_len, records.len() as u16].iter().flat_map(|n| n.to_be_bytes()).collect();
        records.iter().for_each(|r| bytes.extend(r));
        let mut said = Vec::new();
        if let Ok(szl) = Szl::parse(&bytes) {
            szl.identity(|attribute, value| said.push(format!("{attribute}={value}")));
        }
        said
    }

    #[test]
    fn module_identification() {
        let record = |index: u8, order: &[u8], tail: [u8; 6]| [&[0, index], order, &tail[..]].concat();
        let records = [
            record(1, b"6ES7 315-2EH14-0AB0 ", [0, 0xc0, 0, 4, 0, 1]),
            record(7, b"                    ", [0, 0xc0, b'V', 3, 2, 6]),
        ];
        let want = ["order_number=6ES7 315-2EH14-0AB0", "vendor=Siemens", "hardware=4", "firmware=V3.2.6"];
        assert_eq!(statements(0x11, 28, &records), want);
    }

    #[test]
    fn component_identification() {
        let record = |index: u8, value: &[u8]| [&[0, index], value, &vec![0; 32 - value.len()][..]].concat();
        let records = [
            record(1, b"SNAP7-SERVER"),
            record(2, b"CPU 315-2 PN/DP"),
            record(5, b"S C-C2UR28922012"),
            record(7, b"CPU 315-2 PN/DP"),
        ];
        assert_eq!(statements(0x1c, 34, &records), ["name=SNAP7-SERVER", "serial=S C-C2UR28922012", "model=CPU 315-2 PN/DP"]);
    }

    #[test]
    fn too_short() {
        assert!(Szl::parse(&[0, 0x1c, 0]).is_err());
        assert!(statements(0x1c, 0, &[vec![0; 3]]).is_empty());
    }
}
