//! Application service data units (IEC 60870-5-101 clause 7) with the field sizes that IEC 60870-5-104 clause 6 fixes: two octets of
//! cause, two of common address, three of information object address.

use wf_wire::{Reader, Short};

/// The common address that means all stations (clause 7.2.4).
pub const BROADCAST: u16 = 0xffff;
/// F_SG_NA_1: the one type whose object's size is in the object.
pub const SEGMENT: u8 = 125;

/// The main part of an information object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Element {
    /// Nothing (read command).
    Nothing,
    /// SIQ, 7.2.6.1.
    Single,
    /// DIQ, 7.2.6.2.
    Double,
    /// VTI, 7.2.6.5.
    Step,
    /// BSI, 7.2.6.13.
    Bits,
    /// NVA, 7.2.6.6.
    Normalized,
    /// SVA, 7.2.6.7.
    Scaled,
    /// IEEE STD 754, 7.2.6.8.
    Float,
    /// BCR, 7.2.6.9.
    Counter,
    /// SEP and elapsed time, 7.2.6.10.
    Protection,
    /// SPE, QDP and elapsed time, 7.2.6.11.
    Starts,
    /// OCI, QDP and elapsed time, 7.2.6.12.
    Circuits,
    /// SCD, 7.2.6.40.
    Packed,
    /// SCO, 7.2.6.15.
    SingleCommand,
    /// DCO, 7.2.6.16.
    DoubleCommand,
    /// RCO, 7.2.6.17.
    StepCommand,
    /// One octet: cause of initialization, qualifiers of interrogation, counter interrogation, reset and activation.
    Octet,
    /// Two octets: test pattern, delay, test counter.
    Word,
    /// So many octets of a file transfer type (7.3.6).
    File(u8),
}

impl Element {
    /// Its octets.
    #[must_use]
    pub const fn size(self) -> usize {
        match self {
            Self::Nothing => 0,
            Self::Single | Self::Double | Self::Step => 1,
            Self::SingleCommand | Self::DoubleCommand | Self::StepCommand | Self::Octet => 1,
            Self::Normalized | Self::Scaled | Self::Word => 2,
            Self::Protection => 3,
            Self::Bits | Self::Float | Self::Packed | Self::Starts | Self::Circuits => 4,
            Self::Counter => 5,
            Self::File(size) => size as usize,
        }
    }
}

/// The octet behind the element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Qualifier {
    /// None.
    No,
    /// Quality descriptor (QDS, 7.2.6.3).
    Quality,
    /// Qualifier of a set-point command (QOS, 7.2.6.39).
    Setpoint,
    /// Qualifier of a parameter (QPM, 7.2.6.24).
    Parameter,
}

/// The time behind that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Time {
    /// None.
    No,
    /// CP24Time2a: minutes and milliseconds.
    Short,
    /// CP56Time2a: down to the year.
    Long,
}

/// How an information object is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    /// What comes first.
    pub element: Element,
    /// Then.
    pub qualifier: Qualifier,
    /// At the end.
    pub time: Time,
}

impl Form {
    /// Whether a quality descriptor is part of the object: a bit string or a normalized value may come without.
    #[must_use]
    pub const fn has_quality(&self) -> bool {
        let bare = matches!(
            self.element,
            Element::Bits | Element::Packed | Element::Normalized | Element::Scaled | Element::Float | Element::Step
        );
        !bare || matches!(self.qualifier, Qualifier::Quality)
    }

    /// Octets of an object without its address.
    #[must_use]
    pub const fn size(&self) -> usize {
        let qualifier = match self.qualifier {
            Qualifier::No => 0,
            _ => 1,
        };
        let time = match self.time {
            Time::No => 0,
            Time::Short => 3,
            Time::Long => 7,
        };
        self.element.size() + qualifier + time
    }
}

/// The form of a type's objects; `None` where the standards assign none with a fixed size.
#[must_use]
pub const fn form(type_id: u8) -> Option<Form> {
    use Element as E;
    use Qualifier as Q;
    let (element, qualifier) = match type_id {
        1 | 2 | 30 => (E::Single, Q::No),
        3 | 4 | 31 => (E::Double, Q::No),
        5 | 6 | 32 => (E::Step, Q::Quality),
        7 | 8 | 33 => (E::Bits, Q::Quality),
        9 | 10 | 34 => (E::Normalized, Q::Quality),
        11 | 12 | 35 => (E::Scaled, Q::Quality),
        13 | 14 | 36 => (E::Float, Q::Quality),
        15 | 16 | 37 | 41 => (E::Counter, Q::No),
        17 | 38 => (E::Protection, Q::No),
        18 | 39 => (E::Starts, Q::No),
        19 | 40 => (E::Circuits, Q::No),
        20 => (E::Packed, Q::Quality),
        21 => (E::Normalized, Q::No),
        45 | 58 => (E::SingleCommand, Q::No),
        46 | 59 => (E::DoubleCommand, Q::No),
        47 | 60 => (E::StepCommand, Q::No),
        48 | 61 => (E::Normalized, Q::Setpoint),
        49 | 62 => (E::Scaled, Q::Setpoint),
        50 | 63 => (E::Float, Q::Setpoint),
        51 | 64 => (E::Bits, Q::No),
        70 | 100 | 101 | 105 | 113 => (E::Octet, Q::No),
        102 | 103 => (E::Nothing, Q::No),
        104 | 106 | 107 => (E::Word, Q::No),
        110 => (E::Normalized, Q::Parameter),
        111 => (E::Scaled, Q::Parameter),
        112 => (E::Float, Q::Parameter),
        120 => (E::File(6), Q::No),
        121 => (E::File(7), Q::No),
        122 | 124 => (E::File(4), Q::No),
        123 => (E::File(5), Q::No),
        126 => (E::File(6), Q::No),
        127 => (E::File(16), Q::No),
        _ => return None,
    };
    let time = match type_id {
        2 | 4 | 6 | 8 | 10 | 12 | 14 | 16..=19 => Time::Short,
        30..=41 | 58..=64 | 103 | 107 | 126 => Time::Long,
        _ => Time::No,
    };
    Some(Form { element, qualifier, time })
}

/// One ASDU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asdu<'a> {
    /// Type identification.
    pub type_id: u8,
    /// One address for all objects, which lie behind one another (SQ).
    pub sequence: bool,
    /// Number of objects, or of elements.
    pub count: u8,
    /// Cause of transmission, 0 to 63.
    pub cause: u8,
    /// Negative confirmation (P/N).
    pub negative: bool,
    /// Test (T).
    pub test: bool,
    /// Originator address, 0 for none.
    pub originator: u8,
    /// Common address: the station.
    pub common_address: u16,
    /// Its objects.
    pub objects: &'a [u8],
}

impl<'a> Asdu<'a> {
    /// Reads the data unit identifier.
    pub fn read(bytes: &'a [u8]) -> Result<Self, Short> {
        let mut r = Reader::new(bytes);
        let (type_id, structure, cause, originator) = (r.u8()?, r.u8()?, r.u8()?, r.u8()?);
        Ok(Self {
            type_id,
            sequence: structure & 0x80 != 0,
            count: structure & 0x7f,
            cause: cause & 0x3f,
            negative: cause & 0x40 != 0,
            test: cause & 0x80 != 0,
            originator,
            common_address: r.u16_le()?,
            objects: r.rest(),
        })
    }

    /// Address of the first object, which every type has.
    #[must_use]
    pub fn first_object(&self) -> Option<u32> {
        Reader::new(self.objects).u24_le().ok()
    }

    /// Octets that its objects should take.
    #[must_use]
    pub fn due(&self) -> Option<usize> {
        let count = usize::from(self.count);
        match form(self.type_id) {
            // The objects' octets are counted in the segment itself.
            None if self.type_id == SEGMENT => Some(3 + 4 + usize::from(*self.objects.get(6)?)),
            None => None,
            Some(form) if self.sequence => Some(3 + count * form.size()),
            Some(form) => Some(count * (3 + form.size())),
        }
    }

    /// The objects one by one, as far as they are whole.
    #[must_use]
    pub fn items(&self) -> Items<'a> {
        let size = match form(self.type_id) {
            Some(form) => Some(form.size()),
            None if self.type_id == SEGMENT => Some(self.objects.len().saturating_sub(3)),
            None => None,
        };
        let left = if size.is_some() { self.count } else { 0 };
        Items { reader: Reader::new(self.objects), sequence: self.sequence, size: size.unwrap_or(0), left, next: None }
    }
}

/// One information object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item<'a> {
    /// Its address.
    pub address: u32,
    /// Its octets.
    pub octets: &'a [u8],
}

/// Objects of one ASDU.
pub struct Items<'a> {
    reader: Reader<'a>,
    sequence: bool,
    size: usize,
    left: u8,
    next: Option<u32>,
}

impl<'a> Iterator for Items<'a> {
    type Item = Item<'a>;

    fn next(&mut self) -> Option<Item<'a>> {
        self.left = self.left.checked_sub(1)?;
        let address = match self.next {
            Some(address) => address,
            None => self.reader.u24_le().ok()?,
        };
        self.next = self.sequence.then_some((address + 1) & 0xff_ffff);
        let octets = self.reader.take(self.size).ok()?;
        Some(Item { address, octets })
    }
}
