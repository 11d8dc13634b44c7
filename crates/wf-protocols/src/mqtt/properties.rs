//! Properties of version 5 (MQTT 5.0 clause 2.2.2).

use super::names::{self, Kind};
use super::packet;
use wf_wire::{Reader, Short};

/// A property's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// A number of whatever size.
    Number(u32),
    /// Bytes.
    Bytes(&'a [u8]),
    /// Text.
    Text(&'a [u8]),
    /// Two texts.
    Pair(&'a [u8], &'a [u8]),
}

/// One property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Property<'a> {
    /// Identifier.
    pub id: u32,
    /// Name.
    pub name: &'static str,
    /// Value.
    pub value: Value<'a>,
}

/// Properties one by one, as far as they can be read.
#[derive(Clone, Copy, Debug)]
pub struct Properties<'a> {
    reader: Reader<'a>,
    /// An unknown identifier, or one that is cut off, ended the list.
    pub broken: bool,
}

impl<'a> Properties<'a> {
    /// None.
    pub const NONE: Self = Self { reader: Reader::new(&[]), broken: false };

    /// Reads their length and takes them.
    pub fn read(r: &mut Reader<'a>) -> Result<Self, Short> {
        let length = packet::variable(r)?;
        let reader = r.sub(usize::try_from(length).unwrap_or(usize::MAX))?;
        Ok(Self { reader, broken: false })
    }

    /// Nothing is left of them.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.reader.is_empty()
    }

    /// Not all of them can be read.
    #[must_use]
    pub fn are_broken(mut self) -> bool {
        self.by_ref().for_each(drop);
        self.broken
    }

    /// The number of that property, if it is there.
    #[must_use]
    pub fn number(self, id: u32) -> Option<u32> {
        { self }.find(|p| p.id == id).and_then(|p| match p.value {
            Value::Number(number) => Some(number),
            _ => None,
        })
    }

    fn property(&mut self) -> Result<Option<Property<'a>>, Short> {
        let r = &mut self.reader;
        let id = packet::variable(r)?;
        let Some((name, kind)) = names::property(id) else { return Ok(None) };
        let value = match kind {
            Kind::Byte => Value::Number(r.u8()?.into()),
            Kind::Two => Value::Number(r.u16()?.into()),
            Kind::Four => Value::Number(r.u32()?),
            Kind::Variable => Value::Number(packet::variable(r)?),
            Kind::Binary => Value::Bytes(packet::counted(r)?),
            Kind::Text => Value::Text(packet::counted(r)?),
            Kind::Pair => Value::Pair(packet::counted(r)?, packet::counted(r)?),
        };
        Ok(Some(Property { id, name, value }))
    }
}

impl<'a> Iterator for Properties<'a> {
    type Item = Property<'a>;

    fn next(&mut self) -> Option<Property<'a>> {
        if self.broken || self.reader.is_empty() {
            return None;
        }
        let property = self.property().ok().flatten();
        self.broken = property.is_none();
        property
    }
}
