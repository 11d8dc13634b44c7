//! Objects as they are sent: begin, attributes, relations, descriptions of tags, objects within, end.

use super::value::{Bad, Value};
use super::vlq;
use wf_wire::Reader;

/// Objects in objects, at most.
const DEPTH_MAX: u32 = 32;

/// The head of an object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Object {
    /// Its number.
    pub id: u32,
    /// Its class.
    pub class: u32,
    /// The attribute of the object around it that holds it; 0 for none.
    pub within: u32,
}

/// One part of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part<'a> {
    /// An object begins.
    Begin(Object),
    /// It ends.
    End,
    /// An attribute by its number.
    Attribute(u32, Value<'a>),
    /// A relation to another object.
    Relation(u32, u32),
    /// A tag: its name, its type in the program, its local number.
    Tag(&'a [u8], u32, u32),
    /// Types or names of variables in a compact form.
    Packed(&'a [u8]),
}

/// Parts of the objects at the front of some bytes.
#[derive(Clone, Debug)]
pub struct Parts<'a> {
    reader: Reader<'a>,
    depth: u32,
    /// What stopped it, if anything did.
    pub failed: Option<Bad>,
    over: bool,
}

impl<'a> Parts<'a> {
    /// Objects in `bytes`.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { reader: Reader::new(bytes), depth: 0, failed: None, over: false }
    }

    fn part(&mut self) -> Result<Option<Part<'a>>, Bad> {
        let r = &mut self.reader;
        let Some(tag) = r.peek(0) else {
            return if self.depth == 0 { Ok(None) } else { Err(Bad::Short) };
        };
        if self.depth == 0 && tag != 0xa1 {
            return Ok(None);
        }
        r.skip(1)?;
        Ok(Some(match tag {
            0xa1 => {
                if self.depth >= DEPTH_MAX {
                    return Err(Bad::Unknown);
                }
                self.depth += 1;
                let (id, class, _flags, within) = (r.u32()?, vlq::unsigned(r)?, vlq::unsigned(r)?, vlq::unsigned(r)?);
                if within != 0 {
                    vlq::unsigned(r)?;
                }
                Part::Begin(Object { id, class, within })
            }
            0xa2 => {
                self.depth -= 1;
                Part::End
            }
            0xa3 => Part::Attribute(vlq::unsigned(r)?, Value::read(r)?),
            0xa4 => Part::Relation(vlq::unsigned(r)?, r.u32()?),
            0xa7 => tag_description(r)?,
            0xab | 0xac => {
                let (start, from) = (r.rest(), r.position());
                loop {
                    let len = usize::from(r.u16()?);
                    if len == 0 {
                        break;
                    }
                    r.skip(len)?;
                }
                Part::Packed(start.get(..r.position() - from).unwrap_or(start))
            }
            _ => return Err(Bad::Unknown),
        }))
    }
}

impl<'a> Iterator for Parts<'a> {
    type Item = Part<'a>;

    fn next(&mut self) -> Option<Part<'a>> {
        if self.over {
            return None;
        }
        match self.part() {
            Ok(Some(part)) => Some(part),
            Ok(None) => {
                self.over = true;
                None
            }
            Err(bad) => {
                (self.over, self.failed) = (true, Some(bad));
                None
            }
        }
    }
}

/// A description of a tag: where it lies is told in as many numbers as its kind demands.
fn tag_description<'a>(r: &mut Reader<'a>) -> Result<Part<'a>, Bad> {
    let place = r.u8()?;
    let count = vlq::unsigned(r)?;
    let name = r.take(usize::try_from(count).unwrap_or(usize::MAX))?;
    r.skip(2)?;
    let kind = vlq::unsigned(r)?;
    r.skip(4)?;
    let lid = vlq::unsigned(r)?;
    vlq::unsigned(r)?;
    let numbers = match place {
        0 => 2,
        1 | 4 => 4,
        2 | 5 => 6,
        6 => 8,
        7 => {
            (0..6).try_for_each(|_| vlq::unsigned(r).map(|_| ()))?;
            vlq::unsigned(r)?.saturating_mul(2)
        }
        _ => return Err(Bad::Unknown),
    };
    for _ in 0..numbers {
        vlq::unsigned(r)?;
    }
    match r.u8()? {
        0xa8 => Ok(Part::Tag(name, kind, lid)),
        _ => Err(Bad::Unknown),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::hex;

    #[test]
    fn an_object_in_an_object() {
        let bytes = hex(concat!(
            "a1 000000d3 821f 00 00 a38169 00 15 01 41 a1 000000d3 817f 00 8105 00 a4 05 00000007",
            "a7 04 01 62 00 07 05 00000000 0a 00 00 04 00 00 a8 ab 0002 1234 0000 a2 a2 00"
        ));
        let mut parts = Parts::new(&bytes);
        let found: Vec<_> = parts.by_ref().collect();
        let value = Value { flags: 0, kind: 0x15, bytes: b"\x01A" };
        let want = [
            Part::Begin(Object { id: 211, class: 287, within: 0 }),
            Part::Attribute(233, value),
            Part::Begin(Object { id: 211, class: 255, within: 133 }),
            Part::Relation(5, 7),
            Part::Tag(b"b", 5, 10),
            Part::Packed(&[0, 2, 0x12, 0x34, 0, 0]),
            Part::End,
            Part::End,
        ];
        assert_eq!((found.as_slice(), parts.failed), (&want[..], None));
    }

    #[test]
    fn what_ends_early_or_is_unknown_is_told() {
        let failed = |bytes: &str| {
            let bytes = hex(bytes);
            let mut parts = Parts::new(&bytes);
            parts.by_ref().for_each(drop);
            parts.failed
        };
        assert_eq!(failed(""), None);
        assert_eq!(failed("a1 000000d3 821f 00 00"), Some(Bad::Short));
        assert_eq!(failed("a1 000000d3 821f 00 00 a9"), Some(Bad::Unknown));
        assert_eq!(failed(&"a1 00000001 01 00 00".repeat(40)), Some(Bad::Unknown));
    }
}
