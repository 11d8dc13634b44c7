//! Messages, names and records on the wire (RFC 1035, clause 4), read without copying: records are kept as places.

use smallvec::SmallVec;
use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use wf_wire::{Reader, Short};

/// Length of a header.
pub(super) const HEADER: usize = 12;
/// Questions and records read of one message.
const QUESTIONS_MAX: u16 = 64;
const RECORDS_MAX: usize = 256;
/// Compression pointers followed in one name, and its length as text (RFC 1035, 2.3.4 allows 255).
const POINTERS_MAX: usize = 64;
const NAME_MAX: usize = 1024;

/// Types that a question commonly asks for: used to tell DNS from chance.
const COMMON_TYPES: &[u16] =
    &[1, 2, 5, 6, 12, 13, 15, 16, 17, 25, 28, 29, 33, 35, 39, 43, 46, 47, 48, 52, 59, 64, 65, 99, 251, 252, 255, 257];

/// Why a name could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BadName {
    Short,
    Label,
    Long,
    Loop,
}

impl From<Short> for BadName {
    fn from(_: Short) -> Self {
        Self::Short
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Question {
    pub name_at: usize,
    pub kind: u16,
    pub class: u16,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Record<'a> {
    pub name_at: usize,
    pub kind: u16,
    pub ttl: u32,
    /// Where `data` begins in the message (names in it may point back).
    pub data_at: usize,
    pub data: &'a [u8],
}

/// One message, as far as it could be read.
#[derive(Debug)]
pub(super) struct Message<'a> {
    whole: &'a [u8],
    pub id: u16,
    pub flags: u16,
    /// Questions, answers, authorities, additional records, as announced.
    pub counts: [u16; 4],
    pub questions: SmallVec<[Question; 2]>,
    pub records: SmallVec<[Record<'a>; 16]>,
    /// The first thing wrong: the anomaly's name and its detail.
    pub damage: Option<(&'static str, String)>,
}

impl<'a> Message<'a> {
    /// Reads a message; `None` only if not even its flags are there.
    pub fn read(whole: &'a [u8]) -> Option<Self> {
        let mut r = Reader::new(whole);
        let (id, flags) = (r.u16().ok()?, r.u16().ok()?);
        let mut message =
            Self { whole, id, flags, counts: [0; 4], questions: SmallVec::new(), records: SmallVec::new(), damage: None };
        for count in &mut message.counts {
            match r.u16() {
                Ok(number) => *count = number,
                Err(short) => message.damage = Some(("dns_truncated", format!("header: {short}"))),
            }
        }
        if message.damage.is_none() && message.entries(&mut r) && !r.is_empty() {
            message.damage = Some(("dns_trailing_bytes", format!("{} bytes", r.left())));
        }
        Some(message)
    }

    /// Reads questions and records; `false` once something does not fit.
    fn entries(&mut self, r: &mut Reader<'a>) -> bool {
        let [questions, sections @ ..] = self.counts;
        let records = sections.iter().map(|c| usize::from(*c)).sum::<usize>();
        if questions > QUESTIONS_MAX || records > RECORDS_MAX {
            self.damage = Some(("dns_too_many_records", format!("{questions} questions, {records} records")));
        }
        for _ in 0..questions.min(QUESTIONS_MAX) {
            match self.question(r) {
                Ok(question) => {
                    self.questions.push(question);
                    // A name that points in a circle ends where its pointer does: what follows is readable.
                    if self.name(question.name_at, &mut String::new()) == Err(BadName::Loop) {
                        self.broken(BadName::Loop, question.name_at);
                    }
                }
                Err(why) => return self.broken(why, r.position()),
            }
        }
        for _ in 0..records.min(RECORDS_MAX) {
            match self.record(r) {
                Ok(record) => self.records.push(record),
                Err(why) => return self.broken(why, r.position()),
            }
        }
        self.damage.is_none()
    }

    fn broken(&mut self, why: BadName, at: usize) -> bool {
        let kind = match why {
            BadName::Short => "dns_truncated",
            BadName::Label | BadName::Long => "dns_bad_name",
            BadName::Loop => "dns_pointer_loop",
        };
        self.damage.get_or_insert_with(|| (kind, format!("at byte {at} of {}", self.whole.len())));
        false
    }

    fn question(&self, r: &mut Reader<'a>) -> Result<Question, BadName> {
        let name_at = r.position();
        skip_name(r)?;
        let question = Question { name_at, kind: r.u16()?, class: r.u16()? };
        match self.name(name_at, &mut String::new()) {
            Ok(()) | Err(BadName::Loop) => Ok(question),
            Err(why) => Err(why),
        }
    }

    fn record(&self, r: &mut Reader<'a>) -> Result<Record<'a>, BadName> {
        let name_at = r.position();
        skip_name(r)?;
        let (kind, _class, ttl, len) = (r.u16()?, r.u16()?, r.u32()?, r.u16()?);
        let data_at = r.position();
        Ok(Record { name_at, kind, ttl, data_at, data: r.take(usize::from(len))? })
    }

    /// Appends the name at an offset of the message to `out`, labels parted by dots; the root is empty.
    pub fn name(&self, at: usize, out: &mut String) -> Result<(), BadName> {
        let start = out.len();
        let mut r = Reader::new(self.whole.get(at..).unwrap_or_default());
        for _ in 0..POINTERS_MAX {
            match labels(&mut r, out, start)? {
                None => return Ok(()),
                Some(target) => r = Reader::new(self.whole.get(target..).ok_or(BadName::Short)?),
            }
        }
        Err(BadName::Loop)
    }

    /// The name at an offset, as far as it can be read.
    pub fn name_text(&self, at: usize) -> String {
        let mut out = String::new();
        match self.name(at, &mut out) {
            Err(BadName::Loop) => "<Name contains a pointer that loops>".to_owned(),
            _ => out,
        }
    }

    /// The labels of the name at an offset that stand there uncompressed: NetBIOS names.
    pub fn first_label(&self, at: usize) -> Option<&'a [u8]> {
        let mut r = Reader::new(self.whole.get(at..)?);
        let head = r.u8().ok()?;
        if head & 0xc0 == 0xc0 {
            let low = r.u8().ok()?;
            r = Reader::new(self.whole.get(pointer(head, low)..)?);
            let len = r.u8().ok().filter(|l| l & 0xc0 == 0)?;
            return r.take(usize::from(len)).ok();
        }
        r.take(usize::from(head)).ok()
    }

    pub fn response(&self) -> bool {
        self.flags & 0x8000 != 0
    }

    pub fn opcode(&self) -> u8 {
        (self.flags >> 11 & 15) as u8
    }

    pub fn rcode(&self) -> u8 {
        (self.flags & 15) as u8
    }

    /// Whether this is DNS beyond doubt: one common question under a host-like name, every count met, not a byte left over.
    pub fn is_certain(&self) -> bool {
        let [question] = self.questions.as_slice() else { return false };
        let name = self.name_text(question.name_at);
        let plain = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
        let common = COMMON_TYPES.contains(&question.kind) && matches!(question.class, 1 | 255);
        let answers = self.response() || self.counts.get(1) == Some(&0);
        self.damage.is_none() && plain && common && answers && self.opcode() == 0 && self.flags & 0x40 == 0
    }
}

const fn pointer(head: u8, low: u8) -> usize {
    ((head & 0x3f) as usize) << 8 | low as usize
}

/// Moves past a name: to its root label, or past its first pointer.
fn skip_name(r: &mut Reader<'_>) -> Result<(), BadName> {
    loop {
        match r.u8()? {
            0 => return Ok(()),
            len @ 1..=63 => r.skip(usize::from(len))?,
            0xc0.. => return Ok(r.skip(1)?),
            _ => return Err(BadName::Label),
        }
    }
}

/// Appends labels up to the root (`None`) or a pointer (its target).
fn labels(r: &mut Reader<'_>, out: &mut String, start: usize) -> Result<Option<usize>, BadName> {
    loop {
        match r.u8()? {
            0 => return Ok(None),
            len @ 1..=63 => {
                if out.len() > start {
                    out.push('.');
                }
                push_label(r.take(usize::from(len))?, out);
                if out.len() - start > NAME_MAX {
                    return Err(BadName::Long);
                }
            }
            head @ 0xc0.. => return Ok(Some(pointer(head, r.u8()?))),
            _ => return Err(BadName::Label),
        }
    }
}

fn push_label(label: &[u8], out: &mut String) {
    for c in String::from_utf8_lossy(label).chars() {
        if c.is_ascii_control() {
            let _ = write!(out, "\\{:03o}", u32::from(c));
        } else if c.is_control() {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
}

impl Record<'_> {
    /// The address of an A or AAAA record; `Err` if its length is wrong.
    pub fn address(&self) -> Result<Option<IpAddr>, usize> {
        let wrong = |_| self.data.len();
        match self.kind {
            1 => <[u8; 4]>::try_from(self.data).map(|b| Some(IpAddr::V4(Ipv4Addr::from(b)))).map_err(wrong),
            28 => <[u8; 16]>::try_from(self.data).map(|b| Some(IpAddr::V6(Ipv6Addr::from(b)))).map_err(wrong),
            _ => Ok(None),
        }
    }
}
