//! What a service's parameters are, as tables, and the walk over tagged data along such a table.
//!
//! The walk is lenient: parameters may come in any order, unknown ones are passed over and counted, and what was read
//! before a fault stands.

use super::tag::{Datum, Element, Elements, Fault};

/// Groups within groups that are followed.
pub const DEPTH_MAX: u8 = 12;

/// What a parameter is.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// A value of an application data type, by its tag number.
    Plain(u8),
    /// An enumeration of that section of names.
    Enum(&'static str),
    /// A property identifier.
    Property,
    /// Index into a property that is an array.
    Index,
    /// Bits with these names.
    Flags(&'static [&'static str]),
    /// A secret: that it is there is told, it is not.
    Secret,
    /// Values of whatever type (`ABSTRACT-SYNTAX.&Type`).
    Any,
    /// A sequence, or a sequence of sequences.
    Seq(&'static [Field]),
    /// A choice, or a sequence of choices.
    Choice(&'static [Field]),
}

impl Kind {
    /// Application data type of its value.
    const fn data_type(self) -> Option<u8> {
        match self {
            Self::Plain(kind) => Some(kind),
            Self::Enum(_) | Self::Property => Some(9),
            Self::Index => Some(2),
            Self::Flags(_) => Some(8),
            Self::Secret => Some(7),
            Self::Any | Self::Seq(_) | Self::Choice(_) => None,
        }
    }
}

/// One parameter.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its context tag, or none where it has the tag of its data type.
    pub tag: Option<u8>,
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub kind: Kind,
}

/// The parameters of a service.
#[derive(Clone, Copy, Debug)]
pub struct Schema {
    /// The parameters.
    pub fields: &'static [Field],
    /// Name of the list, where the parameters come again and again.
    pub list: Option<&'static str>,
}

/// An element with the field that it is.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// Its field; `None` for what the table does not have.
    pub field: Option<&'static Field>,
    /// The element.
    pub element: Element<'a>,
    /// It begins the next item of a sequence of sequences.
    pub fresh: bool,
}

impl<'a> Part<'a> {
    /// Its value, where it is a primitive.
    pub fn datum(&self) -> Option<Datum<'a>> {
        Some(match self.element {
            Element::Application { kind, lvt, body } => Datum::application(kind, lvt, body),
            Element::Context { body, .. } => match self.field.and_then(|field| field.kind.data_type()) {
                Some(kind) => Datum::of(kind, body),
                None => Datum::Raw(body),
            },
            Element::Group { .. } => return None,
        })
    }
}

/// The parts of one level, in order.
pub struct Parts<'a> {
    /// What is left.
    pub elements: Elements<'a>,
    fields: &'static [Field],
    choice: bool,
    last: Option<usize>,
}

impl<'a> Parts<'a> {
    /// Parts of these octets.
    pub const fn new(fields: &'static [Field], choice: bool, bytes: &'a [u8]) -> Self {
        Self { elements: Elements::new(bytes), fields, choice, last: None }
    }

    fn place_of(&self, element: &Element<'_>) -> Option<usize> {
        let is = |field: &Field| match *element {
            Element::Context { number, .. } | Element::Group { number, .. } => field.tag == Some(number),
            Element::Application { kind, .. } => {
                field.tag.is_none() && (matches!(field.kind, Kind::Any) || field.kind.data_type() == Some(kind))
            }
        };
        let from = self.last.map_or(0, |last| last + 1);
        let (before, behind) = self.fields.split_at(from.min(self.fields.len()));
        behind.iter().position(is).map(|at| from + at).or_else(|| before.iter().position(is))
    }
}

impl<'a> Iterator for Parts<'a> {
    type Item = Part<'a>;

    fn next(&mut self) -> Option<Part<'a>> {
        let element = self.elements.next()?;
        let at = self.place_of(&element);
        let fresh = at.is_some() && (self.choice || self.last.is_some_and(|last| at.is_some_and(|at| at <= last)));
        if at.is_some() {
            self.last = at;
        }
        Some(Part { field: at.and_then(|at| self.fields.get(at)), element, fresh })
    }
}

/// A primitive that the walk met.
#[derive(Clone, Copy, Debug)]
pub struct Leaf<'a> {
    /// Its field.
    pub field: &'static Field,
    /// Its value.
    pub datum: Datum<'a>,
    /// It lies in a group within a value of whatever type.
    pub nested: bool,
}

/// What the walk found wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Damage {
    /// The first fault.
    pub fault: Option<Fault>,
    /// Elements that the table does not have.
    pub unknown: u32,
    /// Values whose octets do not fit their type.
    pub mistyped: u32,
    /// Groups that lie too deep to be followed.
    pub too_deep: u32,
}

/// A walk with what it tells and what it found wrong.
pub struct Walk<'w, 'a> {
    see: &'w mut dyn FnMut(&Leaf<'a>),
    damage: Damage,
}

/// Walks over the parameters of a service and shows each primitive in order.
pub fn walk<'a>(schema: &Schema, bytes: &'a [u8], see: &mut dyn FnMut(&Leaf<'a>)) -> Damage {
    let mut walk = Walk { see, damage: Damage::default() };
    walk.level(schema.fields, false, bytes, 0);
    walk.damage
}

impl<'a> Walk<'_, 'a> {
    fn fault(&mut self, fault: Option<Fault>) {
        self.damage.fault = self.damage.fault.or(fault);
    }

    fn level(&mut self, fields: &'static [Field], choice: bool, bytes: &'a [u8], depth: u8) {
        let mut parts = Parts::new(fields, choice, bytes);
        for part in parts.by_ref() {
            let Some(field) = part.field else {
                self.damage.unknown += 1;
                continue;
            };
            match (part.element, field.kind) {
                (Element::Group { .. }, _) if depth >= DEPTH_MAX => self.damage.too_deep += 1,
                (Element::Group { inner, .. }, Kind::Seq(fields)) => self.level(fields, false, inner, depth + 1),
                (Element::Group { inner, .. }, Kind::Choice(fields)) => self.level(fields, true, inner, depth + 1),
                (Element::Group { inner, .. }, Kind::Any) => self.any(field, inner, depth + 1, false),
                (Element::Group { .. }, _) => self.damage.mistyped += 1,
                _ => self.leaf(field, part.datum(), false),
            }
        }
        self.fault(parts.elements.fault);
    }

    fn leaf(&mut self, field: &'static Field, datum: Option<Datum<'a>>, nested: bool) {
        let Some(datum) = datum else { return };
        if matches!(datum, Datum::Raw(_)) && field.kind.data_type().is_some() {
            self.damage.mistyped += 1;
        }
        (self.see)(&Leaf { field, datum, nested });
    }

    fn any(&mut self, field: &'static Field, bytes: &'a [u8], depth: u8, nested: bool) {
        let mut elements = Elements::new(bytes);
        for element in elements.by_ref() {
            match element {
                Element::Application { kind, lvt, body } => {
                    self.leaf(field, Some(Datum::application(kind, lvt, body)), nested);
                }
                Element::Context { body, .. } => self.leaf(field, Some(Datum::Raw(body)), true),
                Element::Group { .. } if depth >= DEPTH_MAX => self.damage.too_deep += 1,
                Element::Group { inner, .. } => self.any(field, inner, depth + 1, true),
            }
        }
        self.fault(elements.fault);
    }
}
